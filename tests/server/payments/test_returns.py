"""Returns: buyers of a postponed show give tickets back to the organiser that sold them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contract.orders import CancelReason, Order, OrderNotFound
from contract.policies import SetPolicy
from contract.refunds import (
    RETURN_ORDER,
    NotReturnable,
    Refund,
    RefundedTicket,
    RefundReason,
    RefundStatus,
    UnderDispute,
)
from contract.shows import (
    CANCEL_OWN_SHOW,
    EDIT_OWN_SHOW,
    EDIT_SHOW,
    SET_POLICY,
    EditShow,
    Show,
    ShowUpdated,
)
from contract.tickets import WITHDRAW_TICKET, Ticket, TicketNotFound, TicketStatus
from contract.transfers import CANCEL_TRANSFER, OFFER_TRANSFER, OfferTransfer
from db.types import from_us
from server.orders import service as orders
from server.principal import Principal
from tests.clock import START
from tests.server.custody import buy, code_of, give, in_wallet, relist, scan
from tests.server.organisers.people import OPERATOR, approved
from tests.server.organisers.shows import STARTS_AT, create, issue, on_sale
from tests.server.payments.paid_purchase import PaidPurchase
from tests.server.rows import one
from tests.world import DAY, World

WINDOW = 14 * DAY
FIRST_END = from_us(START + WINDOW)
LATER = STARTS_AT + timedelta(days=28)


class Sold:
    """An organiser's show, and a buyer with a ticket of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mia, self.ana, self.ben = (world.user(name) for name in ("mia", "ana", "ben"))
        self.show: Show = create(world, self.mia, approved(world, self.mia))
        issue(world, self.mia, self.show, seats=1)
        (self.ticket,) = on_sale(world, self.show)
        self.order = buy(world, self.ana, self.ticket)

    def postpone(self, to: datetime = LATER) -> Show:
        return self.world.call(
            EDIT_OWN_SHOW, self.mia, EditShow(starts_at=to), show_id=self.show.id
        )

    def give_back(self, buyer: Principal | None = None, order: Order | None = None) -> Refund:
        return self.world.call(RETURN_ORDER, buyer or self.ana, order_id=(order or self.order).id)

    def refusal(self, buyer: Principal | None = None, order: Order | None = None) -> NotReturnable:
        with pytest.raises(NotReturnable) as refused:
            self.give_back(buyer, order)
        return refused.value


@pytest.fixture
def sold(world: World) -> Sold:
    return Sold(world)


def test_another_start_opens_a_window_that_orders_and_the_wallet_show(
    world: World, sold: Sold
) -> None:
    assert world.order(sold.ana, sold.order).refund_until is None
    assert sold.refusal().detail == f"Tickets for {sold.show.name} cannot be returned."
    assert sold.postpone().refund_until == FIRST_END
    assert world.order(sold.ana, sold.order).refund_until == FIRST_END
    assert in_wallet(world, sold.ana, sold.ticket).refund_until == FIRST_END
    told = [event for event in world.events(sold.show.id) if isinstance(event, ShowUpdated)]
    assert [(event.refund_until, event.audience) for event in told] == [(FIRST_END, None)]
    assert world.sound()


def test_the_window_closes_by_time_and_postponing_again_opens_it_longer(
    world: World, sold: Sold
) -> None:
    sold.postpone()
    world.pass_time(WINDOW)
    assert sold.refusal().rule == "refund_until"
    assert "until 2027-01-15 00:00 UTC" in str(sold.refusal().detail)
    assert world.order(sold.ana, sold.order).refund_until is None
    assert sold.postpone(LATER + timedelta(days=7)).refund_until == from_us(START + 2 * WINDOW)
    assert sold.give_back().status is RefundStatus.DUE


def test_the_window_never_reaches_beyond_the_start_and_a_correction_leaves_it(
    world: World, sold: Sold
) -> None:
    sold.postpone()
    renamed = EditShow(venue="Another stadium")
    after = world.call(EDIT_OWN_SHOW, sold.mia, renamed, show_id=sold.show.id)
    assert after.refund_until == FIRST_END
    soon = STARTS_AT - timedelta(days=21)
    assert sold.postpone(soon).refund_until == soon
    world.with_settings(refund_for=0)
    assert sold.postpone().refund_until == soon


def test_a_returned_ticket_is_refunded_in_full_and_goes_back_to_its_organiser(
    world: World, sold: Sold
) -> None:
    world.with_settings(fee_basis_points=500)
    issue(world, sold.mia, sold.show, seats=1, first=2)
    (ticket,) = on_sale(world, sold.show)
    order = buy(world, sold.ana, ticket)
    sold.postpone()
    refund = sold.give_back(order=order)
    assert (refund.amount, refund.reason) == (order.price, RefundReason.RETURNED)
    assert refund.ticket is RefundedTicket.RETURN
    world.work()
    again = sold.give_back(order=order)
    assert (again.id, again.status) == (refund.id, RefundStatus.DONE)
    assert world.order(sold.ana, order).refunded == order.price
    assert world.order(sold.ana, order).refund_until is None
    with pytest.raises(TicketNotFound):
        in_wallet(world, sold.ana, ticket)
    assert world.ticket(ticket).status is TicketStatus.WITHDRAWN
    assert issue(world, sold.mia, sold.show, seats=2).issued == 1
    assert one(world, "SELECT count(*) FROM refunds") == 1
    assert world.sound()


