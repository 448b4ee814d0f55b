"""Checkout Sessions that save a card: alone, or with a payment."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from server.sandbox import hosted_page
from server.sandbox.page_model import SandboxPageState
from tests.server.sandbox.merchant import (
    BASE,
    CHALLENGED,
    DAY,
    DECLINED,
    GOOD,
    HOUR,
    MINUTE,
    Merchant,
)
from tests.server.sandbox.saved_cards import (
    CHALLENGED_ONCE,
    charge_card,
    create_customer,
    open_setup_page,
    save_card,
    saved_cards,
    setup_form,
    setup_intent_of,
)


def test_a_new_session_has_a_setup_intent_and_no_amount(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    session = open_setup_page(merchant, customer_id)
    assert (session.mode, session.status, session.customer) == ("setup", "open", customer_id)
    assert session.url == f"{BASE}/sandbox/pay/{session.id}"
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)
    assert (session.amount_total, session.amount_subtotal) == (None, None)
    setup = setup_intent_of(merchant, session.id)
    assert (setup.status, setup.customer) == ("requires_payment_method", customer_id)
    assert setup.metadata is not None
    assert setup.metadata.to_dict() == {"setup": "set_1"}


def test_a_completed_session_leads_to_the_saved_card(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    session = open_setup_page(merchant, customer_id)
    merchant.submit_card(session.id, GOOD)
    complete = merchant.session(session.id)
    assert (complete.status, complete.payment_status, complete.url) == (
        "complete",
        "no_payment_required",
        None,
    )
    assert complete.client_reference_id == "set_1"
    assert complete.metadata is not None
    assert complete.metadata.to_dict() == {"setup": "set_1"}
    setup = setup_intent_of(merchant, session.id)
    assert isinstance(setup.payment_method, stripe.PaymentMethod)
    assert (setup.status, setup.payment_method.customer) == ("succeeded", customer_id)
    assert saved_cards(merchant, customer_id) == [setup.payment_method.id]
    assert merchant.stripe.charges.list().data == []


def test_a_session_creates_a_customer_only_without_one(merchant: Merchant) -> None:
    assert merchant.open().customer_creation == "if_required"
    assert open_setup_page(merchant, create_customer(merchant)).customer_creation is None


def test_the_same_key_opens_the_same_page(merchant: Merchant) -> None:
    wanted: Any = setup_form(merchant, create_customer(merchant))
    options: Any = {"idempotency_key": "setup-set_1"}
    sessions = merchant.stripe.checkout.sessions
    assert sessions.create(wanted, options).id == sessions.create(wanted, options).id
    assert len(merchant.stripe.setup_intents.list().data) == 1


def test_a_setup_page_shows_that_nothing_is_charged(merchant: Merchant) -> None:
    session = open_setup_page(merchant, create_customer(merchant))
    reply = hosted_page.view(merchant.sandbox, session.id)
    assert (reply.status, reply.state, reply.next) == (200, SandboxPageState.OPEN, session.url)
    for text in ("Save a card", "Nothing will be charged", 'name="card_number"', "no money moves"):
        assert text in reply.html
    assert "EUR" not in reply.html
    assert ">Pay" not in reply.html


def test_a_good_card_is_saved(merchant: Merchant) -> None:
    reply = merchant.submit_card(open_setup_page(merchant, create_customer(merchant)).id, GOOD)
    assert (reply.status, reply.state) == (200, SandboxPageState.SAVED)
    assert reply.message == "Card saved. Go back to your terminal."
    assert reply.next == "https://shop.test/saved"
    assert 'href="https://shop.test/saved"' in reply.html
    assert "<form" not in reply.html


def test_saving_twice_saves_once(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    session = open_setup_page(merchant, customer_id)
    merchant.submit_card(session.id, GOOD)
    assert merchant.submit_card(session.id, "5555555555554444").state == SandboxPageState.SAVED
    assert len(saved_cards(merchant, customer_id)) == 1


def test_another_card_can_be_tried_after_a_decline(merchant: Merchant) -> None:
    session = open_setup_page(merchant, create_customer(merchant))
    reply = merchant.submit_card(session.id, DECLINED)
    assert (reply.status, reply.state, reply.next) == (402, SandboxPageState.DECLINED, session.url)
    assert reply.message == "Your card was declined. Try another card."
    again = hosted_page.view(merchant.sandbox, session.id)
    assert (again.state, again.message) == (SandboxPageState.OPEN, reply.message)
    assert reply.message in again.html
    assert merchant.session(session.id).status == "open"
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.SAVED


def test_passing_the_challenge_completes_the_page(merchant: Merchant) -> None:
    session = open_setup_page(merchant, create_customer(merchant))
    asked = merchant.submit_card(session.id, CHALLENGED)
    assert (asked.status, asked.state) == (200, SandboxPageState.CHALLENGE)
    assert asked.next == f"{BASE}/sandbox/pay/{session.id}/challenge"
    assert "don't save the card" in asked.html
    assert setup_intent_of(merchant, session.id).status == "requires_action"
    assert merchant.answer(session.id, "pass").state == SandboxPageState.SAVED


def test_another_card_can_be_saved_after_a_failed_challenge(merchant: Merchant) -> None:
    session = open_setup_page(merchant, create_customer(merchant))
    merchant.submit_card(session.id, CHALLENGED)
    assert merchant.answer(session.id, "fail").state == SandboxPageState.DECLINED
    failed = setup_intent_of(merchant, session.id).last_setup_error
    assert failed is not None
    assert failed.code == "setup_intent_authentication_failure"
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.SAVED


@pytest.mark.parametrize("card", [None, DECLINED, CHALLENGED])
def test_an_expired_page_saves_nothing(merchant: Merchant, card: str | None) -> None:
    customer_id = create_customer(merchant)
    session = open_setup_page(merchant, customer_id)
    if card is not None:
        merchant.submit_card(session.id, card)
    assert merchant.stripe.checkout.sessions.expire(session.id).status == "expired"
    reply = merchant.submit_card(session.id, GOOD)
    assert (reply.status, reply.state) == (410, SandboxPageState.EXPIRED)
    assert "no card was saved" in reply.message
    assert setup_intent_of(merchant, session.id).status == "canceled"
    assert saved_cards(merchant, customer_id) == []


def test_a_page_expires_when_its_time_is_over(merchant: Merchant) -> None:
    session = open_setup_page(merchant, create_customer(merchant), expires_at=merchant.time + HOUR)
    merchant.time += HOUR
    assert merchant.session(session.id).status == "expired"
    assert setup_intent_of(merchant, session.id).status == "canceled"


def test_a_card_saved_before_the_page_expires_stays(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    method = save_card(merchant, customer_id)
    merchant.time += DAY
    assert saved_cards(merchant, customer_id) == [method]


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
def test_the_shop_cannot_change_the_setup_intent_of_a_session(
    merchant: Merchant, verb: str
) -> None:
    setup = setup_intent_of(merchant, open_setup_page(merchant, create_customer(merchant)).id)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session") as raised:
        getattr(merchant.stripe.setup_intents, verb)(setup.id)
    assert raised.value.code == "setup_intent_unexpected_state"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"line_items": [{"quantity": 1}]}, "line_items"),
        ({"payment_intent_data": {"capture_method": "manual"}}, "payment_intent_data"),
        ({"submit_type": "pay"}, "submit_type"),
        ({"setup_intent_data": {"usage": "on_session"}}, "setup_intent_data[usage]"),
        ({"customer_email": "ann@shop.test"}, "customer_email"),
        ({"currency": "xxx"}, "currency"),
        ({"success_url": "/relative"}, "success_url"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
    ],
)
def test_an_invalid_parameter_is_named(
    merchant: Merchant, changes: dict[str, Any], param: str
) -> None:
    customer_id = create_customer(merchant)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        open_setup_page(merchant, customer_id, **changes)
    assert (raised.value.http_status, raised.value.param) == (400, param)
    assert merchant.stripe.checkout.sessions.list().data == []


def test_a_setup_session_needs_a_currency_or_payment_method_types(merchant: Merchant) -> None:
    wanted: Any = setup_form(merchant, create_customer(merchant))
    del wanted["allowed_payment_method_types"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.checkout.sessions.create(wanted)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", "currency")
    session = merchant.stripe.checkout.sessions.create(wanted | {"currency": "EUR"})
    assert session.currency == "eur"


@pytest.mark.parametrize("seconds", [30 * MINUTE - 1, DAY + 1])
def test_an_expiry_outside_30_minutes_to_24_hours_is_refused(
    merchant: Merchant, seconds: int
) -> None:
    customer_id = create_customer(merchant)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        open_setup_page(merchant, customer_id, expires_at=merchant.time + seconds)
    assert raised.value.param == "expires_at"


def test_saving_a_card_emits_events_in_order(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    save_card(merchant, customer_id)
    merchant.stripe.checkout.sessions.expire(open_setup_page(merchant, customer_id).id)
    merchant.sandbox.pump()
    assert merchant.webhooks.types == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
        "setup_intent.created",
        "setup_intent.canceled",
        "checkout.session.expired",
    ]


@pytest.mark.parametrize("usage", ["on_session", "off_session"])
def test_paying_on_a_page_can_save_the_card(merchant: Merchant, usage: str) -> None:
    customer_id = create_customer(merchant)
    data = {**merchant.form()["payment_intent_data"], "setup_future_usage": usage}
    intent = merchant.authorize(GOOD, customer=customer_id, payment_intent_data=data)
    assert (intent.customer, intent.setup_future_usage) == (customer_id, usage)
    assert merchant.charge(intent).customer == customer_id
    assert saved_cards(merchant, customer_id) == [intent.payment_method]
    assert (
        charge_card(merchant, customer_id, saved_cards(merchant, customer_id)[0]).status
        == "requires_capture"
    )


def test_paying_as_a_customer_does_not_save_the_card_by_default(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    intent = merchant.authorize(customer=customer_id)
    assert (intent.customer, merchant.charge(intent).customer) == (customer_id, customer_id)
    assert saved_cards(merchant, customer_id) == []


def test_a_challenge_passed_while_paying_is_not_repeated(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    data = {"capture_method": "manual", "setup_future_usage": "off_session"}
    session = merchant.open(customer=customer_id, payment_intent_data=data)
    merchant.submit_card(session.id, CHALLENGED_ONCE)
    assert merchant.answer(session.id, "pass").state == SandboxPageState.PAID
    (method,) = saved_cards(merchant, customer_id)
    assert charge_card(merchant, customer_id, method, off_session=True).status == "requires_capture"


def test_a_card_is_saved_only_for_a_customer(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.open(payment_intent_data={"setup_future_usage": "off_session"})
    assert raised.value.param == "payment_intent_data[setup_future_usage]"


def test_sessions_can_be_listed_by_customer(merchant: Merchant) -> None:
    customer_id = create_customer(merchant)
    merchant.open()
    done, idle = open_setup_page(merchant, customer_id), open_setup_page(merchant, customer_id)
    merchant.submit_card(done.id, GOOD)
    sessions = merchant.stripe.checkout.sessions
    assert [one.id for one in sessions.list({"customer": customer_id}).data] == [idle.id, done.id]
    complete = sessions.list({"customer": customer_id, "status": "complete"}).data
    assert [one.id for one in complete] == [done.id]
