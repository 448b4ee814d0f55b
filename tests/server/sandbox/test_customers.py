"""Customers: made, changed, listed, deleted."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.till import START, Till, error
from tests.server.sandbox.wallet import charge, customer, save, saved


def test_a_customer_is_what_the_shop_said(till: Till) -> None:
    made = till.stripe.customers.create(
        {"email": "ann@shop.test", "name": "Ann", "metadata": {"user": "usr_1"}}
    )
    known = till.stripe.customers.retrieve(made.id)
    assert made.id.startswith("cus_")
    assert (known.email, known.name, known.livemode) == ("ann@shop.test", "Ann", False)
    assert known.metadata is not None
    assert known.metadata.to_dict() == {"user": "usr_1"}


def test_a_customer_may_come_with_a_card(till: Till) -> None:
    made = till.stripe.customers.create({"payment_method": "pm_card_visa"})
    assert len(saved(till, made.id)) == 1


def test_the_same_key_makes_the_same_customer(till: Till) -> None:
    assert customer(till) == customer(till)
    assert len(till.stripe.customers.list().data) == 1


def test_only_what_is_named_is_changed(till: Till) -> None:
    made = till.stripe.customers.create(
        {"email": "ann@shop.test", "name": "Ann", "metadata": {"a": "1", "b": "2"}}
    )
    changed = till.stripe.customers.update(
        made.id, {"name": "Bea", "metadata": {"b": "", "c": "3"}}
    )
    assert (changed.name, changed.email) == ("Bea", "ann@shop.test")
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}


def test_an_empty_text_takes_a_field_away(till: Till) -> None:
    made = till.stripe.customers.create({"email": "ann@shop.test", "name": "Ann"})
    cleared = till.stripe.customers.update(made.id, {"email": ""})
    assert (cleared.email, cleared.name) == (None, "Ann")


def test_a_change_is_told_with_what_was_there_before(till: Till) -> None:
    made = till.stripe.customers.create({"name": "Ann", "email": "ann@shop.test"})
    till.stripe.customers.update(made.id, {"name": "Bea", "email": "ann@shop.test"})
    (told,) = till.events("customer.updated")
    data = told.to_dict()["data"]
    assert (data["object"]["name"], data["previous_attributes"]) == ("Bea", {"name": "Ann"})


def test_a_deleted_customer_says_only_so(till: Till) -> None:
    known = customer(till)
    gone = {"id": known, "object": "customer", "deleted": True}
    assert till.stripe.customers.delete(known).to_dict() == gone
    assert till.stripe.customers.retrieve(known).to_dict() == gone
    assert till.stripe.customers.list().data == []


def test_deleting_a_customer_lets_go_of_the_cards(till: Till) -> None:
    known = customer(till)
    method = save(till, known)
    till.stripe.customers.delete(known)
    assert till.stripe.payment_methods.retrieve(method).customer is None
    assert [event.type for event in till.events()][:2] == [
        "customer.deleted",
        "payment_method.detached",
    ]


def test_a_deleted_customer_is_still_the_one_who_paid(till: Till) -> None:
    known = customer(till)
    intent = charge(till, known, save(till, known))
    till.stripe.customers.delete(known)
    whole = till.stripe.payment_intents.retrieve(intent.id, {"expand": ["customer"]}).customer
    assert isinstance(whole, stripe.Customer)
    assert whole.to_dict() == {"id": known, "object": "customer", "deleted": True}


@pytest.mark.parametrize("ended", [True, False])
def test_who_is_gone_or_never_was_is_missing(till: Till, *, ended: bool) -> None:
    nobody = "cus_nobody"
    if ended:
        nobody = customer(till)
        till.stripe.customers.delete(nobody)
    calls: list[Any] = [
        lambda: till.stripe.customers.update(nobody, {"name": "Ann"}),
        lambda: till.stripe.customers.delete(nobody),
        lambda: till.stripe.customers.payment_methods.list(nobody),
        lambda: till.stripe.payment_methods.list({"customer": nobody}),
        lambda: till.stripe.payment_methods.attach("pm_card_visa", {"customer": nobody}),
        lambda: till.stripe.setup_intents.create({"customer": nobody}),
        lambda: charge(till, nobody, "pm_card_visa"),
        lambda: till.open(customer=nobody),
    ]
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            call()
        refused = error(raised.value)
        assert (raised.value.http_status, refused["code"]) == (404, "resource_missing")
        assert refused["param"] in {"id", "customer"}


def test_customers_can_be_found_by_email(till: Till) -> None:
    till.stripe.customers.create({"email": "ann@shop.test"})
    made = till.stripe.customers.create({"email": "bea@shop.test"})
    listed = till.stripe.customers.list({"email": "bea@shop.test"}).data
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
    till: Till, query: dict[str, Any], expected: list[int]
) -> None:
    ids = []
    for number in range(5):
        ids.append(customer(till, f"usr_{number}"))
        till.time += 1
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = till.stripe.customers.list(cast("Any", query)).data
    assert [ids.index(one.id) for one in listed] == expected


@pytest.mark.parametrize("form", [{"colour": "blue"}, {"name": "x" * 257}, {"source": "tok_visa"}])
def test_what_a_customer_cannot_have_is_refused(till: Till, form: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.customers.create(cast("Any", form))
    assert till.stripe.customers.list().data == []


def test_a_customer_is_told_from_the_first_to_the_last(till: Till) -> None:
    till.stripe.customers.delete(customer(till))
    till.sandbox.pump()
    assert till.box.kinds == ["customer.created", "customer.deleted"]
    last = json.loads(till.box.letters[-1][0])["data"]["object"]
    assert last["metadata"] == {"user": "usr_1"}
