"""Payment intents: confirmed, authorized, captured, canceled and expired."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.cards import NAMED, SandboxCard
from server.sandbox.confirmation import PAYMENT_ACTIONS, IntentAction, IntentStatus
from tests.server.sandbox.merchant import CHALLENGED, DAY, DECLINED, GOOD, Merchant, error


def create(
    merchant: Merchant, method: str | None = "pm_card_visa", **more: Any
) -> stripe.PaymentIntent:
    form: Any = {"amount": 4500, "currency": "eur", "capture_method": "manual", **more}
    if method is not None:
        form |= {"payment_method": method, "confirm": True}
    return merchant.stripe.payment_intents.create(form)


def in_status(merchant: Merchant, status: IntentStatus) -> str:
    """Create an intent with a status, by API calls alone."""
    if status is IntentStatus.REQUIRES_PAYMENT_METHOD:
        return create(merchant, None).id
    if status is IntentStatus.REQUIRES_CONFIRMATION:
        return create(merchant, None, payment_method="pm_card_visa").id
    if status is IntentStatus.REQUIRES_ACTION:
        return create(merchant, "pm_card_threeDSecure2Required").id
    intent = create(merchant)
    if status is IntentStatus.SUCCEEDED:
        merchant.stripe.payment_intents.capture(intent.id)
    if status is IntentStatus.CANCELED:
        merchant.stripe.payment_intents.cancel(intent.id)
    return intent.id


def act(merchant: Merchant, step: IntentAction, intent_id: str) -> stripe.PaymentIntent:
    intents = merchant.stripe.payment_intents
    if step is IntentAction.CONFIRM:
        return intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    return intents.capture(intent_id) if step is IntentAction.CAPTURE else intents.cancel(intent_id)


@pytest.mark.parametrize("step", IntentAction)
@pytest.mark.parametrize("status", IntentStatus)
def test_each_status_allows_exactly_its_actions(
    merchant: Merchant, status: IntentStatus, step: IntentAction
) -> None:
    intent_id = in_status(merchant, status)
    assert merchant.stripe.payment_intents.retrieve(intent_id).status == status
    if status in PAYMENT_ACTIONS[step]:
        assert act(merchant, step, intent_id).status != status
        return
    with pytest.raises(stripe.InvalidRequestError) as raised:
        act(merchant, step, intent_id)
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (400, "payment_intent_unexpected_state")
    assert refused["payment_intent"]["status"] == status
    assert merchant.stripe.payment_intents.retrieve(intent_id).status == status


def test_capturing_twice_is_refused_as_already_captured(merchant: Merchant) -> None:
    intent = merchant.capture()
    with pytest.raises(stripe.InvalidRequestError, match="has already been captured"):
        merchant.stripe.payment_intents.capture(intent.id)


def test_a_partial_capture_releases_the_rest(merchant: Merchant) -> None:
    intent = merchant.authorize()
    captured = merchant.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 1000})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == (
        "succeeded",
        1000,
        0,
    )
    charge = merchant.charge(intent)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1000, 0, False)


def test_more_than_the_authorized_amount_cannot_be_captured(merchant: Merchant) -> None:
    intent = merchant.authorize()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 4501})
    assert (raised.value.code, raised.value.param) == ("amount_too_large", "amount_to_capture")
    assert merchant.stripe.payment_intents.retrieve(intent.id).amount_capturable == 4500


def test_canceling_an_authorization_charges_nothing(merchant: Merchant) -> None:
    intent = merchant.authorize()
    ended = merchant.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.cancellation_reason, ended.canceled_at) == (
        "canceled",
        "abandoned",
        merchant.time,
    )
    charge = merchant.charge(intent)
    assert (charge.captured, charge.amount_captured, charge.refunded) == (False, 0, False)


@pytest.mark.parametrize("card", [DECLINED, CHALLENGED])
def test_the_intent_of_a_session_can_be_canceled_only_once_authorized(
    merchant: Merchant, card: str
) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, card)
    intent = merchant.intent(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session") as raised:
        merchant.stripe.payment_intents.cancel(intent.id)
    assert raised.value.code == "payment_intent_unexpected_state"


def test_the_shop_cannot_confirm_the_intent_of_a_session(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, DECLINED)
    with pytest.raises(stripe.InvalidRequestError, match="Checkout Session"):
        merchant.stripe.payment_intents.confirm(
            merchant.intent(session.id).id, {"payment_method": "pm_card_visa"}
        )


def test_an_authorization_expires_after_seven_days(merchant: Merchant) -> None:
    intent = merchant.authorize()
    details = merchant.charge(intent).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.capture_before == merchant.time + 7 * DAY
    merchant.time += 7 * DAY - 1
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "requires_capture"
    merchant.time += 1
    expired = merchant.stripe.payment_intents.retrieve(intent.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "expired")


def test_a_captured_payment_does_not_expire(merchant: Merchant) -> None:
    intent = merchant.capture()
    merchant.time += 8 * DAY
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize(("name", "card"), NAMED.items())
def test_each_named_test_card_behaves_as_documented(
    merchant: Merchant, name: str, card: SandboxCard
) -> None:
    if card.decline is None:
        expected = "requires_action" if card.challenge else "requires_capture"
        assert create(merchant, name).status == expected
        return
    with pytest.raises(stripe.CardError) as raised:
        create(merchant, name)
    refused = error(raised.value)
    assert raised.value.http_status == 402
    assert (refused["code"], refused.get("decline_code")) == (
        card.decline.code,
        card.decline.decline_code,
    )


def test_an_intent_remembers_a_decline_until_another_card_pays(merchant: Merchant) -> None:
    intent = create(merchant, None)
    with pytest.raises(stripe.CardError) as raised:
        merchant.stripe.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
        )
    assert error(raised.value)["payment_intent"]["id"] == intent.id
    declined = merchant.stripe.payment_intents.retrieve(intent.id)
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.decline_code == "insufficient_funds"
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    paid = merchant.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("requires_capture", None)
    tries = merchant.stripe.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in tries] == ["succeeded", "failed"]


def test_a_challenge_redirects_only_with_a_return_url(merchant: Merchant) -> None:
    intent = create(merchant, "pm_card_threeDSecure2Required", return_url="https://shop.test/back")
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert str(intent.next_action.redirect_to_url.url).endswith(f"/{intent.id}/challenge")
    other = create(merchant, "pm_card_threeDSecure2Required")
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
def test_an_invalid_intent_is_refused(
    merchant: Merchant, form: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(merchant, None, **form)
    assert (raised.value.code, raised.value.param) == (code, param)


@given(part=st.integers(-1, 9000))
def test_only_an_amount_up_to_the_authorized_one_can_be_captured(part: int) -> None:
    merchant = Merchant()
    intent = create(merchant)
    try:
        merchant.stripe.payment_intents.capture(intent.id, {"amount_to_capture": part})
    except stripe.InvalidRequestError:
        assert not 1 <= part <= 4500
    else:
        assert merchant.charge(intent).amount_captured == part
    merchant.sandbox.close()
