"""Declines: each card is declined for its own reason, and another card can be tried."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, error

#: name, code, decline_code. Three reasons have a code of their own and no decline_code.
TABLE = (
    ("visa_chargeDeclined", "card_declined", "generic_decline"),
    ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("chargeDeclinedExpiredCard", "expired_card", None),
    ("chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
    ("chargeDeclinedProcessingError", "processing_error", None),
)


@needs(Feature.DECLINES)
@pytest.mark.parametrize(("name", "code", "decline_code"), TABLE)
def test_a_decline_has_its_reason(
    provider: Provider, name: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as raised:
        provider.authorize(payment_method=provider.card(name))
    refused = error(raised.value)
    assert raised.value.http_status == 402
    assert (refused["code"], refused.get("decline_code")) == (code, decline_code)
    assert refused["payment_intent"]["status"] == "requires_payment_method"


def test_a_card_that_can_only_be_saved_is_declined(provider: Provider) -> None:
    with pytest.raises(stripe.CardError) as raised:
        provider.authorize(payment_method=provider.card("chargeCustomerFail"))
    assert (raised.value.http_status, raised.value.code) == (402, "card_declined")


@needs(Feature.DECLINES)
def test_an_intent_accepts_another_card_after_a_decline(provider: Provider) -> None:
    with pytest.raises(stripe.CardError) as raised:
        provider.authorize(payment_method=provider.card("visa_chargeDeclined"))
    intent_id = error(raised.value)["payment_intent"]["id"]
    authorized = provider.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    assert (authorized.status, authorized.last_payment_error) == ("requires_capture", None)
    charges = provider.v1.charges.list({"payment_intent": intent_id}).data
    assert [one.status for one in charges] == ["succeeded", "failed"]
