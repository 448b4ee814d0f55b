"""Pages: a Checkout Session is open for its time, is closed once, and leads to a hold."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import CHALLENGED, DECLINED, GOOD, Provider, said

MINUTE = 60


@needs(Feature.PAGES)
def test_an_open_page_says_what_it_sells_and_until_when(provider: Provider) -> None:
    ends = provider.now() + 46 * MINUTE
    opened = provider.page(expires_at=ends)
    found = provider.v1.checkout.sessions.retrieve(opened.id, {"expand": ["line_items"]})
    assert (found.status, found.payment_status) == ("open", "unpaid")
    assert (found.expires_at, found.amount_total, found.currency) == (ends, 4500, "eur")
    assert (found.client_reference_id, said(found.metadata)) == ("ord_1", {"order": "ord_1"})
    assert found.url is not None
    assert found.line_items is not None
    assert [item.amount_total for item in found.line_items.data] == [4500]


@needs(Feature.PAGES)
@pytest.mark.parametrize("minutes", [29, 24 * 60 + 5])
def test_a_page_lives_at_least_half_an_hour_and_at_most_a_day(
    provider: Provider, minutes: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.page(expires_at=provider.now() + minutes * MINUTE)
    assert raised.value.param == "expires_at"


@needs(Feature.PAGES)
def test_a_page_is_closed_once(provider: Provider) -> None:
    opened = provider.page()
    closed = provider.v1.checkout.sessions.expire(opened.id)
    assert (closed.status, closed.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.checkout.sessions.expire(opened.id)
    assert raised.value.http_status == 400
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "expired"


@needs(Feature.PAGES)
def test_a_page_without_a_way_back_is_refused(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.page(success_url="nowhere")
    assert raised.value.param == "success_url"


@needs(Feature.TYPING)
def test_a_card_typed_on_a_page_is_held(provider: Provider) -> None:
    opened = provider.page()
    assert provider.types(opened.url, card_number=GOOD) == "paid"
    found = provider.v1.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert found.status == "complete"
    intent = found.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.metadata.to_dict()) == ("requires_capture", {"payment": "1"})
    assert provider.v1.payment_intents.capture(intent.id).status == "succeeded"


@needs(Feature.TYPING)
def test_a_page_stays_open_after_a_decline(provider: Provider) -> None:
    opened = provider.page()
    assert provider.types(opened.url, card_number=DECLINED) == "declined"
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "open"
    assert provider.types(opened.url, card_number=GOOD) == "paid"


@needs(Feature.TYPING)
def test_a_question_of_the_bank_is_answered_on_the_page(provider: Provider) -> None:
    opened = provider.page()
    assert provider.types(opened.url, card_number=CHALLENGED) == "challenge"
    assert provider.v1.checkout.sessions.retrieve(opened.id).status == "open"
    assert provider.types(f"{opened.url}/challenge", answer="pass") == "paid"


@needs(Feature.TYPING)
def test_nothing_is_held_on_a_closed_page(provider: Provider) -> None:
    opened = provider.page()
    provider.v1.checkout.sessions.expire(opened.id)
    assert provider.types(opened.url, card_number=GOOD) == "expired"
    assert provider.v1.checkout.sessions.retrieve(opened.id).payment_intent is None


@needs(Feature.TYPING, Feature.CODES)
def test_only_a_holding_page_lets_its_intent_be_cancelled(provider: Provider) -> None:
    opened = provider.page()
    provider.types(opened.url, card_number=DECLINED)
    waiting = provider.v1.checkout.sessions.retrieve(opened.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.cancel(str(waiting))
    assert raised.value.code == "payment_intent_unexpected_state"
    provider.types(opened.url, card_number=GOOD)
    assert provider.v1.payment_intents.cancel(str(waiting)).status == "canceled"
