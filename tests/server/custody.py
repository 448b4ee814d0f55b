"""People who sell each other a ticket, and a gate that knows who has it."""

from __future__ import annotations

from itertools import count

from contract.auth import Role
from contract.gate import ADMIT, UNDO_ADMISSION, Admit, Refusal, Scan
from contract.orders import VIEW_WALLET, Order, WalletTicket
from contract.tickets import RELIST_TICKET, Price, RelistTicket, Ticket
from contract.transfers import ACCEPT_TRANSFER, OFFER_TRANSFER, AcceptTransfer, OfferTransfer
from server.principal import Principal
from tests.world import World

_NUMBERS = count()


def buy(world: World, buyer: Principal, ticket: Ticket) -> Order:
    """Buy a ticket that is on sale."""
    order = world.lock(buyer, ticket)
    assert world.pay(order) == "paid"
    return order


def relist(world: World, owner: Principal, ticket: Ticket, amount: int = 5000) -> Ticket:
    """Put a ticket of one's own on sale."""
    body = RelistTicket(price=Price(amount=amount, currency="EUR"))
    return world.call(RELIST_TICKET, owner, body, ticket_id=ticket.id)


def in_wallet(world: World, owner: Principal, ticket: Ticket) -> WalletTicket:
    """Return a ticket as its owner sees it."""
    return world.call(VIEW_WALLET, owner, ticket_id=ticket.id)


def code_of(world: World, owner: Principal, ticket: Ticket) -> str:
    """Return the entry code that the owner has."""
    code = in_wallet(world, owner, ticket).code
    assert code is not None
    return code


def give(world: World, owner: Principal, ticket: Ticket, to: Principal, name: str) -> None:
    """Give a ticket to somebody, who accepts it."""
    body = OfferTransfer(to=f"{name}@example.org")
    offer = world.call(OFFER_TRANSFER, owner, body, ticket_id=ticket.id)
    world.call(ACCEPT_TRANSFER, to, AcceptTransfer(), transfer_id=offer.transfer.id)


def scan(world: World, ticket: Ticket, code: str) -> Scan:
    """Scan a code at the gate of the ticket's show."""
    body = Admit(show_id=ticket.show.id, code=code, scan_id=f"scan{next(_NUMBERS):016d}")
    return world.call(ADMIT, STEWARD, body)


def verdict(world: World, ticket: Ticket, code: str) -> Refusal | None:
    """Return why a code is refused; None when it is admitted, which is undone at once."""
    made = scan(world, ticket, code)
    if made.admission_id is not None:
        world.call(UNDO_ADMISSION, STEWARD, admission_id=made.admission_id)
    return made.reason


STEWARD = Principal(user_id="usr_steward", role=Role.GATE, session_id="ses_gate")
