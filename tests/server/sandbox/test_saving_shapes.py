"""Shapes of saved cards, held against the SDK's own types, and what our shop sends for them."""

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

from tests.server.sandbox.oracle import Oracle
from tests.server.sandbox.till import CHALLENGED, DECLINED, GOOD, Till, error
from tests.server.sandbox.wallet import (
    ALWAYS_ASKS,
    bill,
    charge,
    customer,
    form,
    open_page,
    save,
)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def sessions(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield a session that saves a card in every state a page can be in, bare and expanded."""
    known = customer(till)
    opened = [open_page(till, known).id for _ in range(5)]
    yield till.session(opened[0])
    till.type_in(opened[1], DECLINED)
    till.type_in(opened[2], CHALLENGED)
    till.type_in(opened[3], GOOD)
    till.stripe.checkout.sessions.expire(opened[4])
    for one in opened:
        yield till.session(one, "setup_intent.payment_method", "customer")
    data = {"capture_method": "manual", "setup_future_usage": "off_session"}
    yield till.authorise(customer=known, payment_intent_data=data)
    yield from till.stripe.checkout.sessions.list({"customer": known}).data


def cards(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield customers, saved cards and what was done with them."""
    known = customer(till)
    yield till.stripe.customers.update(known, {"name": "Ann", "metadata": {"a": "b"}})
    methods = [save(till, known, number) for number in (GOOD, ALWAYS_ASKS)]
    yield from till.stripe.customers.payment_methods.list(known).data
    for method in methods:
        yield charge(till, known, method)
    with pytest.raises(stripe.CardError):
        charge(till, known, methods[1], off_session=True)
    yield from till.stripe.payment_intents.list({"customer": known}).data
    yield from till.stripe.charges.list({"customer": known}).data
    yield till.stripe.payment_methods.detach(methods[0])
    yield till.stripe.payment_methods.retrieve(methods[0])


def setups(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield setups made by API calls alone, in every state."""
    make = till.stripe.setup_intents.create
    yield till.stripe.setup_intents.cancel(make().id, {"cancellation_reason": "duplicate"})
    yield make({"payment_method": "pm_card_visa", "automatic_payment_methods": {"enabled": True}})
    for name in ("pm_card_visa", "pm_card_threeDSecure2Required"):
        yield make({"payment_method": name, "confirm": True, "return_url": "https://shop.test"})
    with pytest.raises(stripe.CardError):
        make({"payment_method": "pm_card_visa_chargeDeclined", "confirm": True})
    yield from till.stripe.setup_intents.list().data


@pytest.mark.parametrize("story", [sessions, cards, setups])
def test_no_object_has_a_field_too_many_or_too_few(
    till: Till, oracle: Oracle, story: Callable[[Till], Iterator[stripe.StripeObject]]
) -> None:
    for thing in list(story(till)):
        assert oracle.response(thing.to_dict()) == [], thing
    for event in till.events():
        assert oracle.response(event.to_dict()) == [], event
        assert oracle.response(event.to_dict()["data"]["object"]) == [], event


def test_the_setup_in_a_decline_has_its_whole_shape(till: Till, oracle: Oracle) -> None:
    with pytest.raises(stripe.CardError) as raised:
        till.stripe.setup_intents.create(
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
        (PaymentIntentCreateParams, bill("cus_1", "pm_1")),
        (
            PaymentIntentCreateParams,
            bill(
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
def test_what_the_sandbox_takes_is_what_the_sdk_knows(
    oracle: Oracle, shape: object, sent: dict[str, object]
) -> None:
    assert oracle.request(shape, sent) == []


def test_the_page_that_saves_a_card_is_opened_as_the_sdk_knows_it(
    till: Till, oracle: Oracle
) -> None:
    assert oracle.request(SessionCreateParams, form(till, "cus_1")) == []
    paying = till.form(customer="cus_1")
    paying["payment_intent_data"]["setup_future_usage"] = "off_session"
    assert oracle.request(SessionCreateParams, paying) == []


def test_the_oracle_knows_nothing_of_the_old_name(till: Till, oracle: Oracle) -> None:
    old = form(till, "cus_1", payment_method_types=["card"])
    assert oracle.request(SessionCreateParams, old) == ["unknown parameter payment_method_types"]


def test_the_oracle_would_notice_a_field_too_many_in_a_saved_card(
    till: Till, oracle: Oracle
) -> None:
    known = customer(till)
    method = till.stripe.payment_methods.retrieve(save(till, known)).to_dict()
    method["colour"] = "blue"
    del method["card"]["exp_year"]
    assert sorted(oracle.response(method)) == [
        "payment_method.card.exp_year is missing",
        "payment_method.colour is unknown",
    ]
