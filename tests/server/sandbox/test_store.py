"""The store: what was answered is kept, and threads never see half a step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stripe

from server.sandbox import Fault
from tests.server.sandbox.till import DAY, DECLINED, GOOD, HOUR, Till


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.db"


def test_everything_survives_a_restart(path: Path) -> None:
    before = Till(path)
    session = before.open()
    before.type_in(session.id, DECLINED)
    secret = before.sandbox.webhook_secret
    before.sandbox.close()
    after = Till(path, seed=2)
    assert after.sandbox.webhook_secret == secret
    assert after.type_in(session.id, GOOD).state == "paid"
    tries = after.stripe.charges.list({"payment_intent": after.intent(session.id).id}).data
    assert [charge.status for charge in tries] == ["succeeded", "failed"]


def test_a_process_that_is_killed_loses_nothing_it_answered(path: Path) -> None:
    killed = Till(path)
    session = killed.open()
    survivor = Till(path, seed=2)  # the first one never closed
    assert survivor.session(session.id).status == "open"


def test_keys_survive_a_restart(path: Path) -> None:
    before = Till(path)
    form = before.form()
    session = before.stripe.checkout.sessions.create(form, {"idempotency_key": "k"})
    before.sandbox.close()
    after = Till(path, seed=2)
    assert after.stripe.checkout.sessions.create(form, {"idempotency_key": "k"}).id == session.id


def test_what_was_due_while_it_was_down_happens_at_the_next_start(path: Path) -> None:
    before = Till(path)
    session, intent = before.open(expires_at=before.time + HOUR), before.authorise()
    before.sandbox.close()
    after = Till(path, seed=2)
    after.time += 10 * DAY
    assert after.session(session.id).status == "expired"
    assert after.stripe.payment_intents.retrieve(intent.id).status == "canceled"


def test_undelivered_webhooks_survive_a_restart(path: Path) -> None:
    before = Till(path)
    before.authorise()
    before.sandbox.close()
    after = Till(path, seed=2)
    assert after.sandbox.pump() == 4


def test_many_hands_on_one_page_pay_once(path: Path) -> None:
    till = Till(path)
    session = till.open()
    with ThreadPoolExecutor(8) as hands:
        replies = list(hands.map(lambda _: till.type_in(session.id, GOOD), range(32)))
    assert {reply.state for reply in replies} == {"paid"}
    assert len(till.stripe.charges.list().data) == 1


def test_many_captures_of_one_hold_take_the_money_once(path: Path) -> None:
    till = Till(path)
    intent = till.authorise()

    def capture(_: int) -> str:
        try:
            return till.stripe.payment_intents.capture(intent.id).status
        except stripe.InvalidRequestError as refused:
            return str(refused.code)

    with ThreadPoolExecutor(8) as hands:
        outcomes = list(hands.map(capture, range(16)))
    assert sorted(set(outcomes)) == ["payment_intent_unexpected_state", "succeeded"]
    assert outcomes.count("succeeded") == 1
    assert len(till.events("payment_intent.succeeded")) == 1


def test_the_same_seed_and_clock_make_the_same_history() -> None:
    def history(seed: int) -> list[dict[str, object]]:
        till = Till(seed=seed)
        till.transport.faults.append(Fault.NONE)
        till.capture()
        return [event.to_dict()["data"] for event in till.events()]

    assert history(7) == history(7)
    assert history(7) != history(8)
