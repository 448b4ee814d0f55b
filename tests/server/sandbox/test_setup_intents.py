"""Setup intents: a card saved by API calls, without a charge."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from server.sandbox import hosted_page
from server.sandbox.confirmation import SETUP_ACTIONS, IntentAction, IntentStatus
from server.sandbox.page_model import SandboxPageState
from tests.server.sandbox.merchant import BASE, START, Merchant, error
from tests.server.sandbox.saved_cards import charge_card, create_customer, saved_cards

DECLINING = "pm_card_visa_chargeDeclined"
ASKING = "pm_card_threeDSecure2Required"
#: A setup intent is never captured.
STATUSES = [one for one in IntentStatus if one is not IntentStatus.REQUIRES_CAPTURE]


def create(
    merchant: Merchant, method: str | None = "pm_card_visa", **more: Any
) -> stripe.SetupIntent:
    form: Any = {"allowed_payment_method_types": ["card"], **more}
    if method is not None:
        form |= {"payment_method": method, "confirm": True}
    return merchant.stripe.setup_intents.create(form)


def in_status(merchant: Merchant, status: IntentStatus) -> str:
    """Create an intent with a status, by API calls alone."""
    if status is IntentStatus.REQUIRES_CONFIRMATION:
        return create(merchant, None, payment_method="pm_card_visa").id
    if status is IntentStatus.REQUIRES_ACTION:
        return create(merchant, ASKING).id
    if status is IntentStatus.SUCCEEDED:
        return create(merchant).id
    setup = create(merchant, None)
    if status is IntentStatus.CANCELED:
        merchant.stripe.setup_intents.cancel(setup.id)
    return setup.id


def act(merchant: Merchant, step: IntentAction, setup_id: str) -> stripe.SetupIntent:
    if step is IntentAction.CONFIRM:
        return merchant.stripe.setup_intents.confirm(setup_id, {"payment_method": "pm_card_visa"})
    return merchant.stripe.setup_intents.cancel(setup_id, {"cancellation_reason": "abandoned"})


@pytest.mark.parametrize("step", SETUP_ACTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_allows_exactly_its_actions(
    merchant: Merchant, status: IntentStatus, step: IntentAction
) -> None:
    setup_id = in_status(merchant, status)
    assert merchant.stripe.setup_intents.retrieve(setup_id).status == status
    if status in SETUP_ACTIONS[step]:
        ended = "succeeded" if step is IntentAction.CONFIRM else "canceled"
        assert act(merchant, step, setup_id).status == ended
        return
    with pytest.raises(stripe.InvalidRequestError) as raised:
        act(merchant, step, setup_id)
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (400, "setup_intent_unexpected_state")
    assert refused["setup_intent"]["status"] == status


def test_a_finished_setup_intent_allows_no_action() -> None:
    under_way = {
        IntentStatus.REQUIRES_PAYMENT_METHOD,
        IntentStatus.REQUIRES_CONFIRMATION,
        IntentStatus.REQUIRES_ACTION,
    }
    assert {step: set(allowed) for step, allowed in SETUP_ACTIONS.items()} == {
        IntentAction.CONFIRM: under_way,
        IntentAction.CANCEL: under_way,
    }


def test_a_setup_intent_saves_the_card_for_its_customer(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    setup = create(
        merchant, customer=customer_id, metadata={"setup": "set_1"}, description="for later"
    )
    assert (setup.status, setup.customer, setup.usage) == ("succeeded", customer_id, "off_session")
    assert (setup.description, setup.last_setup_error) == ("for later", None)
    assert saved_cards(merchant, customer_id) == [setup.payment_method]


def test_a_setup_intent_charges_nothing(merchant: Merchant) -> None:
    create(merchant, customer=create_customer(merchant))
    assert merchant.stripe.charges.list().data == []


def test_the_usage_is_recorded(merchant: Merchant) -> None:
    assert create(merchant, usage="on_session").usage == "on_session"


def test_a_card_set_up_without_a_customer_can_be_attached(merchant: Merchant) -> None:
    method = str(create(merchant).payment_method)
    assert merchant.stripe.payment_methods.retrieve(method).customer is None
    customer_id = create_customer(merchant)
    merchant.stripe.payment_methods.attach(method, {"customer": customer_id})
    assert saved_cards(merchant, customer_id) == [method]


def test_a_setup_intent_remembers_a_decline_until_another_card_is_saved(merchant: Merchant) -> None:
    setup = create(merchant, None, customer=create_customer(merchant))
    with pytest.raises(stripe.CardError) as raised:
        merchant.stripe.setup_intents.confirm(setup.id, {"payment_method": DECLINING})
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (402, "card_declined")
    assert refused["setup_intent"]["id"] == setup.id
    declined = merchant.stripe.setup_intents.retrieve(setup.id)
    assert declined.last_setup_error is not None
    assert declined.last_setup_error.decline_code == "generic_decline"
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    after = merchant.stripe.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert (after.status, after.last_setup_error) == ("succeeded", None)


def test_a_card_that_fails_later_can_be_set_up(merchant: Merchant) -> None:
    assert create(merchant, "pm_card_chargeCustomerFail").status == "succeeded"


def test_a_challenge_is_answered_on_its_page(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    setup = create(merchant, ASKING, customer=customer_id, return_url="https://shop.test/back")
    assert setup.next_action is not None
    assert setup.next_action.redirect_to_url is not None
    url = f"{BASE}/sandbox/pay/{setup.id}/challenge"
    assert setup.next_action.redirect_to_url.url == url
    assert hosted_page.view(merchant.sandbox, setup.id).state == SandboxPageState.CHALLENGE
    assert saved_cards(merchant, customer_id) == []
    assert merchant.answer(setup.id, "pass").state == SandboxPageState.SAVED
    assert saved_cards(merchant, customer_id) == [setup.payment_method]


def test_without_a_return_url_the_client_must_show_the_challenge(merchant: Merchant) -> None:
    action = create(merchant, ASKING).next_action
    assert action is not None
    assert action.type == "use_stripe_sdk"


def test_a_failed_challenge_saves_nothing(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    setup = create(merchant, ASKING, customer=customer_id)
    reply = merchant.answer(setup.id, "fail")
    assert (reply.status, reply.state) == (422, SandboxPageState.INVALID)
    failed = merchant.stripe.setup_intents.retrieve(setup.id)
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert saved_cards(merchant, customer_id) == []


def test_another_customers_card_cannot_be_set_up(merchant: Merchant) -> None:
    method = str(create(merchant, customer=create_customer(merchant)).payment_method)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(merchant, method, customer=create_customer(merchant, "usr_2"))
    assert raised.value.param == "payment_method"


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"confirm": True}, "payment_method"),
        ({"return_url": "https://shop.test"}, "return_url"),
        ({"usage": "never"}, "usage"),
        ({"off_session": True, "confirm": True, "payment_method": ASKING}, "off_session"),
        ({"payment_method": "pm_nobody"}, "payment_method"),
        ({"allowed_payment_method_types": ["link"]}, "allowed_payment_method_types"),
    ],
)
def test_an_invalid_setup_parameter_is_named(
    merchant: Merchant, form: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(merchant, None, **form)
    assert raised.value.param == param
    assert merchant.stripe.setup_intents.list().data == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "starting_after": 3}, [2, 1]),
        ({"limit": 2, "ending_before": 0}, [2, 1]),
        ({"created": {"gte": START + 3}}, [4, 3]),
    ],
)
def test_setup_intents_are_paged_newest_first(
    merchant: Merchant, query: dict[str, Any], expected: list[int]
) -> None:
    ids = []
    for _ in range(5):
        ids.append(create(merchant, None).id)
        merchant.time += 1
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = merchant.stripe.setup_intents.list(cast("Any", query)).data
    assert [ids.index(one.id) for one in listed] == expected


def test_setup_intents_can_be_listed_by_customer_or_card(merchant: Merchant) -> None:
    create(merchant)
    customer_id = create_customer(merchant)
    setup = create(merchant, customer=customer_id)
    for query in ({"customer": customer_id}, {"payment_method": setup.payment_method}):
        listed = merchant.stripe.setup_intents.list(cast("Any", query)).data
        assert [one.id for one in listed] == [setup.id]


def test_a_setup_intent_emits_events_in_order(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    setup = create(merchant, ASKING, customer=customer_id)
    merchant.answer(setup.id, "fail")
    merchant.stripe.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    merchant.stripe.setup_intents.cancel(create(merchant, None).id)
    assert [event.type for event in reversed(merchant.events())] == [
        "customer.created",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "payment_method.attached",
        "setup_intent.succeeded",
        "setup_intent.created",
        "setup_intent.canceled",
    ]


def test_a_card_that_was_set_up_can_be_charged(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = str(create(merchant, customer=customer_id).payment_method)
    assert charge_card(merchant, customer_id, method).status == "requires_capture"
