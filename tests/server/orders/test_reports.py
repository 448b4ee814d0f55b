"""Reports: a buyer says what is wrong with a ticket; its seller waits until an operator decides."""

from __future__ import annotations

import pytest

from contract.alerts import LIST_ALERTS, RESOLVE_ALERT, Alert, AlertKind, AlertQuery, ResolveAlert
from contract.ledger import (
    CONFIRM_PAYOUT,
    LIST_SALES,
    RELEASE_PAYOUTS,
    ReleasePayouts,
    Sale,
    SalesQuery,
    SaleStatus,
)
from contract.orders import (
    VIEW_ORDER,
    Order,
    OrderNotFound,
    OrderReported,
    OrderReportResolved,
    ReportProblem,
    ReportStatus,
)
from contract.refunds import REFUND_ORDER, RefundedTicket, RefundOrder
from contract.reports import (
    LIST_REPORTS,
    REFUND_REPORT,
    RELEASE_REPORT,
    REPORT_ORDER,
    AlreadyReported,
    NotReportable,
    RefundReport,
    ReleaseReport,
    Report,
    ReportNotFound,
    ReportOrder,
    ReportOver,
    ReportsQuery,
)
from contract.shows import CANCEL_SHOW
from contract.tickets import Ticket
from server.principal import Principal
from server.settings import DAY
from tests.clock import MINUTE
from tests.server.custody import buy, give, relist
from tests.server.organisers.people import approved
from tests.server.organisers.shows import create, issue, on_sale
from tests.world import World

WRONG = ReportOrder(problem=ReportProblem.NOT_AS_DESCRIBED, details="Row Z, not row A.")
#: The shows of these tests begin thirty days after a ticket is listed.
STARTS = 30 * DAY


