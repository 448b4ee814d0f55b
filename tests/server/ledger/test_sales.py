"""Sales and balance: what sellers see of their money."""

from __future__ import annotations

from contract.ledger import LIST_SALES, CurrencyBalance, Sale, SalesQuery, SaleStatus
from contract.payments import (
    PaymentDisputed,
    PaymentDisputeLost,
    PaymentRefundDue,
    PaymentStatus,
)
from contract.shows import CANCEL_SHOW
from server.principal import Principal
from tests.clock import SECOND
from tests.server.ledger.harness import RELEASED, LedgerHarness


def sales(ledger: LedgerHarness, seller: Principal | None = None) -> tuple[Sale, ...]:
    """Return a seller's sales, newest first."""
    return ledger.world.call(LIST_SALES, seller or ledger.seller, SalesQuery()).items


def euros(
    waiting: int = 0, available: int = 0, paid_out: int = 0, in_transit: int = 0
) -> dict[str, CurrencyBalance]:
    balance = CurrencyBalance(
        currency="EUR", waiting=waiting, available=available, paid_out=paid_out,
        in_transit=in_transit,
    )  # fmt: skip
    return {"EUR": balance}


def test_a_sale_shows_price_fee_net_and_release_date(ledger: LedgerHarness) -> None:
    order = ledger.sell(4500)
    (sale,) = sales(ledger)
    assert (sale.order_id, sale.ticket_id, sale.seat) == (order.id, order.ticket_id, "1")
    assert (sale.price.amount, sale.fee.amount, sale.net.amount) == (4500, 225, 4275)
    assert sale.fee == order.fee
    assert sale.refunded.amount == 0
    assert (sale.status, sale.payout_id, sale.live) == (SaleStatus.WAITING, None, False)
    assert (sale.releases_at - sale.show.starts_at).days == 7
    assert sale.sold_at == order.created_at


def test_sales_are_paged_newest_first_for_their_seller_only(ledger: LedgerHarness) -> None:
    orders = []
    for _ in range(3):
        ledger.world.pass_time(SECOND)
        orders.append(ledger.sell().id)
    ledger.sell(seller=ledger.world.user("another"))
    first = ledger.world.call(LIST_SALES, ledger.seller, SalesQuery(limit=2))
    rest = ledger.world.call(LIST_SALES, ledger.seller, SalesQuery(limit=2, cursor=first.next))
    assert [sale.order_id for sale in (*first.items, *rest.items)] == orders[::-1]
    assert rest.next is None
    assert sales(ledger, ledger.buyer) == ()


def test_sales_can_be_filtered_by_show(ledger: LedgerHarness) -> None:
    ledger.sell()
    (sale,) = sales(ledger)
    of_show = ledger.world.call(LIST_SALES, ledger.seller, SalesQuery(show_id=sale.show.id))
    of_none = ledger.world.call(LIST_SALES, ledger.seller, SalesQuery(show_id="shw_none"))
    assert (of_show.items, of_none.items) == ((sale,), ())


def test_refunds_are_deducted_from_the_net(ledger: LedgerHarness) -> None:
    ledger.refund(ledger.sell(4500), 1001)
    (sale,) = sales(ledger)
    assert (sale.refunded.amount, sale.net.amount, sale.fee.amount) == (1001, 3324, 225)
    assert sale.status is SaleStatus.WAITING


def test_a_sale_goes_from_waiting_to_released_to_in_transit_to_paid_out(
    ledger: LedgerHarness,
) -> None:
    ledger.sell()
    ledger.world.pass_time(RELEASED - 1)
    assert sales(ledger)[0].status is SaleStatus.WAITING
    ledger.world.pass_time(1)
    assert sales(ledger)[0].status is SaleStatus.RELEASED
    payout = ledger.prepare()
    assert sales(ledger)[0].status is SaleStatus.IN_TRANSIT
    ledger.confirm(payout)
    assert (sales(ledger)[0].status, sales(ledger)[0].payout_id) == (SaleStatus.PAID_OUT, payout.id)
    assert sales(ledger)[0].net.amount == 4275


def test_a_disputed_sale_is_frozen_and_refunded_once_lost(ledger: LedgerHarness) -> None:
    order = ledger.sell()
    ledger.dispute_event(PaymentDisputed, order, 4500)
    assert sales(ledger)[0].status is SaleStatus.FROZEN
    ledger.dispute_event(PaymentDisputeLost, order, 4500)
    (sale,) = sales(ledger)
    assert (sale.status, sale.net.amount, sale.refunded.amount) == (SaleStatus.REFUNDED, 0, 4500)


def test_the_sales_of_a_cancelled_show_show_that_it_is_cancelled(ledger: LedgerHarness) -> None:
    ledger.sell()
    (sale,) = sales(ledger)
    ledger.world.call(CANCEL_SHOW, ledger.admin, show_id=sale.show.id)
    ledger.world.work()
    (sale,) = sales(ledger)
    assert (sale.show.cancelled, sale.status) == (True, SaleStatus.REFUNDED)
    assert ledger.world.sound()


def test_a_balance_shows_waiting_available_in_transit_and_paid_out(
    ledger: LedgerHarness,
) -> None:
    ledger.sell(1000)
    assert ledger.balance() == euros(waiting=950)
    ledger.over()
    assert ledger.balance() == euros(available=950)
    payout = ledger.prepare()
    assert ledger.balance() == euros(in_transit=950)
    ledger.confirm(payout)
    assert ledger.balance() == euros(paid_out=950)


def test_each_currency_has_a_balance_of_its_own(ledger: LedgerHarness) -> None:
    ledger.sell(1000, "EUR")
    ledger.sell(1000, "JPY")
    ledger.sell(10_000, "KWD")
    assert {c: each.waiting for c, each in ledger.balance().items()} == {
        "EUR": 950, "JPY": 950, "KWD": 9500,
    }  # fmt: skip


def test_a_user_without_sales_has_no_balance(ledger: LedgerHarness) -> None:
    ledger.sell()
    assert ledger.balance(ledger.buyer) == {}


def test_disputed_and_refunding_sales_stay_waiting_after_the_show(
    ledger: LedgerHarness,
) -> None:
    disputed, refunding = ledger.sell(1000), ledger.sell(2000)
    ledger.over()
    ledger.dispute_event(PaymentDisputed, disputed, 1000)
    due = PaymentStatus.REFUND_DUE
    ledger.refund_event(PaymentRefundDue, refunding, 500, status=due)
    assert ledger.balance() == euros(waiting=950 + 1900)


def test_a_refund_of_a_paid_out_sale_is_a_debt(ledger: LedgerHarness) -> None:
    order = ledger.sell(1000)
    ledger.over()
    ledger.pay_out()
    ledger.refund(order)
    assert ledger.balance() == euros(available=-950, paid_out=950)
    assert ledger.world.sound()
