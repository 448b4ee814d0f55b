"""SetupIntents: a card saved by API calls, without charging it."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from server.sandbox import page
from server.sandbox.page import PageState
from server.sandbox.states import SETUP_MAY, SetupStatus, Step
from tests.server.sandbox.till import BASE, START, Till, error
from tests.server.sandbox.wallet import charge, customer, saved

DECLINING = "pm_card_visa_chargeDeclined"
ASKING = "pm_card_threeDSecure2Required"


def create(till: Till, method: str | None = "pm_card_visa", **more: Any) -> stripe.SetupIntent:
    form: Any = {"allowed_payment_method_types": ["card"], **more}
    if method is not None:
        form |= {"payment_method": method, "confirm": True}
    return till.stripe.setup_intents.create(form)


def in_status(till: Till, status: SetupStatus) -> str:
    """Bring a setup made by API calls alone into a status."""
    if status is SetupStatus.REQUIRES_CONFIRMATION:
        return create(till, None, payment_method="pm_card_visa").id
    if status is SetupStatus.REQUIRES_ACTION:
        return create(till, ASKING).id
    if status is SetupStatus.SUCCEEDED:
        return create(till).id
    setup = create(till, None)
    if status is SetupStatus.CANCELED:
        till.stripe.setup_intents.cancel(setup.id)
    return setup.id


def take(till: Till, step: Step, setup_id: str) -> stripe.SetupIntent:
    if step is Step.CONFIRM:
        return till.stripe.setup_intents.confirm(setup_id, {"payment_method": "pm_card_visa"})
    return till.stripe.setup_intents.cancel(setup_id, {"cancellation_reason": "abandoned"})


@pytest.mark.parametrize("step", SETUP_MAY)
@pytest.mark.parametrize("status", SetupStatus)
def test_each_status_allows_exactly_its_steps(till: Till, status: SetupStatus, step: Step) -> None:
    setup_id = in_status(till, status)
    assert till.stripe.setup_intents.retrieve(setup_id).status == status
    if status in SETUP_MAY[step]:
        ended = "succeeded" if step is Step.CONFIRM else "canceled"
        assert take(till, step, setup_id).status == ended
        return
    with pytest.raises(stripe.InvalidRequestError) as raised:
        take(till, step, setup_id)
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (400, "setup_intent_unexpected_state")
    assert refused["setup_intent"]["status"] == status


def test_what_is_over_stays_over() -> None:
    under_way = {
        SetupStatus.REQUIRES_PAYMENT_METHOD,
        SetupStatus.REQUIRES_CONFIRMATION,
        SetupStatus.REQUIRES_ACTION,
    }
    assert {step: set(allowed) for step, allowed in SETUP_MAY.items()} == {
        Step.CONFIRM: under_way,
        Step.CANCEL: under_way,
    }


def test_a_setup_saves_the_card_for_its_customer(till: Till) -> None:
    known = customer(till)
    setup = create(till, customer=known, metadata={"setup": "set_1"}, description="for later")
    assert (setup.status, setup.customer, setup.usage) == ("succeeded", known, "off_session")
    assert (setup.description, setup.last_setup_error) == ("for later", None)
    assert saved(till, known) == [setup.payment_method]


def test_a_setup_charges_nothing(till: Till) -> None:
    create(till, customer=customer(till))
    assert till.stripe.charges.list().data == []


def test_the_usage_is_recorded(till: Till) -> None:
    assert create(till, usage="on_session").usage == "on_session"


def test_a_setup_for_nobody_leaves_a_card_that_can_be_attached(till: Till) -> None:
    method = str(create(till).payment_method)
    assert till.stripe.payment_methods.retrieve(method).customer is None
    known = customer(till)
    till.stripe.payment_methods.attach(method, {"customer": known})
    assert saved(till, known) == [method]


def test_a_decline_stays_on_the_setup_and_another_card_may_be_saved(till: Till) -> None:
    setup = create(till, None, customer=customer(till))
    with pytest.raises(stripe.CardError) as raised:
        till.stripe.setup_intents.confirm(setup.id, {"payment_method": DECLINING})
    refused = error(raised.value)
    assert (raised.value.http_status, refused["code"]) == (402, "card_declined")
    assert refused["setup_intent"]["id"] == setup.id
    declined = till.stripe.setup_intents.retrieve(setup.id)
    assert declined.last_setup_error is not None
    assert declined.last_setup_error.decline_code == "generic_decline"
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    after = till.stripe.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert (after.status, after.last_setup_error) == ("succeeded", None)


def test_the_card_that_only_fails_later_can_be_set_up(till: Till) -> None:
    assert create(till, "pm_card_chargeCustomerFail").status == "succeeded"


def test_a_challenge_leads_to_a_page_where_it_is_passed(till: Till) -> None:
    known = customer(till)
    setup = create(till, ASKING, customer=known, return_url="https://shop.test/back")
    assert setup.next_action is not None
    assert setup.next_action.redirect_to_url is not None
    url = f"{BASE}/sandbox/pay/{setup.id}/challenge"
    assert setup.next_action.redirect_to_url.url == url
    assert page.view(till.sandbox, setup.id).state == PageState.CHALLENGE
    assert saved(till, known) == []
    assert till.answer(setup.id, "pass").state == PageState.SAVED
    assert saved(till, known) == [setup.payment_method]


def test_without_a_way_back_the_client_must_show_the_challenge(till: Till) -> None:
    action = create(till, ASKING).next_action
    assert action is not None
    assert action.type == "use_stripe_sdk"


def test_a_challenge_that_fails_saves_nothing(till: Till) -> None:
    known = customer(till)
    setup = create(till, ASKING, customer=known)
    reply = till.answer(setup.id, "fail")
    assert (reply.status, reply.state) == (422, PageState.INVALID)
    failed = till.stripe.setup_intents.retrieve(setup.id)
    assert failed.last_setup_error is not None
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert saved(till, known) == []


def test_somebody_elses_card_cannot_be_set_up(till: Till) -> None:
    method = str(create(till, customer=customer(till)).payment_method)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(till, method, customer=customer(till, "usr_2"))
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
def test_a_bad_setup_is_refused_by_name(till: Till, form: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(till, None, **form)
    assert raised.value.param == param
    assert till.stripe.setup_intents.list().data == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "starting_after": 3}, [2, 1]),
        ({"limit": 2, "ending_before": 0}, [2, 1]),
        ({"created": {"gte": START + 3}}, [4, 3]),
    ],
)
def test_setups_are_paged_newest_first(
    till: Till, query: dict[str, Any], expected: list[int]
) -> None:
    ids = []
    for _ in range(5):
        ids.append(create(till, None).id)
        till.time += 1
    for name in ("starting_after", "ending_before"):
        if name in query:
            query = {**query, name: ids[query[name]]}
    listed = till.stripe.setup_intents.list(cast("Any", query)).data
    assert [ids.index(one.id) for one in listed] == expected


def test_the_setups_of_a_customer_or_of_a_card_can_be_found(till: Till) -> None:
    create(till)
    known = customer(till)
    setup = create(till, customer=known)
    for query in ({"customer": known}, {"payment_method": setup.payment_method}):
        listed = till.stripe.setup_intents.list(cast("Any", query)).data
        assert [one.id for one in listed] == [setup.id]


def test_what_happens_to_a_setup_is_told_in_order(till: Till) -> None:
    known = customer(till)
    setup = create(till, ASKING, customer=known)
    till.answer(setup.id, "fail")
    till.stripe.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    till.stripe.setup_intents.cancel(create(till, None).id)
    assert [event.type for event in reversed(till.events())] == [
        "customer.created",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "payment_method.attached",
        "setup_intent.succeeded",
        "setup_intent.created",
        "setup_intent.canceled",
    ]


def test_a_card_that_was_set_up_pays(till: Till) -> None:
    known = customer(till)
    method = str(create(till, customer=known).payment_method)
    assert charge(till, known, method).status == "requires_capture"
