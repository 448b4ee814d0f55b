"""Amounts: partial refunds in any currency never add up to more than was paid."""

from __future__ import annotations

from itertools import count

import pytest
import stripe as sdk
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract.money import Money
from contract.payments import PaymentStatus
from contract.problems import Problem
from contract.refunds import NothingToRefund
from server import stripe
from tests.server.payments.paid_purchase import PaidPurchase, paid_purchase
from tests.world import World

#: One currency for each number of decimals, and those with another unit at Stripe.
CURRENCIES = ("JPY", "EUR", "KWD", "ISK", "UGX", "MGA")
PRICE = 120_000
NUMBERS = count()
part = st.integers(1, PRICE // 100).map(lambda n: n * 100) | st.integers(1, PRICE)


def ask(purchase: PaidPurchase, amount: int, *, dashboard: bool) -> None:
    """Refund a part, through us or in the dashboard; it may be refused."""
    money = Money(amount=amount, currency=purchase.order.price.currency)
    try:
        if dashboard:
            purchase.refund_in_dashboard(stripe.minor_units(money))
            purchase.world.work()
        else:
            purchase.refund(amount)
    except (Problem, stripe.RequestRefused, sdk.InvalidRequestError):
        return


@pytest.mark.parametrize("currency", CURRENCIES)
@settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=st.lists(st.tuples(part, st.booleans()), max_size=4))
def test_partial_refunds_never_exceed_the_payment_and_end_at_zero(
    world: World, currency: str, parts: list[tuple[int, bool]]
) -> None:
    purchase = paid_purchase(world, amount=PRICE, currency=currency, number=next(NUMBERS))
    assert purchase.captured() == stripe.minor_units(purchase.order.price)
    for amount, dashboard in parts:
        ask(purchase, amount, dashboard=dashboard)
        assert purchase.captured() - purchase.refunded_at_stripe() >= 0
        assert stripe.minor_units(purchase.now().refunded) == purchase.refunded_at_stripe()
    if purchase.now().refunded != purchase.order.price:
        purchase.refund()
    assert purchase.captured() - purchase.refunded_at_stripe() == 0
    assert purchase.statuses() == [PaymentStatus.REFUNDED]
    with pytest.raises(NothingToRefund):
        purchase.request_refund()
    assert world.sound()
