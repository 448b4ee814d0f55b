"""Cancelling a show withdraws its tickets, cancels its orders and refunds its buyers."""

from __future__ import annotations

import pytest

from contract.orders import (
    LIST_ORDERS,
    LIST_WALLET,
    CancelReason,
    OrderCancelled,
    OrdersQuery,
    OrderStatus,
)
from contract.problems import NotFound
from contract.refunds import RefundReason
from contract.shows import LIST_SHOWS, VIEW_SHOW, ShowIsCancelled, ShowsQuery
from contract.tickets import (
    EDIT_TICKET,
    WITHDRAW_TICKET,
    EditTicket,
    TicketStatus,
    TicketUnavailable,
)
from server.payments import refunds
from server.principal import Principal
from tests.clock import MINUTE
from tests.server.cancellation.show_scenario import new_show
from tests.server.payments.paid_purchase import PENDS_FIRST, refunded_amounts
from tests.server.payments.purchase import held
from tests.server.rows import rows
from tests.world import World


def test_tickets_on_sale_are_withdrawn(world: World) -> None:
    show = new_show(world)
    tickets = [show.lists() for _ in range(3)]
    show.cancel(tickets[0].show.id)
    world.work()
    assert {world.ticket(ticket).status for ticket in tickets} == {TicketStatus.WITHDRAWN}
    assert world.names(tickets[0].id) == ["ticket.created", "ticket.withdrawn"]
    assert world.sound()


def test_a_buyer_about_to_pay_loses_the_lock_and_pays_nothing(world: World) -> None:
    show = new_show(world)
    order = show.locks()
    page = world.visit("GET", order.payment_url).headers["Location"]
    show.cancel(show.id)
    world.work()
    now = show.now(order)
    assert (now.status, now.reason) == (OrderStatus.CANCELLED, CancelReason.SHOW_CANCELLED)
    (ended,) = [e for e in world.events(order.id) if isinstance(e, OrderCancelled)]
    assert ended.reason is CancelReason.SHOW_CANCELLED
    assert "The show was cancelled" in world.visit("GET", order.payment_url).body
    form = "card_number=4242424242424242&exp=12%2F34&cvc=123"
    assert world.visit("POST", page, form, "application/json").status != 200
    world.work()
    assert held(world) == 0
    (ticket,) = rows(world, "SELECT status FROM tickets WHERE id = :id", id=order.ticket_id)
    assert ticket == ("withdrawn",)
    assert world.sound()


def test_a_buyer_who_paid_is_refunded_and_keeps_a_marked_ticket(
    world: World,
) -> None:
    show = new_show(world)
    order = show.sells()
    show.cancel(show.id)
    world.work()
    now = show.now(order)
    assert (now.status, now.refunded) == (OrderStatus.COMPLETE, order.price)
    assert rows(world, "SELECT reason, status FROM refunds") == [("show_cancelled", "done")]
    (purchase,) = world.call(LIST_WALLET, show.buyers[0]).items
    assert purchase.refunded
    assert purchase.ticket.show.cancelled
    assert world.sound()


def test_an_order_says_that_its_show_is_cancelled_before_its_refund(world: World) -> None:
    show = new_show(world)
    order = show.sells()
    assert not show.now(order).show_cancelled
    show.cancel(show.id)
    now = show.now(order)
    assert (now.status, now.refunded.amount, now.show_cancelled) == (OrderStatus.COMPLETE, 0, True)
    (listed,) = world.call(LIST_ORDERS, show.buyers[0], OrdersQuery()).items
    assert listed.show_cancelled


def test_the_rest_is_refunded_after_a_partial_refund_under_way(world: World) -> None:
    show = new_show(world)
    order = show.sells(PENDS_FIRST)
    world.bus.write_now(
        lambda tx: refunds.begin(tx, order_id=order.id, amount=1000, reason=RefundReason.OPERATOR)
    )
    world.work()
    show_id = show.id
    show.cancel(show_id)
    world.work()
    assert (refunded_amounts(world), show.progress(show_id).orders_left) == ([1000], 1)
    for _ in range(3):  # each refund is pending for up to ten minutes
        world.pass_time(10 * MINUTE)
    assert sorted(refunded_amounts(world)) == [1000, 3500]
    assert show.now(order).refunded == order.price
    assert show.progress(show_id).done
    assert world.sound()


