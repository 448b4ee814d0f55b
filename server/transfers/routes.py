"""The endpoints of transfers."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.transfers import AcceptTransfer, OfferTransfer, Transfer, TransferOffer
from server import paging
from server.principal import Principal
from server.transfers import service
from server.tx import Tx

#: Sorts after every id of a transfer.
LAST_ID = "trf_~"


def offer(tx: Tx, principal: Principal, body: OfferTransfer, *, ticket_id: str) -> TransferOffer:
    """Offer one of the principal's tickets to somebody."""
    return service.offer(
        tx, owner_id=principal.user_id, ticket_id=ticket_id, to=body.to, lifetime=body.lifetime
    )


def list_transfers(tx: Tx, principal: Principal, query: PageQuery) -> Page[Transfer]:
    """List what the principal has offered or was offered."""
    found, following = paging.page(
        lambda limit: service.list_transfers(
            tx, user_id=principal.user_id, before=query.cursor or LAST_ID, limit=limit
        ),
        query.limit,
        lambda transfer: transfer.id,
    )
    return Page(items=tuple(found), next=following)


def accept(tx: Tx, principal: Principal, body: AcceptTransfer, *, transfer_id: str) -> Transfer:
    """Accept a ticket for the principal."""
    return service.accept(
        tx, transfer_id=transfer_id, user_id=principal.user_id, claim_code=body.claim_code
    )


def decline(tx: Tx, principal: Principal, body: Empty, *, transfer_id: str) -> Transfer:
    """Decline a ticket that was offered to the principal."""
    return service.decline(tx, transfer_id=transfer_id, user_id=principal.user_id)


def cancel(tx: Tx, principal: Principal, body: Empty, *, transfer_id: str) -> Transfer:
    """Cancel an offer of the principal."""
    return service.cancel(tx, transfer_id=transfer_id, user_id=principal.user_id)
