"""Saving: a customer's card is kept, with consent, for a purchase at a keystroke."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, error, said


def saved(provider: Provider, name: str = "visa") -> tuple[str, str]:
    """Return a customer and a card of theirs, saved for when they are away."""
    customer = provider.v1.customers.create({"email": "ana@example.org"})
    setup = provider.v1.setup_intents.create({"customer": customer.id})
    done = provider.v1.setup_intents.confirm(
        setup.id, {"payment_method": provider.card(name), "return_url": "https://shop.test"}
        if provider.name == "stripe" else {"payment_method": provider.card(name)},
    )  # fmt: skip
    assert done.status == "succeeded"
    return customer.id, str(done.payment_method)


def test_a_customer_keeps_what_is_said_of_them(provider: Provider) -> None:
    made = provider.v1.customers.create({"email": "ana@example.org", "metadata": {"user": "usr_1"}})
    found = provider.v1.customers.retrieve(made.id)
    assert (found.email, said(found.metadata)) == ("ana@example.org", {"user": "usr_1"})
    changed = provider.v1.customers.update(made.id, {"metadata": {"note": "vip"}})
    assert said(changed.metadata) == {"user": "usr_1", "note": "vip"}


def test_a_card_is_attached_and_detached(provider: Provider) -> None:
    customer = provider.v1.customers.create({"email": "ana@example.org"}).id
    card = provider.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    assert (card.customer, card.type) == (customer, "card")
    listed = provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    assert [one.id for one in listed] == [card.id]
    assert provider.v1.payment_methods.detach(card.id).customer is None
    assert provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data == []


@needs(Feature.SAVING)
def test_a_setup_saves_the_card(provider: Provider) -> None:
    customer, card = saved(provider)
    listed = provider.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    assert [one.id for one in listed] == [card]


def test_a_saved_card_pays_while_its_owner_is_away(provider: Provider) -> None:
    customer, card = saved(provider)
    held = provider.hold(customer=customer, payment_method=card, off_session=True)
    assert (held.status, held.customer) == ("requires_capture", customer)
    assert provider.v1.payment_intents.cancel(held.id).status == "canceled"


@needs(Feature.SAVING)
def test_the_cards_of_a_customer_are_listed_under_them(provider: Provider) -> None:
    customer, card = saved(provider)
    listed = provider.v1.customers.payment_methods.list(customer).data
    assert [one.id for one in listed] == [card]


@needs(Feature.SAVING)
def test_a_saved_card_belongs_to_its_customer(provider: Provider) -> None:
    _, card = saved(provider)
    other = provider.v1.customers.create({"email": "ben@example.org"}).id
    with pytest.raises(stripe.InvalidRequestError):
        provider.hold(customer=other, payment_method=card)


@needs(Feature.SAVING)
def test_a_detached_card_pays_no_more(provider: Provider) -> None:
    customer, card = saved(provider)
    provider.v1.payment_methods.detach(card)
    with pytest.raises(stripe.InvalidRequestError):
        provider.hold(customer=customer, payment_method=card)


@needs(Feature.SAVING)
def test_a_bank_that_asks_declines_while_the_owner_is_away(provider: Provider) -> None:
    customer = provider.v1.customers.create({"email": "ana@example.org"}).id
    asks = provider.card("authenticationRequired")
    card = provider.v1.payment_methods.attach(asks, {"customer": customer}).id
    with pytest.raises(stripe.CardError) as raised:
        provider.hold(customer=customer, payment_method=card, off_session=True)
    assert error(raised.value)["code"] == "authentication_required"


@needs(Feature.SAVING)
def test_a_saved_card_may_be_declined_later(provider: Provider) -> None:
    customer, card = saved(provider, "chargeCustomerFail")
    with pytest.raises(stripe.CardError) as raised:
        provider.hold(customer=customer, payment_method=card, off_session=True)
    assert raised.value.code == "card_declined"
