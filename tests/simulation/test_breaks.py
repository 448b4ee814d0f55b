"""Would the histories notice? Each break of the protocol is caught, or something covers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from structlog.testing import capture_logs

from contract.refunds import RefundReason
from server.payments import refunds
from server.tickets import service as tickets
from tests.simulation.breaks import BREAKS
from tests.simulation.checker import bank
from tests.simulation.history import LOSSES, Wrong, mishaps, play
from tests.simulation.points import NOTHING
from tests.simulation.scripts import SCRIPTS
from tests.simulation.shop import Shop, Stage
from tests.simulation.steps import STEPS, newest_order

#: A break -> the story in which it shows, by itself or with a crash or a lost reply in it.
CAUGHT = {
    "a claim takes any order": "cancelled with the letters under way",
    "expiry ends a claimed order": "paid just in time, heard of in time",
    "an order completes before its capture": "the hold dies after the claim",
    "the capture is asked for in another transaction": "a plain sale",
    "a lost reply means no": "a plain sale",
    "closing a page leaves the hold": "cancelled while paying",
    "a job is done before it is begun": "a plain sale",
    "a page is created without a key": "a plain sale",
    "the key is the order": "the page is closed at the bank",
    "a page expires from when it is asked for": "the gateway is away when the page is to be opened",
}


def first_wrong(stage: Stage, script: str) -> Wrong | None:
    """Play a script, then with every mishap; return the first bad end."""
    try:
        clean = play(stage, script)
        for mishap in mishaps(clean.points, faults=LOSSES):
            play(stage, script, mishap)
    except Wrong as wrong:
        return wrong
    return None


@pytest.mark.parametrize("name", CAUGHT)
def test_a_mutation_of_the_protocol_is_caught(stage: Stage, name: str) -> None:
    with BREAKS[name]():
        wrong = first_wrong(stage, SCRIPTS[CAUGHT[name]])
    assert wrong is not None
    print(f"{name}:\n  {wrong}")


def test_most_mutations_are_caught_and_the_others_have_their_own_test() -> None:
    assert set(BREAKS) == set(CAUGHT) | set(COVERED)
    assert not set(CAUGHT) & set(COVERED)
    assert len(CAUGHT) >= 10


@contextmanager
def opened(stage: Stage, script: str) -> Iterator[Shop]:
    """Open a shop and do some steps."""
    with TemporaryDirectory(prefix="breaks-") as folder, capture_logs():
        shop = Shop(stage, Path(folder), NOTHING, STEPS)
        try:
            for word in script.split():
                shop.do(word)
            yield shop
        finally:
            shop.leave()


def keys(shop: Shop, event: str) -> list[str]:
    """Return the idempotency keys under which something came about at the bank."""
    return [
        e["request"]["idempotency_key"] for e in bank(shop.bank_file).events if e["type"] == event
    ]


def authorised_in_time_heard_of_late(stage: Stage) -> None:
    with opened(stage, "lock open-page almost card deadline jobs") as shop:
        assert shop.rows("SELECT status FROM orders") == [("awaiting_payment",)]


def a_claim_closes_the_other_page_at_once(stage: Stage) -> None:
    with opened(stage, "lock open-page second-page card-on-first-page letters jobs") as shop:
        assert [s["status"] for s in bank(shop.bank_file).sessions] == ["complete", "expired"]


def late_money_is_let_go_by_whoever_hears_of_it_first(stage: Stage) -> None:
    with opened(stage, "lock open-page almost card deadline jobs") as shop:
        assert not [i for i in bank(shop.bank_file).intents if i["amount_capturable"]]


def an_unlock_spares_the_next_buyers_lock(stage: Stage) -> None:
    with opened(stage, "lock cancel rival") as shop:
        old, new = newest_order(shop, 0), newest_order(shop, 1)
        shop.bus.write_now(lambda tx: tickets.unlock(tx, ticket_id=stage.ticket_id, order_id=old))
        assert shop.rows("SELECT status, order_id FROM tickets") == [("locked", new)]


def a_message_is_handled_only_with_its_effect(stage: Stage) -> None:
    with opened(stage, "lock open-page card letters") as shop:
        heard = "SELECT id FROM inbox WHERE type = 'checkout.session.completed' AND handled_at > 0"
        assert not shop.rows(heard)


def a_capture_has_a_key_of_its_payment(stage: Stage) -> None:
    with opened(stage, "lock open-page card letters jobs") as shop:
        ((payment,),) = shop.rows("SELECT id FROM payments")
        assert keys(shop, "payment_intent.succeeded") == [f"capture-{payment}"]


def a_refund_has_a_key_of_its_own(stage: Stage) -> None:
    with opened(stage, "lock open-page card letters jobs") as shop:
        order = newest_order(shop, 0)
        refund = shop.bus.write_now(
            lambda tx: refunds.begin(tx, order_id=order, amount=None, reason=RefundReason.OPERATOR)
        )
        shop.do("jobs")
        assert keys(shop, "refund.created") == [f"refund-{refund.id}"]


def the_owner_is_spared(stage: Stage) -> None:
    """Let a void job of long ago come while its payment is being captured."""
    with opened(stage, "lock open-page card letters to-the-claim") as shop:
        ((payment,),) = shop.rows("SELECT id FROM payments")
        shop.payments.work.void(shop.bus, payment)
        assert [i["status"] for i in bank(shop.bank_file).intents] == ["requires_capture"]


#: A break -> what else does its work, and the test that sees it all the same.
COVERED: dict[str, tuple[str, Callable[[Stage], None]]] = {
    "a claim ignores the deadline": (
        "Policy, not safety: the sale goes through after all, if it is heard of before the alarm.",
        authorised_in_time_heard_of_late),
    "a claim leaves the other page open": (
        "The other page is polled as well. What is paid there is surplus, and let go.",
        a_claim_closes_the_other_page_at_once),
    "late money is ignored": (
        "The order ends by the alarm, whose void job closes the page and looks for a hold itself.",
        late_money_is_let_go_by_whoever_hears_of_it_first),
    "an unlock frees whoever holds the ticket": (
        "An order ends only once, by a guarded step, so no unlock ever comes late.",
        an_unlock_spares_the_next_buyers_lock),
    "a message is handled before its effect": (
        "The job it wakes is committed with it, and an open payment is polled anyhow.",
        a_message_is_handled_only_with_its_effect),
    "a capture has no key": (
        "The bank captures an intent only once; refused the second time, the house looks.",
        a_capture_has_a_key_of_its_payment),
    "a refund has no key": (
        "No history needs a refund; and a whole one cannot be sent twice.",
        a_refund_has_a_key_of_its_own),
    "voiding does not spare the owner": (
        "They meet only if a sibling claimed in between; the order is open again, nothing is lost.",
        the_owner_is_spared),
}  # fmt: skip


@pytest.mark.parametrize("name", COVERED)
def test_a_mutation_that_histories_miss_fails_its_own_test(stage: Stage, name: str) -> None:
    _, directed = COVERED[name]
    directed(stage)
    with BREAKS[name](), pytest.raises(AssertionError):
        directed(stage)


@pytest.mark.slow
@pytest.mark.parametrize("name", COVERED)
def test_histories_do_not_notice_a_mutation_that_something_else_covers(
    stage: Stage, name: str
) -> None:
    with BREAKS[name]():
        for story in sorted(set(CAUGHT.values())):
            assert first_wrong(stage, SCRIPTS[story]) is None
