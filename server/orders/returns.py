"""Returns: which tickets a buyer may give back to the organiser that sold them, and until when."""

from __future__ import annotations

from datetime import datetime

from contract.orders import OrderStatus
from contract.refunds import NotReturnable
from contract.shows import Show
from contract.tickets import TicketStatus
from server.orders import service
from server.orders.service import OrderRecord
from server.shows import access
from server.shows import service as shows
from server.tickets import resale
from server.tickets import service as tickets
from server.tx import Tx


def refund_until(tx: Tx, record: OrderRecord) -> datetime | None:
    """Return until when the ticket of an order may be returned; None is not now.

    The ticket may have been passed on meanwhile, which only `check` looks at.
    """
    order, show = record.order, shows.view(tx, show_id=record.show_id)
    until = _closes_at(show)
    is_open = until is not None and until > tx.now and not show.cancelled
    if not is_open or order.status is not OrderStatus.COMPLETE or order.refunded == order.price:
        return None
    return until if access.sold_by_organiser(tx, show=show, seller_id=record.seller_id) else None


def check(tx: Tx, record: OrderRecord) -> None:
    """Refuse to take a ticket back that the rules do not let its buyer return.

    Raises NotReturnable, with the reason. The ticket cannot change until the end of the
    transaction.
    """
    order, show = record.order, shows.view(tx, show_id=record.show_id)
    if order.status is not OrderStatus.COMPLETE:
        raise NotReturnable("This order was not paid.")
    if order.refunded == order.price:
        raise NotReturnable("This order is fully refunded.")
    if show.cancelled:
        raise NotReturnable(f"{show.name} was cancelled; its buyers get their money back.")
    if not access.sold_by_organiser(tx, show=show, seller_id=record.seller_id):
        raise NotReturnable(
            "Only the organiser of a show takes tickets back, and only those it has sold itself. "
            "You can sell this one on, or give it away.",
            rule="sold_by_organiser",
        )
    until = _closes_at(show)
    if until is None:
        raise NotReturnable(f"Tickets for {show.name} cannot be returned.", rule="refund_until")
    if until <= tx.now:
        raise NotReturnable(
            f"Tickets for {show.name} could be returned until {until:%Y-%m-%d %H:%M} UTC.",
            rule="refund_until",
        )
    if reason := _kept_by(tx, record):
        raise NotReturnable(reason)


def _closes_at(show: Show) -> datetime | None:
    """Return when the buyers of a show can return tickets no more; None if they never could.

    The organiser's policy and a postponement each allow it, the longer one counts.
    """
    by_policy = None if show.policy is None else show.policy.refund_until
    ends = [at for at in (show.refund_until, by_policy) if at is not None]
    return min(max(ends), show.starts_at) if ends else None


def _kept_by(tx: Tx, record: OrderRecord) -> str | None:
    """Return why the ticket itself cannot be returned now; None if it can."""
    ticket_id, buyer_id = record.order.ticket_id, record.order.buyer_id
    owner_id = resale.hold(tx, ticket_id=ticket_id)
    if owner_id != buyer_id or not service.is_current(tx, order_id=record.order.id):
        return "You have sold this ticket or given it away."
    status = tickets.view(tx, ticket_id=ticket_id).status
    if status is TicketStatus.AVAILABLE:
        return "This ticket is on sale. Take it off sale first."
    if status is TicketStatus.LOCKED:
        return "Somebody is buying this ticket right now."
    return resale.why_not_returned(tx, ticket_id=ticket_id)
