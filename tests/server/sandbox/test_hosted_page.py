"""The hosted page: its replies to people and to programs."""

from __future__ import annotations

import pytest

from server.sandbox import hosted_page
from server.sandbox.page_model import SandboxPageState
from tests.server.sandbox.merchant import (
    BASE,
    CHALLENGED,
    CHALLENGED_DECLINED,
    DECLINED,
    GOOD,
    INSUFFICIENT_FUNDS,
    Merchant,
)


def test_an_open_page_has_a_card_form(merchant: Merchant) -> None:
    session = merchant.open()
    reply = hosted_page.view(merchant.sandbox, session.id)
    assert (reply.status, reply.state, reply.next) == (200, SandboxPageState.OPEN, session.url)
    assert "Seat 12" in reply.html
    assert "Paradiso, Amsterdam" in reply.html
    assert 'name="card_number"' in reply.html
    assert "45.00" in reply.html
    assert "no money moves" in reply.html


def test_a_good_card_pays(merchant: Merchant) -> None:
    reply = merchant.submit_card(merchant.open().id, GOOD)
    assert (reply.status, reply.state) == (200, SandboxPageState.PAID)
    assert reply.message == "Paid. Go back to your terminal."
    assert reply.next == "https://shop.test/paid"
    assert reply.message in reply.html
    assert 'href="https://shop.test/paid"' in reply.html
    assert "<form" not in reply.html


def test_the_success_url_gets_the_session_id(merchant: Merchant) -> None:
    session = merchant.open(success_url="https://shop.test/?id={CHECKOUT_SESSION_ID}")
    assert merchant.submit_card(session.id, GOOD).next == f"https://shop.test/?id={session.id}"


def test_another_card_can_be_tried_after_a_decline(merchant: Merchant) -> None:
    session = merchant.open()
    reply = merchant.submit_card(session.id, INSUFFICIENT_FUNDS)
    assert (reply.status, reply.state) == (402, SandboxPageState.DECLINED)
    assert reply.message == "Your card has insufficient funds. Try another card."
    assert reply.next == session.url
    assert reply.message in reply.html
    assert 'name="card_number"' in reply.html
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.PAID


def test_a_reopened_page_still_shows_the_decline(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, DECLINED)
    again = hosted_page.view(merchant.sandbox, session.id)
    assert (again.status, again.state) == (200, SandboxPageState.OPEN)
    assert again.message == "Your card was declined. Try another card."


def test_passing_the_challenge_completes_the_page(merchant: Merchant) -> None:
    session = merchant.open()
    asked = merchant.submit_card(session.id, CHALLENGED)
    assert (asked.status, asked.state) == (200, SandboxPageState.CHALLENGE)
    assert asked.next == f"{BASE}/sandbox/pay/{session.id}/challenge"
    assert f'action="/sandbox/pay/{session.id}/challenge"' in asked.html
    assert merchant.intent(session.id).status == "requires_action"
    assert hosted_page.view(merchant.sandbox, session.id).state == SandboxPageState.CHALLENGE
    assert merchant.answer(session.id, "pass").state == SandboxPageState.PAID


def test_another_card_can_pay_after_a_failed_challenge(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, CHALLENGED)
    reply = merchant.answer(session.id, "fail")
    assert (reply.status, reply.state) == (402, SandboxPageState.DECLINED)
    failed = merchant.intent(session.id)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert failed.latest_charge is None
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.PAID


def test_a_card_can_be_declined_after_a_passed_challenge(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, CHALLENGED_DECLINED)
    assert merchant.answer(session.id, "pass").state == SandboxPageState.DECLINED


def test_another_card_can_be_tried_during_a_challenge(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, CHALLENGED)
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.PAID
    assert merchant.answer(session.id, "fail").state == SandboxPageState.PAID


@pytest.mark.parametrize("answer", ["", "maybe"])
def test_an_unclear_answer_repeats_the_challenge(merchant: Merchant, answer: str) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, CHALLENGED)
    assert merchant.answer(session.id, answer).state == SandboxPageState.CHALLENGE


def test_an_answer_without_a_challenge_changes_nothing(merchant: Merchant) -> None:
    session = merchant.open()
    assert merchant.answer(session.id, "pass").state == SandboxPageState.OPEN
    assert merchant.session(session.id).payment_intent is None


def test_an_expired_page_says_so(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.stripe.checkout.sessions.expire(session.id)
    reply = hosted_page.view(merchant.sandbox, session.id)
    assert (reply.status, reply.state) == (410, SandboxPageState.EXPIRED)
    assert "no money was taken" in reply.html
    assert "<form" not in reply.html


def test_a_form_sent_after_the_page_expired_charges_nothing(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.time = session.expires_at
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.EXPIRED
    assert merchant.session(session.id).payment_intent is None


def test_paying_twice_charges_once(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, GOOD)
    assert merchant.submit_card(session.id, GOOD).state == SandboxPageState.PAID
    assert len(merchant.stripe.charges.list().data) == 1


def test_a_page_with_a_canceled_authorization_is_not_paid(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, GOOD)
    merchant.stripe.payment_intents.cancel(merchant.intent(session.id).id)
    reply = hosted_page.view(merchant.sandbox, session.id)
    assert (reply.state, reply.next) == (SandboxPageState.EXPIRED, "https://shop.test/back")
    assert "no money was taken" in reply.message


def test_an_unknown_page_is_404(merchant: Merchant) -> None:
    for reply in (
        hosted_page.view(merchant.sandbox, "cs_test_nobody"),
        merchant.submit_card("cs_test_nobody", GOOD),
        merchant.answer("cs_test_nobody", "pass"),
    ):
        assert (reply.status, reply.state, reply.next) == (404, SandboxPageState.INVALID, None)


def test_the_pages_address_follows_the_base_url(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.sandbox.base_url = "https://tickets.test/shop"
    reply = hosted_page.view(merchant.sandbox, session.id)
    assert reply.next == f"https://tickets.test/shop/sandbox/pay/{session.id}"
    assert f'action="/shop/sandbox/pay/{session.id}"' in reply.html


def test_an_intent_without_a_session_has_a_challenge_page(merchant: Merchant) -> None:
    intent = merchant.stripe.payment_intents.create(
        {
            "amount": 4500,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_threeDSecure2Required",
            "return_url": "https://shop.test/back",
        }
    )
    assert hosted_page.view(merchant.sandbox, intent.id).state == SandboxPageState.CHALLENGE
    assert merchant.submit_card(intent.id, GOOD).state == SandboxPageState.CHALLENGE
    assert merchant.answer(intent.id, "pass").state == SandboxPageState.PAID
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "succeeded"
