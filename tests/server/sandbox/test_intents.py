"""PaymentIntents: tried, held, captured, cancelled, lapsed."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.cards import NAMED, Card
from server.sandbox.states import MAY, IntentStatus, Step
from tests.server.sandbox.till import CHALLENGED, DAY, DECLINED, GOOD, Till, error


def create(till: Till, method: str | None = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    form: Any = {"amount": 4500, "currency": "eur", "capture_method": "manual", **more}
    if method is not None:
        form |= {"payment_method": method, "confirm": True}
    return till.stripe.payment_intents.create(form)


def in_status(till: Till, status: IntentStatus) -> str:
    """Bring an intent made by API calls alone into a status."""
    if status is IntentStatus.REQUIRES_PAYMENT_METHOD:
        return create(till, None).id
    if status is IntentStatus.REQUIRES_CONFIRMATION:
        return create(till, None, payment_method="pm_card_visa").id
    if status is IntentStatus.REQUIRES_ACTION:
        return create(till, "pm_card_threeDSecure2Required").id
    intent = create(till)
    if status is IntentStatus.SUCCEEDED:
        till.stripe.payment_intents.capture(intent.id)
    if status is IntentStatus.CANCELED:
        till.stripe.payment_intents.cancel(intent.id)
    return intent.id


def take(till: Till, step: Step, intent_id: str) -> stripe.PaymentIntent:
    intents = till.stripe.payment_intents
    if step is Step.CONFIRM:
        return intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    return intents.capture(intent_id) if step is Step.CAPTURE else intents.cancel(intent_id)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("status", IntentStatus)
def test_each_status_allows_exactly_its_steps(till: Till, status: IntentStatus, step: Step) -> None:
    intent_id = in_status(till, status)
    assert till.stripe.payment_intents.retrieve(intent_id).status == status
    if status in MAY[step]:
        assert take(till, step, intent_id).status != status
        return
    with pytest.raises(stripe.InvalidRequestError) as raised:
        take(till, step, intent_id)
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (400, "payment_intent_unexpected_state")
    assert refused["payment_intent"]["status"] == status
    assert till.stripe.payment_intents.retrieve(intent_id).status == status


def test_capturing_twice_says_that_it_was_captured_already(till: Till) -> None:
    intent = till.capture()
    with pytest.raises(stripe.InvalidRequestError, match="has already been captured"):
        till.stripe.payment_intents.capture(intent.id)


def test_a_part_can_be_captured_and_the_rest_is_released(till: Till) -> None:
    intent = till.authorise()
    captured = till.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 1000})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == (
        "succeeded",
        1000,
        0,
    )
    charge = till.charge(intent)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1000, 0, False)


def test_more_than_is_held_cannot_be_captured(till: Till) -> None:
    intent = till.authorise()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 4501})
    assert (raised.value.code, raised.value.param) == ("amount_too_large", "amount_to_capture")
    assert till.stripe.payment_intents.retrieve(intent.id).amount_capturable == 4500


def test_cancelling_a_hold_releases_it_and_charges_nothing(till: Till) -> None:
    intent = till.authorise()
    ended = till.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.cancellation_reason, ended.canceled_at) == (
        "canceled",
        "abandoned",
        till.time,
    )
    charge = till.charge(intent)
    assert (charge.captured, charge.amount_captured, charge.refunded) == (False, 0, False)


@pytest.mark.parametrize("card", [DECLINED, CHALLENGED])
def test_the_intent_of_a_page_is_cancelled_only_once_it_holds_money(till: Till, card: str) -> None:
    session = till.open()
    till.type_in(session.id, card)
    intent = till.intent(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session") as raised:
        till.stripe.payment_intents.cancel(intent.id)
    assert raised.value.code == "payment_intent_unexpected_state"


def test_the_intent_of_a_page_cannot_be_confirmed_by_the_shop(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, DECLINED)
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        till.stripe.payment_intents.confirm(
            till.intent(session.id).id, {"payment_method": "pm_card_visa"}
        )


def test_a_hold_lapses_after_seven_days(till: Till) -> None:
    intent = till.authorise()
    details = till.charge(intent).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.capture_before == till.time + 7 * DAY
    till.time += 7 * DAY - 1
    assert till.stripe.payment_intents.retrieve(intent.id).status == "requires_capture"
    till.time += 1
    lapsed = till.stripe.payment_intents.retrieve(intent.id)
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "expired")


def test_a_captured_hold_does_not_lapse(till: Till) -> None:
    intent = till.capture()
    till.time += 8 * DAY
    assert till.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize(("name", "card"), NAMED.items())
def test_each_named_test_card_does_what_it_says(till: Till, name: str, card: Card) -> None:
    if card.decline is None:
        expected = "requires_action" if card.challenge else "requires_capture"
        assert create(till, name).status == expected
        return
    with pytest.raises(stripe.CardError) as raised:
        create(till, name)
    refused = error(raised.value)
    assert raised.value.http_status == 402
    assert (refused["code"], refused.get("decline_code")) == (
        card.decline.code,
        card.decline.decline_code,
    )


def test_a_decline_stays_on_the_intent_and_another_card_may_pay(till: Till) -> None:
    intent = create(till, None)
    with pytest.raises(stripe.CardError) as raised:
        till.stripe.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
        )
    assert error(raised.value)["payment_intent"]["id"] == intent.id
    declined = till.stripe.payment_intents.retrieve(intent.id)
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.decline_code == "insufficient_funds"
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    paid = till.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("requires_capture", None)
    tries = till.stripe.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in tries] == ["succeeded", "failed"]


def test_a_challenge_sends_a_client_that_can_return_to_a_page(till: Till) -> None:
    intent = create(till, "pm_card_threeDSecure2Required", return_url="https://shop.test/back")
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert str(intent.next_action.redirect_to_url.url).endswith(f"/{intent.id}/challenge")
    other = create(till, "pm_card_threeDSecure2Required")
    assert other.next_action is not None
    assert other.next_action.type == "use_stripe_sdk"


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 0}, "amount_too_small", "amount"),
        ({"amount": -1}, "parameter_invalid_integer", "amount"),
        ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "xxx"}, None, "currency"),
        ({"payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        ({"payment_method": GOOD}, "resource_missing", "payment_method"),
        ({"confirm": True}, "parameter_missing", "payment_method"),
        ({"allowed_payment_method_types": ["link"]}, None, "allowed_payment_method_types"),
    ],
)
def test_a_bad_intent_is_refused(
    till: Till, form: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(till, None, **form)
    assert (raised.value.code, raised.value.param) == (code, param)


@given(part=st.integers(-1, 9000))
def test_no_capture_takes_more_than_is_held_or_nothing(part: int) -> None:
    till = Till()
    intent = create(till)
    try:
        till.stripe.payment_intents.capture(intent.id, {"amount_to_capture": part})
    except stripe.InvalidRequestError:
        assert not 1 <= part <= 4500
    else:
        assert till.charge(intent).amount_captured == part
    till.sandbox.close()
