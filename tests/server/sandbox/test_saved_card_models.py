"""Models of saved cards, and our shop's requests, checked against the SDK's types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe
from stripe.params import (
    CustomerCreateParams,
    CustomerListParams,
    CustomerPaymentMethodListParams,
    CustomerUpdateParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentUpdateParams,
    PaymentMethodAttachParams,
    PaymentMethodListParams,
    SetupIntentCancelParams,
    SetupIntentConfirmParams,
    SetupIntentCreateParams,
    SetupIntentListParams,
)
from stripe.params.checkout import SessionCreateParams, SessionListParams

from tests.server.sandbox.merchant import CHALLENGED, DECLINED, GOOD, Merchant, error
from tests.server.sandbox.oracle import Oracle
from tests.server.sandbox.saved_cards import (
    ALWAYS_CHALLENGED,
    charge_card,
    charge_form,
    create_customer,
    open_setup_page,
    save_card,
    setup_form,
)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def sessions(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield setup sessions whose pages are in every state, with and without expansion."""
    customer_id = create_customer(merchant)
    opened = [open_setup_page(merchant, customer_id).id for _ in range(5)]
    yield merchant.session(opened[0])
    merchant.submit_card(opened[1], DECLINED)
    merchant.submit_card(opened[2], CHALLENGED)
    merchant.submit_card(opened[3], GOOD)
    merchant.stripe.checkout.sessions.expire(opened[4])
    for one in opened:
        yield merchant.session(one, "setup_intent.payment_method", "customer")
    data = {"capture_method": "manual", "setup_future_usage": "off_session"}
    yield merchant.authorize(customer=customer_id, payment_intent_data=data)
    yield from merchant.stripe.checkout.sessions.list({"customer": customer_id}).data


def cards(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield customers, saved cards and their payments."""
    customer_id = create_customer(merchant)
    yield merchant.stripe.customers.update(customer_id, {"name": "Ann", "metadata": {"a": "b"}})
    methods = [save_card(merchant, customer_id, number) for number in (GOOD, ALWAYS_CHALLENGED)]
    yield from merchant.stripe.customers.payment_methods.list(customer_id).data
    for method in methods:
        yield charge_card(merchant, customer_id, method)
    with pytest.raises(stripe.CardError):
        charge_card(merchant, customer_id, methods[1], off_session=True)
    yield from merchant.stripe.payment_intents.list({"customer": customer_id}).data
    yield from merchant.stripe.charges.list({"customer": customer_id}).data
    yield merchant.stripe.payment_methods.detach(methods[0])
    yield merchant.stripe.payment_methods.retrieve(methods[0])


def setups(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield setup intents made by API calls, in every status."""
    make = merchant.stripe.setup_intents.create
    yield merchant.stripe.setup_intents.cancel(make().id, {"cancellation_reason": "duplicate"})
    yield make({"payment_method": "pm_card_visa", "automatic_payment_methods": {"enabled": True}})
    for name in ("pm_card_visa", "pm_card_threeDSecure2Required"):
        yield make({"payment_method": name, "confirm": True, "return_url": "https://shop.test"})
    with pytest.raises(stripe.CardError):
        make({"payment_method": "pm_card_visa_chargeDeclined", "confirm": True})
    yield from merchant.stripe.setup_intents.list().data


@pytest.mark.parametrize("make", [sessions, cards, setups])
def test_every_object_has_exactly_the_sdks_fields(
    merchant: Merchant, oracle: Oracle, make: Callable[[Merchant], Iterator[stripe.StripeObject]]
) -> None:
    for resource in list(make(merchant)):
        assert oracle.response(resource.to_dict()) == [], resource
    for event in merchant.events():
        assert oracle.response(event.to_dict()) == [], event
        assert oracle.response(event.to_dict()["data"]["object"]) == [], event


def test_the_setup_intent_in_a_card_error_is_complete(merchant: Merchant, oracle: Oracle) -> None:
    with pytest.raises(stripe.CardError) as raised:
        merchant.stripe.setup_intents.create(
            {"payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
        )
    assert oracle.response(error(raised.value)["setup_intent"]) == []
    assert oracle.response(error(raised.value)["payment_method"]) == []


@pytest.mark.parametrize(
    ("shape", "sent"),
    [
        (CustomerCreateParams, {"metadata": {"user": "usr_1"}, "email": "a@b.test", "name": "A"}),
        (CustomerCreateParams, {"payment_method": "pm_1", "phone": "1", "description": "x"}),
        (CustomerUpdateParams, {"metadata": {"a": ""}, "email": "", "name": "A"}),
        (CustomerListParams, {"email": "a@b.test", "limit": 1, "starting_after": "cus_1"}),
        (CustomerPaymentMethodListParams, {"type": "card", "limit": 1}),
        (PaymentMethodListParams, {"customer": "cus_1", "type": "card", "ending_before": "pm_1"}),
        (PaymentMethodAttachParams, {"customer": "cus_1"}),
        (SetupIntentCreateParams, {"customer": "cus_1", "payment_method": "pm_1", "confirm": True}),
        (
            SetupIntentCreateParams,
            {"usage": "on_session", "allowed_payment_method_types": ["card"]},
        ),
        (SetupIntentConfirmParams, {"payment_method": "pm_1", "return_url": "https://shop.test"}),
        (SetupIntentCancelParams, {"cancellation_reason": "abandoned"}),
        (SetupIntentListParams, {"customer": "cus_1", "payment_method": "pm_1", "created": 1}),
        (PaymentIntentCreateParams, charge_form("cus_1", "pm_1")),
        (
            PaymentIntentCreateParams,
            charge_form(
                "cus_1",
                "pm_1",
                off_session=True,
                error_on_requires_action=True,
                setup_future_usage="on_session",
            ),
        ),
        (PaymentIntentConfirmParams, {"off_session": True, "setup_future_usage": "off_session"}),
        (PaymentIntentUpdateParams, {"metadata": {"a": "b"}, "description": "x"}),
        (PaymentIntentListParams, {"customer": "cus_1", "created": {"gte": 1}}),
        (SessionListParams, {"customer": "cus_1", "status": "open", "payment_intent": "pi_1"}),
    ],
)
def test_the_sdk_knows_every_parameter_that_the_sandbox_accepts(
    oracle: Oracle, shape: object, sent: dict[str, object]
) -> None:
    assert oracle.request(shape, sent) == []


def test_the_sdk_knows_the_form_of_a_setup_session(merchant: Merchant, oracle: Oracle) -> None:
    assert oracle.request(SessionCreateParams, setup_form(merchant, "cus_1")) == []
    paying = merchant.form(customer="cus_1")
    paying["payment_intent_data"]["setup_future_usage"] = "off_session"
    assert oracle.request(SessionCreateParams, paying) == []


def test_the_oracle_rejects_the_removed_parameter(merchant: Merchant, oracle: Oracle) -> None:
    old = setup_form(merchant, "cus_1", payment_method_types=["card"])
    assert oracle.request(SessionCreateParams, old) == ["unknown parameter payment_method_types"]


def test_the_oracle_reports_unknown_and_missing_fields_of_a_saved_card(
    merchant: Merchant, oracle: Oracle
) -> None:
    customer_id = create_customer(merchant)
    method = merchant.stripe.payment_methods.retrieve(save_card(merchant, customer_id)).to_dict()
    method["colour"] = "blue"
    del method["card"]["exp_year"]
    assert sorted(oracle.response(method)) == [
        "payment_method.card.exp_year is missing",
        "payment_method.colour is unknown",
    ]
