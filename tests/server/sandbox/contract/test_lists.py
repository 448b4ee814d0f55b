"""Lists and events: newest first, page by page."""

from __future__ import annotations

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of


@needs(Feature.ORDER)
def test_lists_are_paged_newest_first(provider: Provider) -> None:
    made = [
        provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"}).id for _ in range(3)
    ]
    first = provider.v1.payment_intents.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == ([made[2], made[1]], True)
    second = provider.v1.payment_intents.list({"limit": 2, "starting_after": made[1]})
    assert second.data[0].id == made[0]


def test_an_iterator_reads_all_pages(provider: Provider) -> None:
    customer = provider.v1.customers.create({"email": "ana@example.org"}).id
    cards = provider.v1.payment_methods
    made = [cards.attach("pm_card_visa", {"customer": customer}).id for _ in range(3)]
    listed = cards.list({"customer": customer, "type": "card", "limit": 2})
    assert (len(listed.data), listed.has_more) == (2, True)
    assert sorted(one.id for one in listed.auto_paging_iter()) == sorted(made)


@needs(Feature.CREATED_FILTER)
def test_lists_can_be_filtered_by_creation_time(provider: Provider) -> None:
    made = provider.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    later = provider.v1.payment_intents.list({"created": {"gt": made.created + 3600}})
    assert later.data == []
    since = provider.v1.payment_intents.list({"created": {"gte": made.created}, "limit": 100})
    assert made.id in [one.id for one in since.data]


@needs(Feature.ERROR_CODES)
def test_a_page_after_an_unknown_object_is_refused(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.list({"starting_after": "pi_nobody"})
    assert raised.value.code == "resource_missing"


@needs(Feature.CREATED_FILTER)
def test_charges_can_be_listed_by_intent(provider: Provider) -> None:
    paid = provider.pay()
    listed = provider.v1.charges.list({"payment_intent": paid.id}).data
    assert [one.id for one in listed] == [charge_of(paid)]


def test_a_payment_emits_an_event(provider: Provider) -> None:
    paid = provider.pay(metadata={"payment": "pay_1"})
    listed = provider.v1.events.list({"type": "payment_intent.succeeded", "limit": 100}).data
    found = [one for one in listed if one.data.object["id"] == paid.id]
    assert [one.type for one in found] == ["payment_intent.succeeded"]
    assert found[0].livemode is False
    assert provider.v1.events.retrieve(found[0].id).id == found[0].id


@needs(Feature.EVENTS)
def test_authorizations_cancellations_and_refunds_emit_events(provider: Provider) -> None:
    authorized, paid = provider.authorize(), provider.pay()
    provider.v1.payment_intents.cancel(authorized.id)
    provider.v1.refunds.create({"payment_intent": paid.id})
    wanted = {
        ("payment_intent.amount_capturable_updated", authorized.id),
        ("payment_intent.canceled", authorized.id),
        ("charge.refunded", charge_of(paid)),
    }
    listed = provider.v1.events.list({"types": [kind for kind, _ in wanted], "limit": 100}).data
    assert wanted <= {(one.type, one.data.object["id"]) for one in listed}
    assert {one.api_version for one in listed} == {stripe.api_version}
