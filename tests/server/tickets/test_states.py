"""Every state with every verb: tickets make exactly the transitions of their state machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.money import Money
from contract.problems import Problem
from contract.tickets import EditTicket, Ticket, TicketStatus, TicketUnavailable
from server.principal import Principal
from server.tickets import resale, service
from server.tickets.states import MOVES
from server.tx import Tx
from tests.server.rows import change, one
from tests.world import World

HOLDER = "ord_holder"
CODE = """
    INSERT INTO entry_codes (id, ticket_id, serial, show_id, owner_id, order_id, code, code_key,
                             issued_at, revoked_at, reason)
    VALUES ('cod_1', :ticket, 1, :show, :owner, 'ord_holder', 'X', 'X', 1, NULL, NULL)"""
#: The moves of a ticket that was sold before.
OF_BOUGHT = ("relist", "take_back", "transfer", "return_to_seller", "return_to_owner")
PRICE = Money(amount=5000, currency="EUR")
SHELF = {TicketStatus.SOLD: "sold", TicketStatus.WITHDRAWN: "off"}
VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})
PAIRS = [(state, verb) for state in TicketStatus for verb in VERBS]


def put(world: World, seller: Principal, state: TicketStatus, *, bought: bool = False) -> Ticket:
    """Make a ticket and put it into a state, held by `HOLDER` if an order must hold it.

    With `bought` it is not the first time that it is sold: its owner has a code, and an offer.
    """
    ticket = world.list_ticket(seller)
    order = world.lock(world.user("holder"), ticket)
    change(world, "UPDATE orders SET id = :holder WHERE id = :id", holder=HOLDER, id=order.id)
    held = state in (TicketStatus.LOCKED, TicketStatus.SOLD)
    change(
        world,
        "UPDATE tickets SET status = :status, shelf = :shelf, order_id = :holder, "
        "locked_until = CASE :status WHEN 'locked' THEN locked_until END, "
        "withdraw_reason = :reason WHERE id = :id",
        reason="ban" if state is TicketStatus.WITHDRAWN else None, status=state.value,
        shelf=SHELF.get(state, "on"), id=ticket.id,
        holder=HOLDER if held else None,
    )  # fmt: skip
    if bought:
        change(world, CODE, ticket=ticket.id, show=ticket.show.id, owner=seller.user_id)
        change(world, "UPDATE tickets SET code_serial = 1 WHERE id = :id", id=ticket.id)
    return ticket


def acts(ticket: Ticket, seller: Principal, buyer: Principal) -> dict[str, Callable[[Tx], object]]:
    """Return the call of the service for each verb."""
    one_of = {"ticket_id": ticket.id}
    own = {"seller_id": seller.user_id, "based_on": None, **one_of}
    return {
        "lock": lambda tx: service.lock(
            tx, buyer_id=buyer.user_id, order_id=HOLDER, until_us=9, **one_of
        ),
        "unlock": lambda tx: service.unlock(tx, order_id=HOLDER, **one_of),
        "sell": lambda tx: service.sell(tx, buyer_id=buyer.user_id, order_id=HOLDER, **one_of),
        "edit": lambda tx: service.edit(tx, body=EditTicket(row="9"), **own),  # type: ignore[arg-type]
        "withdraw": lambda tx: resale.withdraw(tx, **own),  # type: ignore[arg-type]
        "restore": lambda tx: service.restore(tx, **one_of),
        "take_back": lambda tx: resale.withdraw(tx, **own),  # type: ignore[arg-type]
        "relist": lambda tx: resale.relist(tx, owner_id=seller.user_id, price=PRICE, **one_of),
        "transfer": lambda tx: transfer(tx, ticket, seller, buyer),
        "return_to_seller": lambda tx: give_back(tx, ticket, None),
        "return_to_owner": lambda tx: give_back(tx, ticket, HOLDER),
    }


def transfer(tx: Tx, ticket: Ticket, owner: Principal, to: Principal) -> None:
    """Offer a ticket and give it to somebody."""
    resale.offer(tx, owner_id=owner.user_id, ticket_id=ticket.id, transfer_id="trf_1")
    resale.transfer(tx, ticket_id=ticket.id, transfer_id="trf_1", to_id=to.user_id)


def give_back(tx: Tx, ticket: Ticket, sellers_order_id: str | None) -> None:
    """Give a ticket back to its seller; fail if it is not there."""
    if not resale.give_back(
        tx, ticket_id=ticket.id, order_id=HOLDER, seller_id=ticket.seller_id,
        sellers_order_id=sellers_order_id,
    ):  # fmt: skip
        raise TicketUnavailable


@pytest.mark.parametrize(("state", "verb"), PAIRS, ids=str)
def test_a_verb_is_applied_to_a_ticket_only_where_its_states_allow_it(
    world: World, state: TicketStatus, verb: str
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    ticket = put(world, seller, state, bought=verb in OF_BOUGHT)
    known = len(world.events())
    allowed = MOVES[state].get(verb)
    try:
        world.bus.write_now(acts(ticket, seller, buyer)[verb])
    except (Problem, RuntimeError):
        assert allowed is None
    now = one(world, "SELECT status FROM tickets WHERE id = :id", id=ticket.id)
    version = one(world, "SELECT version FROM tickets WHERE id = :id", id=ticket.id)
    published = world.events()[known:]
    if allowed is None:
        assert (now, version, published) == (state, 2, [])
    else:
        assert (now, version) == (allowed, 3)
        changed = [(event.id, event.version) for event in published if event.version]
        assert changed == [(ticket.id, 3)]
        assert getattr(published[0], "status", None) == allowed


@pytest.mark.parametrize("verb", ["unlock", "sell"])
def test_only_its_own_order_can_end_a_lock(world: World, verb: str) -> None:
    ticket = put(world, world.user("seller"), TicketStatus.LOCKED)
    another = {"ticket_id": ticket.id, "order_id": "ord_another"}
    act: dict[str, Callable[[Tx], None]] = {
        "unlock": lambda tx: service.unlock(tx, **another),
        "sell": lambda tx: service.sell(tx, buyer_id="usr_another", **another),
    }
    try:
        world.bus.write_now(act[verb])
    except RuntimeError:
        assert verb == "sell"
    assert world.ticket(ticket).status is TicketStatus.LOCKED
    assert one(world, "SELECT order_id FROM tickets") == HOLDER
