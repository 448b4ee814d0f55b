"""A ban takes the goods off sale too, and lifting it brings back what the ban withdrew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.auth import BAN_USER, Ban
from contract.moderation import ADMIN_WITHDRAW
from contract.orders import CancelReason, OrderStatus
from contract.problems import Invalid
from contract.shows import CANCEL_SHOW
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    Ticket,
    TicketsQuery,
    TicketStatus,
    TicketUnavailable,
    TicketWithdrawn,
    WithdrawReason,
    WithdrawTicket,
)
from db.types import from_us
from server.moderation import service
from server.principal import Principal
from tests.clock import MINUTE, START
from tests.server.cancellation.show_scenario import run_jobs
from tests.server.payments.purchase import held
from tests.world import DAY, World

ABOUT = WithdrawTicket(reason="The seat does not exist.")


@pytest.fixture
def olga(world: World) -> Principal:
    """Create an operator's account."""
    return world.user("olga", admin=True)


@pytest.fixture
def seller(world: World) -> Principal:
    return world.user("seller")


def ban(world: World, olga: Principal, seller: Principal, *, banned: bool = True) -> None:
    """Ban a seller or lift the ban, and let the work that follows be done."""
    world.call(BAN_USER, olga, Ban(banned=banned), user_id=seller.user_id)
    world.work()


def on_sale(world: World) -> set[str]:
    """Return the ids of what everybody can buy."""
    return {t.id for t in world.call(LIST_TICKETS, Principal(), TicketsQuery(limit=100)).items}


def test_a_ban_takes_every_listing_off_sale(
    world: World, olga: Principal, seller: Principal
) -> None:
    listed = [world.list_ticket(seller) for _ in range(service.BATCH + 2)]
    other = world.list_ticket(world.user("other"))
    ban(world, olga, seller)
    assert on_sale(world) == {other.id}
    now = world.ticket(listed[0])
    assert (now.status, now.withdraw_reason) == (TicketStatus.WITHDRAWN, WithdrawReason.BAN)
    (event,) = [e for e in world.events(listed[0].id) if isinstance(e, TicketWithdrawn)]
    assert event.reason is WithdrawReason.BAN
    with pytest.raises(TicketUnavailable):
        world.lock(world.user("buyer"), listed[0])
    assert world.sound()


