"""What becomes of a ticket when its buyer gets the money back."""

from __future__ import annotations

from typing import Any

import pytest

from contract.gate import Refusal
from contract.orders import Order
from contract.refunds import REFUND_ORDER, RefundedTicket, RefundOrder, TicketPassedOn
from contract.tickets import TicketNotFound, TicketStatus, TicketUnavailable, TicketVoid
from server.payments.refunds import service as refunds
from tests.server.custody import buy, code_of, give, in_wallet, relist, verdict
from tests.world import World


@pytest.fixture
def operator(world: World) -> Any:
    return world.user("operator", admin=True)


def refund(world: World, operator: Any, order: Order, ticket: RefundedTicket, **more: Any) -> None:
    world.call(REFUND_ORDER, operator, RefundOrder(ticket=ticket, **more), order_id=order.id)
    world.work()


def test_a_refund_makes_the_ticket_void(world: World, operator: Any) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    code = code_of(world, ana, ticket)
    refund(world, operator, order, RefundedTicket.VOID)
    bought = in_wallet(world, ana, ticket)
    assert (bought.code, bought.refunded) == (None, True)
    assert verdict(world, ticket, code) is Refusal.REFUNDED
    with pytest.raises(TicketVoid):
        relist(world, ana, ticket)
    assert world.sound()


def test_a_refund_returns_an_imported_ticket_to_its_seller_who_may_list_the_seat_again(
    world: World, operator: Any
) -> None:
    sofia, ana = world.user("sofia"), world.user("ana")
    ticket = world.list_ticket(sofia, seat="7")
    order = buy(world, ana, ticket)
    code = code_of(world, ana, ticket)
    refund(world, operator, order, RefundedTicket.RETURN)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    assert verdict(world, ticket, code) is Refusal.REFUNDED
    with pytest.raises(TicketNotFound):
        in_wallet(world, ana, ticket)
    again = world.list_ticket(sofia, seat="7")
    buy(world, world.user("ben"), again)
    assert world.sound()


def test_a_refund_returns_a_resold_ticket_to_the_wallet_of_who_sold_it(
    world: World, operator: Any
) -> None:
    sofia, ana, ben = (world.user(name) for name in ("sofia", "ana", "ben"))
    ticket = world.list_ticket(sofia)
    buy(world, ana, ticket)
    first = code_of(world, ana, ticket)
    relist(world, ana, ticket)
    order = buy(world, ben, ticket)
    second = code_of(world, ben, ticket)
    refund(world, operator, order, RefundedTicket.RETURN)
    third = code_of(world, ana, ticket)
    assert verdict(world, ticket, first) is Refusal.REPLACED
    assert verdict(world, ticket, second) is Refusal.REPLACED
    assert verdict(world, ticket, third) is None
    relist(world, ana, ticket)
    assert world.sound()


def test_a_ticket_that_its_buyer_has_put_on_sale_returns_to_who_sold_it_to_them(
    world: World, operator: Any
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    order = buy(world, ben, ticket)
    relist(world, ben, ticket)
    refund(world, operator, order, RefundedTicket.RETURN)
    assert verdict(world, ticket, code_of(world, ana, ticket)) is None
    with pytest.raises(TicketNotFound):
        in_wallet(world, ben, ticket)
    assert world.sound()


def test_a_ticket_returns_to_the_wallet_of_a_seller_who_was_given_it(
    world: World, operator: Any
) -> None:
    ana, ben, carl = (world.user(name) for name in ("ana", "ben", "carl"))
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    give(world, ana, ticket, ben, "ben")
    relist(world, ben, ticket)
    order = buy(world, carl, ticket)
    refund(world, operator, order, RefundedTicket.RETURN)
    assert verdict(world, ticket, code_of(world, ben, ticket)) is None
    assert world.sound()


@pytest.mark.parametrize("how", ["sold", "given", "being sold"])
def test_a_ticket_that_was_passed_on_is_not_taken_from_its_new_owner(
    world: World, operator: Any, how: str
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    if how == "given":
        give(world, ana, ticket, ben, "ben")
    else:
        relist(world, ana, ticket)
        if how == "sold":
            buy(world, ben, ticket)
        else:
            world.lock(ben, ticket)
    for action in (RefundedTicket.VOID, RefundedTicket.RETURN):
        with pytest.raises(TicketPassedOn):
            refund(world, operator, order, action)
    refund(world, operator, order, RefundedTicket.KEEP)
    if how != "being sold":
        assert verdict(world, ticket, code_of(world, ben, ticket)) is None
    assert world.sound()


def test_a_part_of_the_money_leaves_the_ticket_as_it_is(world: World, operator: Any) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    refund(world, operator, order, RefundedTicket.VOID, amount=100)
    assert verdict(world, ticket, code_of(world, ana, ticket)) is None
    assert world.sound()


def test_a_refunded_ticket_on_sale_goes_off_sale(world: World, operator: Any) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    relist(world, ana, ticket)
    refund(world, operator, order, RefundedTicket.VOID)
    assert world.ticket(ticket).status is TicketStatus.SOLD
    assert in_wallet(world, ana, ticket).code is None
    assert world.sound()


def test_a_ticket_is_off_sale_from_the_moment_its_refund_begins(
    world: World, operator: Any
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    relist(world, ana, ticket)
    world.call(REFUND_ORDER, operator, RefundOrder(), order_id=order.id)
    with pytest.raises(TicketUnavailable):
        world.lock(ben, ticket)
    with pytest.raises(TicketVoid):
        relist(world, ana, ticket)
    world.work()
    assert in_wallet(world, ana, ticket).code is None
    assert world.sound()


def test_a_refund_that_fails_at_once_leaves_the_ticket_as_it_was(
    world: World, operator: Any
) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    made = world.call(REFUND_ORDER, operator, RefundOrder(), order_id=order.id)
    world.bus.write_now(lambda tx: refunds.fail(tx, made.id, why="test"))
    assert verdict(world, ticket, code_of(world, ana, ticket)) is None
    assert relist(world, ana, ticket).status is TicketStatus.AVAILABLE
