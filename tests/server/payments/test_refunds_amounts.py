"""Money: whatever parts are asked back, in any currency, no more goes back than came."""

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

#: One of each number of digits, and those that Stripe counts otherwise than we do.
CURRENCIES = ("JPY", "EUR", "KWD", "ISK", "UGX", "MGA")
PRICE = 120_000
NUMBERS = count()
part = st.integers(1, PRICE // 100).map(lambda n: n * 100) | st.integers(1, PRICE)


def ask(purchase: PaidPurchase, amount: int, *, dashboard: bool) -> None:
    """Ask for a part back, of the house or at the bank itself, and have it refused or done."""
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
def test_parts_never_add_up_to_more_than_was_paid_and_the_rest_ends_at_nothing(
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
