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
from server.payments import stripe
from tests.server.payments.refunding import Sale, sale
from tests.world import World

#: One of each number of digits, and those that Stripe counts otherwise than we do.
CURRENCIES = ("JPY", "EUR", "KWD", "ISK", "UGX", "MGA")
PRICE = 120_000
NUMBERS = count()
part = st.integers(1, PRICE // 100).map(lambda n: n * 100) | st.integers(1, PRICE)


def ask(sold: Sale, amount: int, *, dashboard: bool) -> None:
    """Ask for a part back, of the house or at the bank itself, and have it refused or done."""
    money = Money(amount=amount, currency=sold.order.price.currency)
    try:
        if dashboard:
            sold.dashboard(stripe.minor_units(money))
            sold.world.work()
        else:
            sold.refund(amount)
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
    sold = sale(world, amount=PRICE, currency=currency, number=next(NUMBERS))
    assert sold.captured() == stripe.minor_units(sold.order.price)
    for amount, dashboard in parts:
        ask(sold, amount, dashboard=dashboard)
        assert sold.captured() - sold.gone() >= 0
        assert stripe.minor_units(sold.now().refunded) == sold.gone()
    if sold.now().refunded != sold.order.price:
        sold.refund()
    assert sold.captured() - sold.gone() == 0
    assert sold.statuses() == [PaymentStatus.REFUNDED]
    with pytest.raises(NothingToRefund):
        sold.send_back()
    assert world.sound()
