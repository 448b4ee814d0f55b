"""Payment methods: saved for a customer, used again and detached."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.merchant import DECLINED, GOOD, Merchant, error
from tests.server.sandbox.saved_cards import charge_card, create_customer, save_card, saved_cards

DECLINING = "pm_card_visa_chargeDeclined"


def attach(merchant: Merchant, customer_id: str, name: str = "pm_card_visa") -> str:
    return merchant.stripe.payment_methods.attach(name, {"customer": customer_id}).id


def test_an_attached_card_belongs_to_its_customer(merchant: Merchant) -> None:
    ann, bea = create_customer(merchant), create_customer(merchant, "usr_2")
    method = attach(merchant, ann)
    assert merchant.stripe.payment_methods.retrieve(method).customer == ann
    assert (saved_cards(merchant, ann), saved_cards(merchant, bea)) == ([method], [])


def test_a_saved_card_shows_only_its_last_digits(merchant: Merchant) -> None:
    method = merchant.stripe.payment_methods.retrieve(attach(merchant, create_customer(merchant)))
    assert method.card is not None
    assert (method.card.brand, method.card.last4) == ("visa", "4242")
    assert GOOD not in str(method)


def test_a_card_that_fails_later_can_be_attached_and_is_then_declined(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = attach(merchant, customer_id, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as raised:
        charge_card(merchant, customer_id, method)
    assert error(raised.value)["decline_code"] == "generic_decline"
    assert saved_cards(merchant, customer_id) == [method]


def test_a_card_that_always_declines_is_not_attached(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    with pytest.raises(stripe.CardError) as raised:
        attach(merchant, customer_id, DECLINING)
    assert (raised.value.http_status, raised.value.code) == (402, "card_declined")
    assert saved_cards(merchant, customer_id) == []


def test_attaching_again_succeeds_without_a_new_event(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = attach(merchant, customer_id)
    assert attach(merchant, customer_id, method) == method
    assert len(merchant.events("payment_method.attached")) == 1


def test_another_customers_card_cannot_be_attached(merchant: Merchant) -> None:
    method = attach(merchant, create_customer(merchant))
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        attach(merchant, create_customer(merchant, "usr_2"), method)


def test_a_detached_card_can_never_be_used_again(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = attach(merchant, customer_id)
    assert merchant.stripe.payment_methods.detach(method).customer is None
    assert saved_cards(merchant, customer_id) == []
    uses: list[Any] = [
        lambda: attach(merchant, customer_id, method),
        lambda: charge_card(merchant, customer_id, method),
        lambda: merchant.stripe.setup_intents.create(
            {"customer": customer_id, "payment_method": method}
        ),
    ]
    for use in uses:
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            use()


def test_only_an_attached_card_can_be_detached(merchant: Merchant) -> None:
    method = attach(merchant, create_customer(merchant))
    merchant.stripe.payment_methods.detach(method)
    with pytest.raises(stripe.InvalidRequestError, match="not attached to a customer"):
        merchant.stripe.payment_methods.detach(method)


def test_the_detached_event_names_the_previous_customer(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    merchant.stripe.payment_methods.detach(attach(merchant, customer_id))
    (event,) = merchant.events("payment_method.detached")
    data = event.to_dict()["data"]
    assert (data["object"]["customer"], data["previous_attributes"]) == (
        None,
        {"customer": customer_id},
    )


def test_a_card_without_a_customer_cannot_be_used_twice(merchant: Merchant) -> None:
    merchant.authorize()
    (paid,) = merchant.stripe.charges.list().data
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        merchant.stripe.payment_intents.create(
            {
                "amount": 4500,
                "currency": "eur",
                "confirm": True,
                "payment_method": str(paid.payment_method),
            }
        )


def test_the_customers_own_endpoint_returns_the_same_methods(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = attach(merchant, customer_id)
    below = merchant.stripe.customers.payment_methods
    assert [one.id for one in below.list(customer_id, {"type": "card"}).data] == [method]
    assert below.retrieve(customer_id, method).id == method


def test_another_customers_endpoint_does_not_return_a_method(merchant: Merchant) -> None:
    method = attach(merchant, create_customer(merchant))
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.customers.payment_methods.retrieve(
            create_customer(merchant, "usr_2"), method
        )
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
    merchant: Merchant, query: dict[str, Any], expected: list[int]
) -> None:
    customer_id = create_customer(merchant)
    ids = [attach(merchant, customer_id) for _ in range(5)]
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = merchant.stripe.payment_methods.list(
        cast("Any", {"customer": customer_id, **query})
    ).data
    assert [ids.index(one.id) for one in listed] == expected


@pytest.mark.parametrize(
    ("query", "param"), [({}, "customer"), ({"type": "sepa_debit"}, "type"), ({"x": 1}, "x")]
)
def test_an_invalid_list_parameter_is_named(
    merchant: Merchant, query: dict[str, Any], param: str
) -> None:
    query = {"customer": create_customer(merchant), **query} if query else {}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.payment_methods.list(cast("Any", query))
    assert raised.value.param == param


def test_no_call_accepts_a_card_number(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    data = {"type": "card", "card": {"number": GOOD, "exp_month": 12, "exp_year": 2040}}
    calls: list[Any] = [
        lambda: merchant.stripe.payment_methods.create(cast("Any", data)),
        lambda: merchant.stripe.setup_intents.create(cast("Any", {"payment_method_data": data})),
        lambda: merchant.stripe.payment_intents.create(
            cast("Any", {"amount": 500, "currency": "eur", "payment_method_data": data})
        ),
        lambda: merchant.stripe.customers.create(cast("Any", {"source": data["card"]})),
    ]
    for call in calls:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            call()
        assert GOOD not in str(raised.value.json_body)
    assert saved_cards(merchant, customer_id) == []


def test_two_cards_with_one_number_have_one_fingerprint(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    ids = [
        save_card(merchant, customer_id),
        attach(merchant, customer_id),
        save_card(merchant, customer_id, "5555555555554444"),
    ]
    cards = [merchant.stripe.payment_methods.retrieve(one).card for one in ids]
    prints = [card.fingerprint for card in cards if card is not None]
    assert prints[0] == prints[1] != prints[2]


def test_a_card_declined_on_a_page_is_not_saved(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    session = merchant.open(customer=customer_id)
    merchant.submit_card(session.id, DECLINED)
    assert saved_cards(merchant, customer_id) == []
