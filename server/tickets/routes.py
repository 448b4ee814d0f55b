"""The endpoints of tickets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contract.base import Empty, Page
from contract.issuing import IssueReport, IssueTickets
from contract.money import Money
from contract.problems import NotSignedIn
from contract.shows import ShowOnSale, ShowsQuery
from contract.tickets import (
    CreateTicket,
    EditTicket,
    ImportReport,
    ImportTickets,
    RelistTicket,
    Ticket,
    TicketsQuery,
)
from server.principal import Principal
from server.routing import AppContext
from server.shows import access
from server.tickets import imports, issuing, listings, resale, service
from server.tx import Tx


def create_ticket(tx: Tx, principal: Principal, body: CreateTicket) -> Ticket:
    """List a ticket."""
    return service.create(tx, seller_id=principal.user_id, body=body)


def list_tickets(tx: Tx, principal: Principal, query: TicketsQuery) -> Page[Ticket]:
    """List tickets; `mine` requires a signed-in user."""
    if query.mine and not principal.user_id:
        raise NotSignedIn
    page = listings.list_tickets(tx, query=query, user_id=principal.user_id)
    return msgspec.structs.replace(page, items=_seen_by(tx, page.items, principal))


def list_shows(tx: Tx, principal: Principal, query: ShowsQuery) -> Page[ShowOnSale]:
    """List shows with what is on sale; this service does it because it knows the tickets."""
    return listings.list_shows(tx, query=query)


def view_ticket(tx: Tx, principal: Principal, query: Empty, *, ticket_id: str) -> Ticket:
    """Show one ticket."""
    (ticket,) = _seen_by(tx, (service.view(tx, ticket_id=ticket_id),), principal)
    return ticket


def edit_ticket(
    tx: Tx, principal: Principal, body: EditTicket, *, ticket_id: str, if_match: int | None
) -> Ticket:
    """Change one of the principal's available tickets."""
    return resale.edit(
        tx, seller_id=principal.user_id, ticket_id=ticket_id, body=body, based_on=if_match
    )


def relist_ticket(tx: Tx, principal: Principal, body: RelistTicket, *, ticket_id: str) -> Ticket:
    """Sell a ticket that the principal owns."""
    price = Money(amount=body.price.amount, currency=body.price.currency)
    return resale.relist(tx, owner_id=principal.user_id, ticket_id=ticket_id, price=price)


def withdraw_ticket(
    tx: Tx, principal: Principal, body: Empty, *, ticket_id: str, if_match: int | None
) -> Ticket:
    """Take one of the principal's available tickets off sale."""
    return resale.withdraw(tx, seller_id=principal.user_id, ticket_id=ticket_id, based_on=if_match)


async def import_tickets(
    context: AppContext, principal: Principal, body: ImportTickets
) -> ImportReport:
    """List or update many of the principal's tickets."""
    return await imports.import_tickets(context, principal, body)


def issue_tickets(tx: Tx, principal: Principal, body: IssueTickets, *, show_id: str) -> IssueReport:
    """Issue tickets for a show of an organiser that the principal manages."""
    show, owner_id = access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    return issuing.issue(tx, show=show, seller_id=owner_id, body=body)


def _seen_by(tx: Tx, tickets: Sequence[Ticket], principal: Principal) -> tuple[Ticket, ...]:
    """Return tickets as the principal may see them, with those that are theirs marked."""
    owned = resale.owned_among(tx, tickets, owner_id=principal.user_id)
    return tuple(
        msgspec.structs.replace(service.seen_by(ticket, principal), owned=ticket.id in owned)
        for ticket in tickets
    )
