"""Checkout Sessions: open for a limited time, and paid on their page."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import CHALLENGED, DECLINED, GOOD, Provider, metadata_of

MINUTE = 60


@needs(Feature.SESSIONS)
def test_an_open_session_has_its_total_and_expiry(provider: Provider) -> None:
    ends = provider.now() + 46 * MINUTE
    opened = provider.open_page(expires_at=ends)
    found = provider.v1.checkout.sessions.retrieve(opened.id, {"expand": ["line_items"]})
    assert (found.status, found.payment_status) == ("open", "unpaid")
    assert (found.expires_at, found.amount_total, found.currency) == (ends, 4500, "eur")
    assert (found.client_reference_id, metadata_of(found.metadata)) == ("ord_1", {"order": "ord_1"})
    assert found.url is not None
    assert found.line_items is not None
    assert [item.amount_total for item in found.line_items.data] == [4500]


@needs(Feature.SESSIONS)
@pytest.mark.parametrize("minutes", [29, 24 * 60 + 5])
def test_a_page_is_open_for_half_an_hour_to_a_day(provider: Provider, minutes: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.open_page(expires_at=provider.now() + minutes * MINUTE)
    assert raised.value.param == "expires_at"


@needs(Feature.SESSIONS)
def test_a_page_can_be_expired_only_once(provider: Provider) -> None:
    opened = provider.open_page()
    closed = provider.v1.checkout.sessions.expire(opened.id)
    assert (closed.status, closed.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.checkout.sessions.expire(opened.id)
    assert raised.value.http_status == 400
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "expired"


@needs(Feature.SESSIONS)
def test_a_session_without_a_success_url_is_refused(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.open_page(success_url="nowhere")
    assert raised.value.param == "success_url"


@needs(Feature.CARD_FORM)
def test_a_card_entered_on_a_page_is_authorized(provider: Provider) -> None:
    opened = provider.open_page()
    assert provider.submit_form(opened.url, card_number=GOOD) == "paid"
    found = provider.v1.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert found.status == "complete"
    intent = found.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.metadata.to_dict()) == ("requires_capture", {"payment": "1"})
    assert provider.v1.payment_intents.capture(intent.id).status == "succeeded"


@needs(Feature.CARD_FORM)
def test_a_page_stays_open_after_a_decline(provider: Provider) -> None:
    opened = provider.open_page()
    assert provider.submit_form(opened.url, card_number=DECLINED) == "declined"
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "open"
    assert provider.submit_form(opened.url, card_number=GOOD) == "paid"


@needs(Feature.CARD_FORM)
def test_a_challenge_is_answered_on_the_page(provider: Provider) -> None:
    opened = provider.open_page()
    assert provider.submit_form(opened.url, card_number=CHALLENGED) == "challenge"
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "open"
    assert provider.submit_form(f"{opened.url}/challenge", answer="pass") == "paid"


@needs(Feature.CARD_FORM)
def test_an_expired_page_authorizes_nothing(provider: Provider) -> None:
    opened = provider.open_page()
    provider.v1.checkout.sessions.expire(opened.id)
    assert provider.submit_form(opened.url, card_number=GOOD) == "expired"
    assert provider.v1.checkout.sessions.retrieve(opened.id).payment_intent is None


@needs(Feature.CARD_FORM, Feature.ERROR_CODES)
def test_the_intent_of_a_session_can_be_canceled_only_once_authorized(provider: Provider) -> None:
    opened = provider.open_page()
    provider.submit_form(opened.url, card_number=DECLINED)
    waiting = provider.v1.checkout.sessions.retrieve(opened.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.cancel(str(waiting))
    assert raised.value.code == "payment_intent_unexpected_state"
    provider.submit_form(opened.url, card_number=GOOD)
    assert provider.v1.payment_intents.cancel(str(waiting)).status == "canceled"