def test_nobody_can_lock_a_banned_sellers_ticket_before_the_job_runs(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket, buyer = world.list_ticket(seller), world.user("buyer")
    world.call(BAN_USER, olga, Ban(banned=True), user_id=seller.user_id)
    with pytest.raises(TicketUnavailable):
        world.lock(buyer, ticket)
    assert on_sale(world) == set()


def test_an_order_that_awaits_payment_for_a_banned_sellers_ticket_is_cancelled(
    world: World, olga: Principal, seller: Principal
) -> None:
    buyer, ticket = world.user("buyer"), world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    page = world.visit("GET", order.payment_url).headers["Location"]
    ban(world, olga, seller)
    now = world.order(buyer, order)
    assert (now.status, now.reason) == (OrderStatus.CANCELLED, CancelReason.LISTING_WITHDRAWN)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    form = "card_number=4242424242424242&exp=12%2F34&cvc=123"
    world.visit("POST", page, form, "application/json")
    world.work()
    assert held(world) == 0
    assert "taken off sale" in world.visit("GET", order.payment_url).body
    assert world.sound()


def test_a_sold_ticket_of_a_banned_seller_stays_with_its_buyer(
    world: World, olga: Principal, seller: Principal
) -> None:
    buyer, ticket = world.user("buyer"), world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    world.pay(order)
    ban(world, olga, seller)
    assert world.order(buyer, order).status is OrderStatus.COMPLETE
    assert world.ticket(ticket).status is TicketStatus.SOLD


def test_lifting_a_ban_brings_back_what_the_ban_withdrew_and_nothing_else(
    world: World, olga: Principal, seller: Principal
) -> None:
    kept = [world.list_ticket(seller) for _ in range(service.BATCH + 2)]
    own, taken, cancelled = (world.list_ticket(seller, show=f"Show {n}") for n in range(3))
    soon = world.list_ticket(seller, starts_at=from_us(START) + timedelta(hours=1), show="Soon")
    world.call(WITHDRAW_TICKET, seller, ticket_id=own.id)
    world.call(ADMIN_WITHDRAW, olga, ABOUT, ticket_id=taken.id)
    ban(world, olga, seller)
    world.call(CANCEL_SHOW, olga, show_id=cancelled.show.id)
    world.pass_time(61 * MINUTE)
    ban(world, olga, seller, banned=False)
    assert on_sale(world) == {ticket.id for ticket in kept}
    back = world.ticket(kept[0])
    assert (back.status, back.withdraw_reason) == (TicketStatus.AVAILABLE, None)
    assert world.names(kept[0].id)[-2:] == ["ticket.withdrawn", "ticket.updated"]
    assert world.ticket(soon).status is TicketStatus.WITHDRAWN
    assert world.sound()


def test_a_seat_that_was_listed_again_meanwhile_is_not_restored_twice(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket = world.list_ticket(seller, seat="7")
    ban(world, olga, seller)
    again = world.list_ticket(seller, seat="7")  # as a request in flight during the ban might
    ban(world, olga, seller, banned=False)
    assert on_sale(world) == {again.id}
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN


def test_a_ban_lifted_before_its_job_runs_leaves_everything_on_sale(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket = world.list_ticket(seller)
    for banned in (True, False):
        world.call(BAN_USER, olga, Ban(banned=banned), user_id=seller.user_id)
    assert run_jobs(world, service.FOLLOW_BAN) == 1
    assert on_sale(world) == {ticket.id}
    assert world.sound()


def test_operators_cannot_ban_themselves(world: World, olga: Principal) -> None:
    with pytest.raises(Invalid):
        world.call(BAN_USER, olga, Ban(), user_id=olga.user_id)


def seen(world: World, who: Principal, ticket: Ticket) -> Ticket:
    """Return a ticket as somebody sees it."""
    return world.call(VIEW_TICKET, who, ticket_id=ticket.id)


def test_an_operator_takes_one_listing_down_and_its_seller_reads_why(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket, other = world.list_ticket(seller), world.list_ticket(seller)
    after = world.call(ADMIN_WITHDRAW, olga, ABOUT, ticket_id=ticket.id)
    assert after.status is TicketStatus.WITHDRAWN
    assert on_sale(world) == {other.id}
    assert world.events(ticket.id)[-1].name == "ticket.withdrawn"
    for who in (seller, olga):
        assert seen(world, who, ticket).withdraw_note == ABOUT.reason
    for who in (world.user("stranger"), Principal()):
        public = seen(world, who, ticket)
        assert (public.withdraw_reason, public.withdraw_note) == (WithdrawReason.OPERATOR, "")
    with pytest.raises(TicketUnavailable):
        world.call(ADMIN_WITHDRAW, olga, ABOUT, ticket_id=ticket.id)
    world.pass_time(DAY)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN


def test_taking_a_locked_listing_down_cancels_its_order(
    world: World, olga: Principal, seller: Principal
) -> None:
    buyer, ticket = world.user("buyer"), world.list_ticket(seller)
    order = world.lock(buyer, ticket)
    world.call(ADMIN_WITHDRAW, olga, ABOUT, ticket_id=ticket.id)
    now = world.order(buyer, order)
    assert (now.status, now.reason) == (OrderStatus.CANCELLED, CancelReason.LISTING_WITHDRAWN)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    assert world.sound()


def test_a_sold_ticket_cannot_be_taken_down(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket = world.list_ticket(seller)
    world.pay(world.lock(world.user("buyer"), ticket))
    with pytest.raises(TicketUnavailable):
        world.call(ADMIN_WITHDRAW, olga, ABOUT, ticket_id=ticket.id)


def test_only_the_seller_and_operators_see_the_sellers_own_id(
    world: World, olga: Principal, seller: Principal
) -> None:
    ticket = world.list_ticket(seller, external_id="inv-1")
    buyer = world.user("buyer")
    assert seen(world, seller, ticket).external_id == "inv-1"
    assert seen(world, olga, ticket).external_id == "inv-1"
    assert seen(world, buyer, ticket).external_id is None
    (listed,) = world.call(LIST_TICKETS, Principal(), TicketsQuery()).items
    assert listed.external_id is None
