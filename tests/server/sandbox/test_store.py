"""The store: every response is durable, and transactions are atomic across threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe

from server.sandbox import Fault
from tests.server.sandbox.merchant import DAY, DECLINED, GOOD, HOUR, Merchant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.db"


def test_everything_survives_a_restart(path: Path) -> None:
    before = Merchant(path)
    session = before.open()
    before.submit_card(session.id, DECLINED)
    secret = before.sandbox.webhook_secret
    before.sandbox.close()
    after = Merchant(path, seed=2)
    assert after.sandbox.webhook_secret == secret
    assert after.submit_card(session.id, GOOD).state == "paid"
    tries = after.stripe.charges.list({"payment_intent": after.intent(session.id).id}).data
    assert [charge.status for charge in tries] == ["succeeded", "failed"]


def test_a_killed_process_loses_nothing_that_it_answered(path: Path) -> None:
    killed = Merchant(path)
    session = killed.open()
    survivor = Merchant(path, seed=2)  # the first one never closed
    assert survivor.session(session.id).status == "open"


def test_idempotency_keys_survive_a_restart(path: Path) -> None:
    before = Merchant(path)
    form = before.form()
    session = before.stripe.checkout.sessions.create(form, {"idempotency_key": "k"})
    before.sandbox.close()
    after = Merchant(path, seed=2)
    assert after.stripe.checkout.sessions.create(form, {"idempotency_key": "k"}).id == session.id


def test_timers_that_were_due_while_it_was_down_run_at_the_next_start(path: Path) -> None:
    before = Merchant(path)
    session, intent = before.open(expires_at=before.time + HOUR), before.authorize()
    before.sandbox.close()
    after = Merchant(path, seed=2)
    after.time += 10 * DAY
    assert after.session(session.id).status == "expired"
    assert after.stripe.payment_intents.retrieve(intent.id).status == "canceled"


def test_undelivered_webhooks_survive_a_restart(path: Path) -> None:
    before = Merchant(path)
    before.authorize()
    before.sandbox.close()
    after = Merchant(path, seed=2)
    assert after.sandbox.pump() == 4


def test_concurrent_payments_on_one_page_charge_once(path: Path) -> None:
    merchant = Merchant(path)
    session = merchant.open()
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: merchant.submit_card(session.id, GOOD), range(32)))
    assert {reply.state for reply in replies} == {"paid"}
    assert len(merchant.stripe.charges.list().data) == 1


def test_concurrent_captures_of_one_authorization_capture_once(path: Path) -> None:
    merchant = Merchant(path)
    intent = merchant.authorize()

    def capture(_: int) -> str:
        try:
            return merchant.stripe.payment_intents.capture(intent.id).status
        except stripe.InvalidRequestError as refused:
            return str(refused.code)

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(capture, range(16)))
    assert sorted(set(outcomes)) == ["payment_intent_unexpected_state", "succeeded"]
    assert outcomes.count("succeeded") == 1
    assert len(merchant.events("payment_intent.succeeded")) == 1


def test_the_same_seed_and_clock_give_the_same_history() -> None:
    def history(seed: int) -> list[dict[str, object]]:
        merchant = Merchant(seed=seed)
        merchant.transport.faults.append(Fault.NONE)
        merchant.capture()
        return [event.to_dict()["data"] for event in merchant.events()]

    assert history(7) == history(7)
    assert history(7) != history(8)
