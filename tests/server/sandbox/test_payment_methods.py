"""Payment methods: saved for a customer, used again, taken away."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.till import DECLINED, GOOD, Till, error
from tests.server.sandbox.wallet import charge, customer, save, saved

DECLINING = "pm_card_visa_chargeDeclined"


def attach(till: Till, customer_id: str, name: str = "pm_card_visa") -> str:
    return till.stripe.payment_methods.attach(name, {"customer": customer_id}).id


def test_an_attached_card_is_the_customers(till: Till) -> None:
    ann, bea = customer(till), customer(till, "usr_2")
    method = attach(till, ann)
    assert till.stripe.payment_methods.retrieve(method).customer == ann
    assert (saved(till, ann), saved(till, bea)) == ([method], [])


def test_a_saved_card_shows_no_more_than_its_last_digits(till: Till) -> None:
    method = till.stripe.payment_methods.retrieve(attach(till, customer(till)))
    assert method.card is not None
    assert (method.card.brand, method.card.last4) == ("visa", "4242")
    assert GOOD not in str(method)


def test_the_card_that_only_fails_later_is_attached_and_then_declines(till: Till) -> None:
    known = customer(till)
    method = attach(till, known, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as raised:
        charge(till, known, method)
    assert error(raised.value)["decline_code"] == "generic_decline"
    assert saved(till, known) == [method]


def test_a_card_that_always_declines_is_not_attached(till: Till) -> None:
    known = customer(till)
    with pytest.raises(stripe.CardError) as raised:
        attach(till, known, DECLINING)
    assert (raised.value.http_status, raised.value.code) == (402, "card_declined")
    assert saved(till, known) == []


def test_attaching_again_is_as_good_and_tells_nothing_new(till: Till) -> None:
    known = customer(till)
    method = attach(till, known)
    assert attach(till, known, method) == method
    assert len(till.events("payment_method.attached")) == 1


def test_somebody_elses_card_cannot_be_attached(till: Till) -> None:
    method = attach(till, customer(till))
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        attach(till, customer(till, "usr_2"), method)


def test_a_detached_card_can_never_be_used_again(till: Till) -> None:
    known = customer(till)
    method = attach(till, known)
    assert till.stripe.payment_methods.detach(method).customer is None
    assert saved(till, known) == []
    uses: list[Any] = [
        lambda: attach(till, known, method),
        lambda: charge(till, known, method),
        lambda: till.stripe.setup_intents.create({"customer": known, "payment_method": method}),
    ]
    for use in uses:
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            use()


def test_only_an_attached_card_can_be_detached(till: Till) -> None:
    method = attach(till, customer(till))
    till.stripe.payment_methods.detach(method)
    with pytest.raises(stripe.InvalidRequestError, match="not attached to a customer"):
        till.stripe.payment_methods.detach(method)


def test_detaching_tells_whose_card_it_was(till: Till) -> None:
    known = customer(till)
    till.stripe.payment_methods.detach(attach(till, known))
    (told,) = till.events("payment_method.detached")
    data = told.to_dict()["data"]
    assert (data["object"]["customer"], data["previous_attributes"]) == (None, {"customer": known})


def test_a_card_used_for_nobody_may_not_be_used_twice(till: Till) -> None:
    till.authorise()
    (paid,) = till.stripe.charges.list().data
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        till.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": str(paid.payment_method),
            }
        )


def test_the_methods_below_a_customer_are_the_same(till: Till) -> None:
    known = customer(till)
    method = attach(till, known)
    below = till.stripe.customers.payment_methods
    assert [one.id for one in below.list(known, {"type": "card"}).data] == [method]
    assert below.retrieve(known, method).id == method


def test_a_method_is_not_found_below_another_customer(till: Till) -> None:
    method = attach(till, customer(till))
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.customers.payment_methods.retrieve(customer(till, "usr_2"), method)
    assert raised.value.code == "resource_missing"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "starting_after": 3}, [2, 1]),
        ({"limit": 2, "ending_before": 0}, [2, 1]),
    ],
)
def test_saved_cards_are_paged_newest_first(
    till: Till, query: dict[str, Any], expected: list[int]
) -> None:
    known = customer(till)
    ids = [attach(till, known) for _ in range(5)]
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = till.stripe.payment_methods.list(cast("Any", {"customer": known, **query})).data
    assert [ids.index(one.id) for one in listed] == expected


@pytest.mark.parametrize(
    ("query", "param"), [({}, "customer"), ({"type": "sepa_debit"}, "type"), ({"x": 1}, "x")]
)
def test_a_bad_list_is_refused_by_name(till: Till, query: dict[str, Any], param: str) -> None:
    query = {"customer": customer(till), **query} if query else {}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.payment_methods.list(cast("Any", query))
    assert raised.value.param == param


def test_no_call_takes_a_card_number(till: Till) -> None:
    known = customer(till)
    data = {"type": "card", "card": {"number": GOOD, "exp_month": 12, "exp_year": 2040}}
    calls: list[Any] = [
        lambda: till.stripe.payment_methods.create(cast("Any", data)),
        lambda: till.stripe.setup_intents.create(cast("Any", {"payment_method_data": data})),
        lambda: till.stripe.payment_intents.create(
            cast("Any", {"amount": 500, "currency": "eur", "payment_method_data": data})
        ),
        lambda: till.stripe.customers.create(cast("Any", {"source": data["card"]})),
    ]
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            call()
        assert GOOD not in str(raised.value.json_body)
    assert saved(till, known) == []


def test_two_cards_with_one_number_have_one_fingerprint(till: Till) -> None:
    known = customer(till)
    ids = [save(till, known), attach(till, known), save(till, known, "5555555555554444")]
    cards = [till.stripe.payment_methods.retrieve(one).card for one in ids]
    prints = [card.fingerprint for card in cards if card is not None]
    assert prints[0] == prints[1] != prints[2]


def test_a_declined_card_typed_on_a_page_belongs_to_nobody(till: Till) -> None:
    known = customer(till)
    session = till.open(customer=known)
    till.type_in(session.id, DECLINED)
    assert saved(till, known) == []
