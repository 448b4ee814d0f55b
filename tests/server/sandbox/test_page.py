"""The hosted page: what each answer says, to people and to programs."""

from __future__ import annotations

import pytest

from server.sandbox import page
from server.sandbox.page import PageState
from tests.server.sandbox.till import (
    BASE,
    CHALLENGED,
    CHALLENGED_DECLINED,
    DECLINED,
    GOOD,
    POOR,
    Till,
)


def test_an_open_page_asks_for_a_card(till: Till) -> None:
    session = till.open()
    reply = page.view(till.sandbox, session.id)
    assert (reply.status, reply.state, reply.next) == (200, PageState.OPEN, session.url)
    assert "Seat 12" in reply.html
    assert "Paradiso, Amsterdam" in reply.html
    assert 'name="card_number"' in reply.html
    assert "45.00" in reply.html
    assert "no money moves" in reply.html


def test_a_good_card_pays(till: Till) -> None:
    reply = till.type_in(till.open().id, GOOD)
    assert (reply.status, reply.state) == (200, PageState.PAID)
    assert reply.message == "Paid: go back to your terminal."
    assert reply.next == "https://shop.test/paid"
    assert reply.message in reply.html
    assert 'href="https://shop.test/paid"' in reply.html
    assert "<form" not in reply.html


def test_the_shops_address_is_told_which_session_was_paid(till: Till) -> None:
    session = till.open(success_url="https://shop.test/?id={CHECKOUT_SESSION_ID}")
    assert till.type_in(session.id, GOOD).next == f"https://shop.test/?id={session.id}"


def test_a_declined_card_may_be_followed_by_a_good_one(till: Till) -> None:
    session = till.open()
    reply = till.type_in(session.id, POOR)
    assert (reply.status, reply.state) == (402, PageState.DECLINED)
    assert reply.message == "Your card has insufficient funds. Try another card."
    assert reply.next == session.url
    assert reply.message in reply.html
    assert 'name="card_number"' in reply.html
    assert till.type_in(session.id, GOOD).state == PageState.PAID


def test_a_decline_is_still_told_when_the_page_is_opened_again(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, DECLINED)
    again = page.view(till.sandbox, session.id)
    assert (again.status, again.state) == (200, PageState.OPEN)
    assert again.message == "Your card was declined. Try another card."


def test_a_challenge_is_passed(till: Till) -> None:
    session = till.open()
    asked = till.type_in(session.id, CHALLENGED)
    assert (asked.status, asked.state) == (200, PageState.CHALLENGE)
    assert asked.next == f"{BASE}/sandbox/pay/{session.id}/challenge"
    assert f'action="/sandbox/pay/{session.id}/challenge"' in asked.html
    assert till.intent(session.id).status == "requires_action"
    assert page.view(till.sandbox, session.id).state == PageState.CHALLENGE
    assert till.answer(session.id, "pass").state == PageState.PAID


def test_a_challenge_is_failed_and_another_card_pays(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, CHALLENGED)
    reply = till.answer(session.id, "fail")
    assert (reply.status, reply.state) == (402, PageState.DECLINED)
    failed = till.intent(session.id)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert failed.latest_charge is None
    assert till.type_in(session.id, GOOD).state == PageState.PAID


def test_a_challenge_may_be_passed_and_the_card_declined(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, CHALLENGED_DECLINED)
    assert till.answer(session.id, "pass").state == PageState.DECLINED


def test_another_card_may_be_tried_instead_of_answering(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, CHALLENGED)
    assert till.type_in(session.id, GOOD).state == PageState.PAID
    assert till.answer(session.id, "fail").state == PageState.PAID


@pytest.mark.parametrize("answer", ["", "maybe"])
def test_an_unclear_answer_is_asked_again(till: Till, answer: str) -> None:
    session = till.open()
    till.type_in(session.id, CHALLENGED)
    assert till.answer(session.id, answer).state == PageState.CHALLENGE


def test_an_answer_nobody_asked_for_changes_nothing(till: Till) -> None:
    session = till.open()
    assert till.answer(session.id, "pass").state == PageState.OPEN
    assert till.session(session.id).payment_intent is None


def test_an_expired_page_says_so(till: Till) -> None:
    session = till.open()
    till.stripe.checkout.sessions.expire(session.id)
    reply = page.view(till.sandbox, session.id)
    assert (reply.status, reply.state) == (410, PageState.EXPIRED)
    assert "no money was taken" in reply.html
    assert "<form" not in reply.html


def test_a_page_that_expires_while_somebody_types_takes_nothing(till: Till) -> None:
    session = till.open()
    till.time = session.expires_at
    assert till.type_in(session.id, GOOD).state == PageState.EXPIRED
    assert till.session(session.id).payment_intent is None


def test_paying_twice_charges_once(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, GOOD)
    assert till.type_in(session.id, GOOD).state == PageState.PAID
    assert len(till.stripe.charges.list().data) == 1


def test_a_page_whose_hold_was_released_does_not_say_paid(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, GOOD)
    till.stripe.payment_intents.cancel(till.intent(session.id).id)
    reply = page.view(till.sandbox, session.id)
    assert (reply.state, reply.next) == (PageState.EXPIRED, "https://shop.test/back")
    assert "no money was taken" in reply.message


def test_a_page_that_never_was_is_404(till: Till) -> None:
    for reply in (
        page.view(till.sandbox, "cs_test_nobody"),
        till.type_in("cs_test_nobody", GOOD),
        till.answer("cs_test_nobody", "pass"),
    ):
        assert (reply.status, reply.state, reply.next) == (404, PageState.INVALID, None)


def test_the_page_moves_with_the_server(till: Till) -> None:
    session = till.open()
    till.sandbox.base_url = "https://tickets.test/shop"
    reply = page.view(till.sandbox, session.id)
    assert reply.next == f"https://tickets.test/shop/sandbox/pay/{session.id}"
    assert f'action="/shop/sandbox/pay/{session.id}"' in reply.html


def test_an_intent_without_a_session_has_a_challenge_page(till: Till) -> None:
    intent = till.stripe.payment_intents.create(
        {
            "amount": 4500,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_threeDSecure2Required",
            "return_url": "https://shop.test/back",
        }
    )
    assert page.view(till.sandbox, intent.id).state == PageState.CHALLENGE
    assert till.type_in(intent.id, GOOD).state == PageState.CHALLENGE
    assert till.answer(intent.id, "pass").state == PageState.PAID
    assert till.stripe.payment_intents.retrieve(intent.id).status == "succeeded"
