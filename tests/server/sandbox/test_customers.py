"""Customers: created, updated, listed and deleted."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.merchant import START, Merchant, error
from tests.server.sandbox.saved_cards import charge_card, create_customer, save_card, saved_cards


def test_a_customer_has_the_fields_that_the_shop_sent(merchant: Merchant) -> None:
    made = merchant.stripe.customers.create(
        {"email": "ann@shop.test", "name": "Ann", "metadata": {"user": "usr_1"}}
    )
    customer_id = merchant.stripe.customers.retrieve(made.id)
    assert made.id.startswith("cus_")
    assert (customer_id.email, customer_id.name, customer_id.livemode) == (
        "ann@shop.test",
        "Ann",
        False,
    )
    assert customer_id.metadata is not None
    assert customer_id.metadata.to_dict() == {"user": "usr_1"}


def test_a_customer_can_be_created_with_a_card(merchant: Merchant) -> None:
    made = merchant.stripe.customers.create({"payment_method": "pm_card_visa"})
    assert len(saved_cards(merchant, made.id)) == 1


def test_the_same_key_creates_one_customer(merchant: Merchant) -> None:
    assert create_customer(merchant) == create_customer(merchant)
    assert len(merchant.stripe.customers.list().data) == 1


def test_an_update_changes_only_the_given_fields(merchant: Merchant) -> None:
    made = merchant.stripe.customers.create(
        {"email": "ann@shop.test", "name": "Ann", "metadata": {"a": "1", "b": "2"}}
    )
    changed = merchant.stripe.customers.update(
        made.id, {"name": "Bea", "metadata": {"b": "", "c": "3"}}
    )
    assert (changed.name, changed.email) == ("Bea", "ann@shop.test")
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}


def test_an_empty_text_clears_a_field(merchant: Merchant) -> None:
    made = merchant.stripe.customers.create({"email": "ann@shop.test", "name": "Ann"})
    cleared = merchant.stripe.customers.update(made.id, {"email": ""})
    assert (cleared.email, cleared.name) == (None, "Ann")


def test_an_update_event_has_the_previous_values(merchant: Merchant) -> None:
    made = merchant.stripe.customers.create({"name": "Ann", "email": "ann@shop.test"})
    merchant.stripe.customers.update(made.id, {"name": "Bea", "email": "ann@shop.test"})
    (event,) = merchant.events("customer.updated")
    data = event.to_dict()["data"]
    assert (data["object"]["name"], data["previous_attributes"]) == ("Bea", {"name": "Ann"})


def test_a_deleted_customer_is_only_a_stub(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    assert merchant.stripe.customers.delete(customer_id).to_dict() == gone
    assert merchant.stripe.customers.retrieve(customer_id).to_dict() == gone
    assert merchant.stripe.customers.list().data == []


def test_deleting_a_customer_detaches_the_cards(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id)
    merchant.stripe.customers.delete(customer_id)
    assert merchant.stripe.payment_methods.retrieve(method).customer is None
    assert [event.type for event in merchant.events()][:2] == [
        "customer.deleted",
        "payment_method.detached",
    ]


def test_an_intent_still_names_its_deleted_customer(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = charge_card(merchant, customer_id, save_card(merchant, customer_id))
    merchant.stripe.customers.delete(customer_id)
    whole = merchant.stripe.payment_intents.retrieve(intent.id, {"expand": ["customer"]}).customer
    assert isinstance(whole, stripe.Customer)
    assert whole.to_dict() == {"id": customer_id, "object": "customer", "deleted": True}


@pytest.mark.parametrize("ended", [True, False])
def test_a_deleted_or_unknown_customer_is_not_found(merchant: Merchant, *, ended: bool) -> None:
    nobody = "cus_nobody"
    if ended:
        nobody = create_customer(merchant)
        merchant.stripe.customers.delete(nobody)
    calls: list[Any] = [
        lambda: merchant.stripe.customers.update(nobody, {"name": "Ann"}),
        lambda: merchant.stripe.customers.delete(nobody),
        lambda: merchant.stripe.customers.payment_methods.list(nobody),
        lambda: merchant.stripe.payment_methods.list({"customer": nobody}),
        lambda: merchant.stripe.payment_methods.attach("pm_card_visa", {"customer": nobody}),
        lambda: merchant.stripe.setup_intents.create({"customer": nobody}),
        lambda: charge_card(merchant, nobody, "pm_card_visa"),
        lambda: merchant.open(customer=nobody),
    ]
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            call()
        refused = error(raised.value)
        assert (raised.value.http_status, refused["code"]) == (404, "resource_missing")
        assert refused["param"] in {"id", "customer"}


def test_customers_can_be_found_by_email(merchant: Merchant) -> None:
    merchant.stripe.customers.create({"email": "ann@shop.test"})
    made = merchant.stripe.customers.create({"email": "bea@shop.test"})
    listed = merchant.stripe.customers.list({"email": "bea@shop.test"}).data
    assert [one.id for one in listed] == [made.id]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "starting_after": 3}, [2, 1]),
        ({"limit": 2, "ending_before": 0}, [2, 1]),
        ({"created": {"gte": START + 3}}, [4, 3]),
        ({"created": {"lt": START + 1}}, [0]),
    ],
)
def test_customers_are_paged_newest_first(
    merchant: Merchant, query: dict[str, Any], expected: list[int]
) -> None:
    ids = []
    for number in range(5):
        ids.append(create_customer(merchant, f"usr_{number}"))
        merchant.time += 1
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = merchant.stripe.customers.list(cast("Any", query)).data
    assert [ids.index(one.id) for one in listed] == expected


@pytest.mark.parametrize("form", [{"colour": "blue"}, {"name": "x" * 257}, {"source": "tok_visa"}])
def test_an_invalid_customer_field_is_refused(merchant: Merchant, form: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.customers.create(cast("Any", form))
    assert merchant.stripe.customers.list().data == []


def test_events_report_a_customers_creation_and_deletion(merchant: Merchant) -> None:
    merchant.stripe.customers.delete(create_customer(merchant))
    merchant.sandbox.pump()
    assert merchant.webhooks.types == ["customer.created", "customer.deleted"]
    last = json.loads(merchant.webhooks.received[-1][0])["data"]["object"]
    assert last["metadata"] == {"user": "usr_1"}