def test_a_ticket_that_is_not_in_the_buyers_wallet_is_not_returned(
    world: World, sold: Sold
) -> None:
    sold.postpone()
    with pytest.raises(OrderNotFound):
        sold.give_back(sold.ben)
    relist(world, sold.ana, sold.ticket)
    assert "is on sale" in str(sold.refusal().detail)
    resold = world.lock(sold.ben, sold.ticket)
    assert "is buying" in str(sold.refusal().detail)
    world.bus.write_now(lambda tx: orders.cancel(tx, order_id=resold.id, reason=CancelReason.BUYER))
    world.call(WITHDRAW_TICKET, sold.ana, ticket_id=sold.ticket.id)
    offer = world.call(
        OFFER_TRANSFER, sold.ana, OfferTransfer(to="ben@example.org"), ticket_id=sold.ticket.id
    ).transfer
    assert "have offered" in str(sold.refusal().detail)
    world.call(CANCEL_TRANSFER, sold.ana, transfer_id=offer.id)
    scan(world, sold.ticket, code_of(world, sold.ana, sold.ticket))
    assert "admitted at the gate" in str(sold.refusal().detail)


def test_a_ticket_that_was_sold_on_or_given_away_stays_with_its_new_owner(
    world: World, sold: Sold
) -> None:
    sold.postpone()
    relist(world, sold.ana, sold.ticket)
    resale = buy(world, sold.ben, sold.ticket)
    assert "sold this ticket or given it away" in str(sold.refusal().detail)
    assert sold.refusal(sold.ben, resale).rule == "sold_by_organiser"
    assert world.order(sold.ben, resale).refund_until is None
    issue(world, sold.mia, sold.show, seats=1, first=2)
    (other,) = on_sale(world, sold.show)
    order = buy(world, sold.ana, other)
    give(world, sold.ana, other, sold.ben, "ben")
    assert "sold this ticket or given it away" in str(sold.refusal(order=order).detail)
    assert in_wallet(world, sold.ben, other).refund_until is None


def test_an_imported_ticket_of_a_postponed_show_is_not_returned(world: World) -> None:
    ana = world.user("ana")
    ticket: Ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    after = world.call(EDIT_SHOW, OPERATOR, EditShow(starts_at=LATER), show_id=ticket.show.id)
    assert after.refund_until is None
    with pytest.raises(NotReturnable) as refused:
        world.call(RETURN_ORDER, ana, order_id=order.id)
    assert refused.value.rule == "sold_by_organiser"


def test_what_is_unpaid_refunded_disputed_or_cancelled_is_not_returned(
    world: World, sold: Sold
) -> None:
    issue(world, sold.mia, sold.show, seats=1, first=2)
    (ticket,) = on_sale(world, sold.show)
    sold.postpone()
    assert "not paid" in str(sold.refusal(order=world.lock(sold.ana, ticket)).detail)
    world.bus.write_now(lambda tx: orders.dispute(tx, order_id=sold.order.id, disputed=True))
    with pytest.raises(UnderDispute):
        sold.give_back()
    world.bus.write_now(lambda tx: orders.dispute(tx, order_id=sold.order.id, disputed=False))
    world.call(CANCEL_OWN_SHOW, sold.mia, show_id=sold.show.id)
    assert "was cancelled" in str(sold.refusal().detail)
    world.work()
    assert "fully refunded" in str(sold.refusal().detail)


def test_what_a_partial_refund_elsewhere_left_over_is_still_returned(
    world: World, sold: Sold
) -> None:
    sold.postpone()
    sold.give_back()
    purchase = PaidPurchase(world, sold.mia, sold.ana, sold.ticket, sold.order, OPERATOR)
    purchase.refund_in_dashboard(1000)
    world.work()
    assert world.order(sold.ana, sold.order).refunded == sold.order.price
    assert world.ticket(sold.ticket).status is TicketStatus.WITHDRAWN
    assert sold.give_back().amount.amount == 3500
    assert world.sound()


def test_the_organisers_policy_allows_returns_without_a_postponement(
    world: World, sold: Sold
) -> None:
    until = STARTS_AT - timedelta(days=20)
    world.call(SET_POLICY, sold.mia, SetPolicy(refund_until=until), show_id=sold.show.id)
    assert world.order(sold.ana, sold.order).refund_until == until
    assert sold.give_back().reason is RefundReason.RETURNED
