"""The endpoints of organisers."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.organisers import (
    AddMember,
    CreateOrganiser,
    Organiser,
    OrganiserDetails,
    OrganisersQuery,
    SuspendOrganiser,
)
from server import paging
from server.organisers import service
from server.principal import Principal
from server.tx import Tx

#: Sorts after every id of an organiser.
LAST_ID = "org_~"


def create(tx: Tx, principal: Principal, body: CreateOrganiser) -> OrganiserDetails:
    """Apply to be an organiser."""
    return service.create(tx, owner_id=principal.user_id, name=body.name)


def list_own(tx: Tx, principal: Principal, query: PageQuery) -> Page[Organiser]:
    """List the organisers that the principal acts for."""
    found, following = paging.page(
        lambda limit: service.list_of_user(
            tx, user_id=principal.user_id, before=query.cursor or LAST_ID, limit=limit
        ),
        query.limit,
        lambda organiser: organiser.id,
    )
    return Page(items=found, next=following)


def view(tx: Tx, principal: Principal, query: Empty, *, organiser_id: str) -> OrganiserDetails:
    """Show an organiser that the principal acts for; operators may see any."""
    return _details(tx, principal, organiser_id)


def add_member(
    tx: Tx, principal: Principal, body: AddMember, *, organiser_id: str
) -> OrganiserDetails:
    """Let an account act for an organiser that the principal manages."""
    service.add_member(
        tx, organiser_id=organiser_id, by=principal.user_id, email=body.email, role=body.role
    )
    return _details(tx, principal, organiser_id)


def remove_member(
    tx: Tx, principal: Principal, body: Empty, *, organiser_id: str, user_id: str
) -> OrganiserDetails:
    """Stop an account from acting for an organiser that the principal manages."""
    service.remove_member(tx, organiser_id=organiser_id, by=principal.user_id, user_id=user_id)
    return service.details(
        tx, organiser_id=organiser_id, user_id=principal.user_id, all_members=True
    )


def admin_list(tx: Tx, principal: Principal, query: OrganisersQuery) -> Page[Organiser]:
    """List all organisers."""
    found, following = paging.page(
        lambda limit: service.list_all(
            tx, status=query.status or "", before=query.cursor or LAST_ID, limit=limit
        ),
        query.limit,
        lambda organiser: organiser.id,
    )
    return Page(items=found, next=following)


def approve(tx: Tx, principal: Principal, body: Empty, *, organiser_id: str) -> OrganiserDetails:
    """Approve an organiser."""
    service.approve(tx, organiser_id=organiser_id)
    return _details(tx, principal, organiser_id)


def suspend(
    tx: Tx, principal: Principal, body: SuspendOrganiser, *, organiser_id: str
) -> OrganiserDetails:
    """Suspend an organiser."""
    service.suspend(tx, organiser_id=organiser_id, reason=body.reason)
    return _details(tx, principal, organiser_id)


def _details(tx: Tx, principal: Principal, organiser_id: str) -> OrganiserDetails:
    return service.details(
        tx, organiser_id=organiser_id, user_id=principal.user_id, all_members=principal.is_admin
    )