def test_the_operator_sees_the_progress(world: World) -> None:
    show = new_show(world)
    show.sells()
    show.locks()
    before = show.progress(show.id)
    assert (before.show.cancelled, before.done) == (False, False)
    assert (before.tickets_left, before.orders_left) == (2, 2)
    show_id = before.show.id
    asked = show.cancel(show_id)
    assert (asked.show.cancelled, asked.done, asked.tickets_left) == (True, False, 2)
    world.work()
    after = show.progress(show_id)
    assert (after.tickets_left, after.orders_left, after.refunds) == (0, 0, {"done": 1})
    assert [str(money) for money in after.refunded] == ["EUR 45.00"]
    assert (after.done, after.live) == (True, False)


def test_cancelling_again_only_returns_the_progress(world: World) -> None:
    show = new_show(world)
    show.sells()
    show_id = show.id
    for _ in range(3):
        show.cancel(show_id)
        world.work()
    assert world.names(show_id) == ["show.created", "show.cancelled"]
    assert refunded_amounts(world) == [4500]
    assert show.progress(show_id).done


def test_another_show_is_not_affected(world: World) -> None:
    show = new_show(world)
    other = world.list_ticket(show.seller, show="Another evening")
    order = world.lock(show.buyer(), other)
    show.cancel(show.id)
    world.work()
    assert show.now(order).status is OrderStatus.AWAITING_PAYMENT
    world.pay(order)
    assert show.now(order).status is OrderStatus.COMPLETE
    assert refunded_amounts(world) == []


def test_no_ticket_can_be_listed_for_a_cancelled_show(world: World) -> None:
    show = new_show(world)
    show.cancel(show.id)
    with pytest.raises(ShowIsCancelled):
        show.lists()


def test_a_ticket_of_a_cancelled_show_cannot_be_edited_even_before_it_is_withdrawn(
    world: World,
) -> None:
    show = new_show(world)
    ticket = show.lists()
    show.cancel(ticket.show.id)
    with pytest.raises(ShowIsCancelled):
        world.call(EDIT_TICKET, show.seller, EditTicket(row="Z"), ticket_id=ticket.id)


def test_a_ticket_of_a_cancelled_show_cannot_be_locked_once_withdrawn(world: World) -> None:
    show = new_show(world)
    ticket = show.lists()
    show.cancel(ticket.show.id)
    world.work()
    with pytest.raises(ShowIsCancelled):
        world.lock(show.buyer(), ticket)


def test_a_withdrawn_ticket_of_a_scheduled_show_is_unavailable(world: World) -> None:
    show = new_show(world)
    ticket = show.lists()
    world.call(WITHDRAW_TICKET, show.seller, ticket_id=ticket.id)
    with pytest.raises(TicketUnavailable):
        world.lock(show.buyer(), ticket)


def test_a_lock_taken_before_its_ticket_is_withdrawn_is_cancelled(world: World) -> None:
    show = new_show(world)
    ticket = show.lists()
    show.cancel(ticket.show.id)
    order = world.lock(show.buyer(), ticket)
    world.work()
    assert show.now(order).status is OrderStatus.CANCELLED
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN


def test_a_cancelled_show_is_not_listed_but_can_be_viewed(world: World) -> None:
    show = new_show(world)
    show_id = show.id
    other = world.list_ticket(show.seller, show="Another evening").show.id
    show.cancel(show_id)
    page = world.call(LIST_SHOWS, Principal(), ShowsQuery(count=True))
    assert ([item.show.id for item in page.items], page.total) == ([other], 1)
    assert world.call(VIEW_SHOW, Principal(), show_id=show_id).cancelled


def test_an_unknown_show_cannot_be_cancelled(world: World) -> None:
    show = new_show(world)
    with pytest.raises(NotFound):
        show.cancel("shw_missing")
    with pytest.raises(NotFound):
        show.progress("shw_missing")


def test_a_show_that_has_begun_can_still_be_cancelled(world: World) -> None:
    show = new_show(world)
    order = show.sells()
    show_id = show.id
    world.pass_time(31 * 24 * 3600 * 1_000_000)
    show.cancel(show_id)
    world.work()
    assert show.now(order).refunded == order.price
