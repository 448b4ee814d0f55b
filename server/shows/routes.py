"""The endpoints of shows."""

from __future__ import annotations

from contract.base import Empty
from contract.policies import SetPolicy
from contract.shows import EditShow, MergeShows, Show, ShowDetails
from server.organisers import service as organisers
from server.principal import Principal
from server.shows import access, changes, policies, service
from server.tx import Tx


def view_show(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> Show:
    """Show one show."""
    return service.view(tx, show_id=show_id)


def edit_show(tx: Tx, principal: Principal, body: EditShow, *, show_id: str) -> Show:
    """Postpone or correct a show."""
    return changes.edit(tx, show_id=show_id, body=body)


def create_show(tx: Tx, principal: Principal, body: ShowDetails, *, organiser_id: str) -> Show:
    """Create a show of an organiser that the principal manages."""
    organisers.require_manager(tx, organiser_id=organiser_id, user_id=principal.user_id)
    access.require_approved(tx, organiser_id=organiser_id)
    return service.create(tx, body, organiser_id=organiser_id)


def edit_own_show(tx: Tx, principal: Principal, body: EditShow, *, show_id: str) -> Show:
    """Postpone or correct a show of an organiser that the principal manages."""
    access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    return changes.edit(tx, show_id=show_id, body=body)


def set_policy(tx: Tx, principal: Principal, body: SetPolicy, *, show_id: str) -> Show:
    """Set the rules for the tickets of a show of an organiser that the principal manages."""
    show, _ = access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    return policies.change(tx, show=show, body=body)


def merge_shows(tx: Tx, principal: Principal, body: MergeShows, *, show_id: str) -> Show:
    """Merge a show into another one; return that one."""
    return changes.merge(tx, show_id=show_id, into_id=body.into)