class Sold:
    """A seller, a buyer with the order of a ticket, and an operator."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seller, self.ana = world.user("seller"), world.user("ana")
        self.operator = world.user("operator", admin=True)
        self.ticket: Ticket = world.list_ticket(self.seller)
        self.order = buy(world, self.ana, self.ticket)

    def report(self, buyer: Principal | None = None) -> Order:
        return self.world.call(REPORT_ORDER, buyer or self.ana, WRONG, order_id=self.order.id)

    def reports(self, *, every: bool = False) -> tuple[Report, ...]:
        return self.world.call(LIST_REPORTS, self.operator, ReportsQuery(all=every)).items

    def alerts(self) -> tuple[Alert, ...]:
        return self.world.call(LIST_ALERTS, self.operator, AlertQuery(kind=AlertKind.REPORT)).items

    def sale(self) -> Sale:
        (sale,) = self.world.call(LIST_SALES, self.seller, SalesQuery()).items
        return sale

    def payouts(self) -> int:
        return len(self.world.call(RELEASE_PAYOUTS, self.operator, ReleasePayouts()).payouts)


@pytest.fixture
def sold(world: World) -> Sold:
    return Sold(world)


def test_a_reported_sale_is_not_paid_out_until_it_is_released(world: World, sold: Sold) -> None:
    after = sold.report()
    assert after.report is not None
    assert after.report.status is ReportStatus.OPEN
    world.pass_time(STARTS + 8 * DAY)
    assert (sold.sale().status, sold.payouts()) == (SaleStatus.FROZEN, 0)
    assert world.sound()
    (report,) = sold.reports()
    assert (report.order_id, report.details) == (sold.order.id, WRONG.details)
    note = ReleaseReport(note="The gate let them in.")
    world.call(RELEASE_REPORT, sold.operator, note, report_id=report.id)
    assert (sold.sale().status, sold.payouts()) == (SaleStatus.RELEASED, 1)
    assert not sold.reports()
    assert not sold.alerts()
    assert world.sound()


def test_a_refunded_report_gives_the_buyer_the_money_and_ends(world: World, sold: Sold) -> None:
    sold.report()
    (report,) = sold.reports()
    body = RefundReport(note="The venue confirms it.", ticket=RefundedTicket.VOID)
    made = world.call(REFUND_REPORT, sold.operator, body, report_id=report.id)
    world.work()
    order = world.call(VIEW_ORDER, sold.ana, order_id=sold.order.id)
    assert order.refunded == order.price
    assert order.report is not None
    assert (made.status, order.report.note) == (ReportStatus.REFUNDED, body.note)
    assert sold.sale().report == order.report
    world.pass_time(STARTS + 8 * DAY)
    assert sold.payouts() == 0
    assert world.sound()
    with pytest.raises(ReportOver):
        world.call(REFUND_REPORT, sold.operator, body, report_id=report.id)
    with pytest.raises(ReportOver):
        world.call(RELEASE_REPORT, sold.operator, ReleaseReport(note="x"), report_id=report.id)


def test_the_seller_is_told_of_a_report_and_both_of_its_end(world: World, sold: Sold) -> None:
    sold.report()
    (report,) = sold.reports()
    note = ReleaseReport(note="It was as described.")
    world.call(RELEASE_REPORT, sold.operator, note, report_id=report.id)
    events = world.events(sold.order.id)
    told = [event.audience for event in events if isinstance(event, OrderReported)]
    assert told == [sold.seller.user_id]
    ended = [event for event in events if isinstance(event, OrderReportResolved)]
    assert [event.audience for event in ended] == [sold.ana.user_id, sold.seller.user_id]
    assert {(event.status, event.note) for event in ended} == {(ReportStatus.RELEASED, note.note)}


def test_an_alert_is_opened_and_resolving_it_releases_the_sale(world: World, sold: Sold) -> None:
    sold.report()
    (alert,) = sold.alerts()
    assert alert.order_id == sold.order.id
    assert "not paid meanwhile" in alert.detail
    world.call(RESOLVE_ALERT, sold.operator, ResolveAlert(note="They got in."), alert_id=alert.id)
    (report,) = sold.reports(every=True)
    assert (report.status, report.note) == (ReportStatus.RELEASED, "They got in.")
    assert report.resolved_by == sold.operator.user_id


def test_a_full_refund_of_the_order_ends_its_report(world: World, sold: Sold) -> None:
    sold.report()
    world.call(REFUND_ORDER, sold.operator, RefundOrder(), order_id=sold.order.id)
    world.work()
    (report,) = sold.reports(every=True)
    assert report.status is ReportStatus.REFUNDED
    assert not sold.alerts()
    assert world.sound()


def test_an_order_is_reported_once_and_by_its_buyer_alone(sold: Sold) -> None:
    with pytest.raises(OrderNotFound):
        sold.report(sold.seller)
    sold.report()
    with pytest.raises(AlreadyReported):
        sold.report()


def test_a_report_comes_until_two_days_after_the_start(world: World, sold: Sold) -> None:
    world.pass_time(STARTS + 2 * DAY + MINUTE)
    with pytest.raises(NotReportable) as refused:
        sold.report()
    assert refused.value.rule == "report_for"


def test_no_sale_is_paid_out_while_its_buyer_can_still_report_it(world: World) -> None:
    world.with_settings(payout_after=0)
    sold = Sold(world)
    world.pass_time(STARTS + 2 * DAY - MINUTE)
    assert sold.payouts() == 0
    world.pass_time(2 * MINUTE)
    assert sold.payouts() == 1


def test_what_was_paid_out_before_is_said_in_the_alert(world: World, sold: Sold) -> None:
    world.pass_time(STARTS + 7 * DAY)
    assert sold.payouts() == 1
    payout_id = sold.sale().payout_id
    world.call(CONFIRM_PAYOUT, sold.operator, payout_id=payout_id)
    world.with_settings(report_for=30 * DAY)
    sold.report()
    (alert,) = sold.alerts()
    assert "was paid already, with out_" in alert.detail
    assert world.sound()


def test_a_ticket_that_was_sold_on_is_reported_by_its_new_buyer(world: World, sold: Sold) -> None:
    relist(world, sold.ana, sold.ticket)
    buy(world, world.user("ben"), sold.ticket)
    with pytest.raises(NotReportable, match="have sold"):
        sold.report()


def test_the_payer_reports_a_ticket_that_was_given_away(world: World, sold: Sold) -> None:
    give(world, sold.ana, sold.ticket, world.user("ben"), "ben")
    assert sold.report().report is not None


def test_what_is_not_paid_or_refunded_or_cancelled_is_not_reported(world: World) -> None:
    sold = Sold(world)
    open_order = world.lock(sold.ana, world.list_ticket(sold.seller, show="Another"))
    with pytest.raises(NotReportable, match="not paid"):
        world.call(REPORT_ORDER, sold.ana, WRONG, order_id=open_order.id)
    world.call(REFUND_ORDER, sold.operator, RefundOrder(), order_id=sold.order.id)
    world.work()
    with pytest.raises(NotReportable, match="fully refunded"):
        sold.report()
    other = world.list_ticket(sold.seller, show="A third one")
    order = buy(world, sold.ana, other)
    world.call(CANCEL_SHOW, sold.operator, show_id=other.show.id)
    with pytest.raises(NotReportable, match="was cancelled"):
        world.call(REPORT_ORDER, sold.ana, WRONG, order_id=order.id)


def test_a_report_that_does_not_exist_is_not_decided(world: World, sold: Sold) -> None:
    with pytest.raises(ReportNotFound):
        world.call(RELEASE_REPORT, sold.operator, ReleaseReport(note="x"), report_id="rpt_none")


def test_an_issued_ticket_is_not_reported_by_its_first_buyer_or_a_later_one(world: World) -> None:
    mia, ana, ben = (world.user(name) for name in ("mia", "ana", "ben"))
    show = create(world, mia, approved(world, mia))
    issue(world, mia, show, seats=1)
    (ticket,) = on_sale(world, show)
    orders = [(ana, buy(world, ana, ticket))]
    orders.append((ben, buy(world, ben, relist(world, ana, ticket))))
    for buyer, order in orders:
        with pytest.raises(NotReportable, match="Ask the organiser for a refund") as refused:
            world.call(REPORT_ORDER, buyer, WRONG, order_id=order.id)
        assert refused.value.rule == "imported_tickets"
