"""Checkout Sessions that save a card: alone, or with a payment."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from server.sandbox import page
from server.sandbox.page import PageState
from tests.server.sandbox.till import (
    BASE,
    CHALLENGED,
    DAY,
    DECLINED,
    GOOD,
    HOUR,
    MINUTE,
    Till,
)
from tests.server.sandbox.wallet import (
    ASKS_ONCE,
    charge,
    customer,
    form,
    open_page,
    save,
    saved,
    setup_of,
)


def test_a_new_session_has_a_setup_and_no_amount(till: Till) -> None:
    known = customer(till)
    session = open_page(till, known)
    assert (session.mode, session.status, session.customer) == ("setup", "open", known)
    assert session.url == f"{BASE}/sandbox/pay/{session.id}"
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)
    assert (session.amount_total, session.amount_subtotal) == (None, None)
    setup = setup_of(till, session.id)
    assert (setup.status, setup.customer) == ("requires_payment_method", known)
    assert setup.metadata is not None
    assert setup.metadata.to_dict() == {"setup": "set_1"}


def test_a_completed_session_leads_to_the_saved_card(till: Till) -> None:
    known = customer(till)
    session = open_page(till, known)
    till.type_in(session.id, GOOD)
    complete = till.session(session.id)
    assert (complete.status, complete.payment_status, complete.url) == (
        "complete",
        "no_payment_required",
        None,
    )
    assert complete.client_reference_id == "set_1"
    assert complete.metadata is not None
    assert complete.metadata.to_dict() == {"setup": "set_1"}
    setup = setup_of(till, session.id)
    assert isinstance(setup.payment_method, stripe.PaymentMethod)
    assert (setup.status, setup.payment_method.customer) == ("succeeded", known)
    assert saved(till, known) == [setup.payment_method.id]
    assert till.stripe.charges.list().data == []


def test_a_session_makes_a_customer_only_where_none_is_named(till: Till) -> None:
    assert till.open().customer_creation == "if_required"
    assert open_page(till, customer(till)).customer_creation is None


def test_the_same_key_opens_the_same_page(till: Till) -> None:
    wanted: Any = form(till, customer(till))
    options: Any = {"idempotency_key": "setup-set_1"}
    sessions = till.stripe.checkout.sessions
    assert sessions.create(wanted, options).id == sessions.create(wanted, options).id
    assert len(till.stripe.setup_intents.list().data) == 1


def test_a_page_says_nothing_is_charged_and_no_amount(till: Till) -> None:
    session = open_page(till, customer(till))
    reply = page.view(till.sandbox, session.id)
    assert (reply.status, reply.state, reply.next) == (200, PageState.OPEN, session.url)
    for words in ("Save a card", "Nothing is charged", 'name="card_number"', "no money moves"):
        assert words in reply.html
    assert "EUR" not in reply.html
    assert ">Pay" not in reply.html


def test_a_good_card_is_saved(till: Till) -> None:
    reply = till.type_in(open_page(till, customer(till)).id, GOOD)
    assert (reply.status, reply.state) == (200, PageState.SAVED)
    assert reply.message == "Saved: go back to your terminal."
    assert reply.next == "https://shop.test/saved"
    assert 'href="https://shop.test/saved"' in reply.html
    assert "<form" not in reply.html


def test_saving_twice_saves_once(till: Till) -> None:
    known = customer(till)
    session = open_page(till, known)
    till.type_in(session.id, GOOD)
    assert till.type_in(session.id, "5555555555554444").state == PageState.SAVED
    assert len(saved(till, known)) == 1


def test_a_declined_card_may_be_followed_by_a_good_one(till: Till) -> None:
    session = open_page(till, customer(till))
    reply = till.type_in(session.id, DECLINED)
    assert (reply.status, reply.state, reply.next) == (402, PageState.DECLINED, session.url)
    assert reply.message == "Your card was declined. Try another card."
    again = page.view(till.sandbox, session.id)
    assert (again.state, again.message) == (PageState.OPEN, reply.message)
    assert reply.message in again.html
    assert till.session(session.id).status == "open"
    assert till.type_in(session.id, GOOD).state == PageState.SAVED


def test_a_challenge_is_passed(till: Till) -> None:
    session = open_page(till, customer(till))
    asked = till.type_in(session.id, CHALLENGED)
    assert (asked.status, asked.state) == (200, PageState.CHALLENGE)
    assert asked.next == f"{BASE}/sandbox/pay/{session.id}/challenge"
    assert "do not save the card" in asked.html
    assert setup_of(till, session.id).status == "requires_action"
    assert till.answer(session.id, "pass").state == PageState.SAVED


def test_a_challenge_is_failed_and_another_card_is_saved(till: Till) -> None:
    session = open_page(till, customer(till))
    till.type_in(session.id, CHALLENGED)
    assert till.answer(session.id, "fail").state == PageState.DECLINED
    failed = setup_of(till, session.id).last_setup_error
    assert failed is not None
    assert failed.code == "setup_intent_authentication_failure"
    assert till.type_in(session.id, GOOD).state == PageState.SAVED


@pytest.mark.parametrize("card", [None, DECLINED, CHALLENGED])
def test_an_expired_page_saves_nothing(till: Till, card: str | None) -> None:
    known = customer(till)
    session = open_page(till, known)
    if card is not None:
        till.type_in(session.id, card)
    assert till.stripe.checkout.sessions.expire(session.id).status == "expired"
    reply = till.type_in(session.id, GOOD)
    assert (reply.status, reply.state) == (410, PageState.EXPIRED)
    assert "no card was saved" in reply.message
    assert setup_of(till, session.id).status == "canceled"
    assert saved(till, known) == []


def test_the_clock_alone_expires_a_page(till: Till) -> None:
    session = open_page(till, customer(till), expires_at=till.time + HOUR)
    till.time += HOUR
    assert till.session(session.id).status == "expired"
    assert setup_of(till, session.id).status == "canceled"


def test_a_card_saved_before_the_page_expires_stays(till: Till) -> None:
    known = customer(till)
    method = save(till, known)
    till.time += DAY
    assert saved(till, known) == [method]


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
def test_the_setup_of_a_page_is_not_the_shops_to_move(till: Till, verb: str) -> None:
    setup = setup_of(till, open_page(till, customer(till)).id)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session") as raised:
        getattr(till.stripe.setup_intents, verb)(setup.id)
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
def test_a_bad_parameter_is_refused_by_name(
    till: Till, changes: dict[str, Any], param: str
) -> None:
    known = customer(till)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        open_page(till, known, **changes)
    assert (raised.value.http_status, raised.value.param) == (400, param)
    assert till.stripe.checkout.sessions.list().data == []


def test_a_page_needs_a_currency_or_the_kinds_of_card(till: Till) -> None:
    wanted: Any = form(till, customer(till))
    del wanted["allowed_payment_method_types"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.checkout.sessions.create(wanted)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", "currency")
    session = till.stripe.checkout.sessions.create(wanted | {"currency": "EUR"})
    assert session.currency == "eur"


@pytest.mark.parametrize("seconds", [30 * MINUTE - 1, DAY + 1])
def test_a_page_that_lives_shorter_or_longer_is_refused(till: Till, seconds: int) -> None:
    known = customer(till)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        open_page(till, known, expires_at=till.time + seconds)
    assert raised.value.param == "expires_at"


def test_saving_a_card_is_told_in_order(till: Till) -> None:
    known = customer(till)
    save(till, known)
    till.stripe.checkout.sessions.expire(open_page(till, known).id)
    till.sandbox.pump()
    assert till.box.kinds == [
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
def test_paying_may_save_the_card(till: Till, usage: str) -> None:
    known = customer(till)
    data = {**till.form()["payment_intent_data"], "setup_future_usage": usage}
    intent = till.authorise(GOOD, customer=known, payment_intent_data=data)
    assert (intent.customer, intent.setup_future_usage) == (known, usage)
    assert till.charge(intent).customer == known
    assert saved(till, known) == [intent.payment_method]
    assert charge(till, known, saved(till, known)[0]).status == "requires_capture"


def test_paying_as_a_customer_does_not_save_the_card_by_itself(till: Till) -> None:
    known = customer(till)
    intent = till.authorise(customer=known)
    assert (intent.customer, till.charge(intent).customer) == (known, known)
    assert saved(till, known) == []


def test_a_challenge_passed_while_paying_is_not_asked_again(till: Till) -> None:
    known = customer(till)
    data = {"capture_method": "manual", "setup_future_usage": "off_session"}
    session = till.open(customer=known, payment_intent_data=data)
    till.type_in(session.id, ASKS_ONCE)
    assert till.answer(session.id, "pass").state == PageState.PAID
    (method,) = saved(till, known)
    assert charge(till, known, method, off_session=True).status == "requires_capture"


def test_a_card_is_saved_only_for_somebody(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.open(payment_intent_data={"setup_future_usage": "off_session"})
    assert raised.value.param == "payment_intent_data[setup_future_usage]"


def test_the_sessions_of_a_customer_can_be_found(till: Till) -> None:
    known = customer(till)
    till.open()
    done, idle = open_page(till, known), open_page(till, known)
    till.type_in(done.id, GOOD)
    sessions = till.stripe.checkout.sessions
    assert [one.id for one in sessions.list({"customer": known}).data] == [idle.id, done.id]
    complete = sessions.list({"customer": known, "status": "complete"}).data
    assert [one.id for one in complete] == [done.id]
