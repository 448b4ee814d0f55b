"""Saved cards: a customer's card, saved with consent for later payments."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, error, metadata_of


def saved(provider: Provider, name: str = "visa") -> tuple[str, str]:
    """Save a card for off-session payments; return the customer and the card."""
    customer = provider.v1.customers.create({"email": "ana@example.org"})
    setup = provider.v1.setup_intents.create({"customer": customer.id})
    done = provider.v1.setup_intents.confirm(
        setup.id, {"payment_method": provider.card(name), "return_url": "https://shop.test"}
        if provider.name == "stripe" else {"payment_method": provider.card(name)},
    )  # fmt: skip
    assert done.status == "succeeded"
    return customer.id, str(done.payment_method)


def test_a_customer_keeps_its_fields(provider: Provider) -> None:
    made = provider.v1.customers.create({"email": "ana@example.org", "metadata": {"user": "usr_1"}})
    found = provider.v1.customers.retrieve(made.id)
    assert (found.email, metadata_of(found.metadata)) == ("ana@example.org", {"user": "usr_1"})
    changed = provider.v1.customers.update(made.id, {"metadata": {"note": "vip"}})
    assert metadata_of(changed.metadata) == {"user": "usr_1", "note": "vip"}


def test_a_card_can_be_attached_and_detached(provider: Provider) -> None:
    customer = provider.v1.customers.create({"email": "ana@example.org"}).id
    card = provider.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    assert (card.customer, card.type) == (customer, "card")
    listed = provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    assert [one.id for one in listed] == [card.id]
    assert provider.v1.payment_methods.detach(card.id).customer is None
    assert provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data == []


@needs(Feature.SAVED_CARDS)
def test_a_setup_intent_saves_the_card(provider: Provider) -> None:
    customer, card = saved(provider)
    listed = provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    assert [one.id for one in listed] == [card]


def test_a_saved_card_can_be_charged_off_session(provider: Provider) -> None:
    customer, card = saved(provider)
    authorized = provider.authorize(customer=customer, payment_method=card, off_session=True)
    assert (authorized.status, authorized.customer) == ("requires_capture", customer)
    assert provider.v1.payment_intents.cancel(authorized.id).status == "canceled"


@needs(Feature.SAVED_CARDS)
def test_a_customers_cards_can_be_listed(provider: Provider) -> None:
    customer, card = saved(provider)
    listed = provider.v1.customers.payment_methods.list(customer).data
    assert [one.id for one in listed] == [card]


@needs(Feature.SAVED_CARDS)
def test_a_saved_card_belongs_to_its_customer(provider: Provider) -> None:
    _, card = saved(provider)
    other = provider.v1.customers.create({"email": "ben@example.org"}).id
    with pytest.raises(stripe.InvalidRequestError):
        provider.authorize(customer=other, payment_method=card)


@needs(Feature.SAVED_CARDS)
def test_a_detached_card_cannot_be_charged(provider: Provider) -> None:
    customer, card = saved(provider)
    provider.v1.payment_methods.detach(card)
    with pytest.raises(stripe.InvalidRequestError):
        provider.authorize(customer=customer, payment_method=card)


@needs(Feature.SAVED_CARDS)
def test_an_off_session_payment_is_declined_instead_of_challenged(provider: Provider) -> None:
    customer = provider.v1.customers.create({"email": "ana@example.org"}).id
    challenged = provider.card("authenticationRequired")
    card = provider.v1.payment_methods.attach(challenged, {"customer": customer}).id
    with pytest.raises(stripe.CardError) as raised:
        provider.authorize(customer=customer, payment_method=card, off_session=True)
    assert error(raised.value)["code"] == "authentication_required"


@needs(Feature.SAVED_CARDS)
def test_a_saved_card_can_be_declined_later(provider: Provider) -> None:
    customer, card = saved(provider, "chargeCustomerFail")
    with pytest.raises(stripe.CardError) as raised:
        provider.authorize(customer=customer, payment_method=card, off_session=True)
    assert raised.value.code == "card_declined"
