"""Each mutation of the protocol is caught by a history, or something else covers it."""

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
from tests.simulation.checker import provider_state
from tests.simulation.history import LOSSES, HistoryFailed, injections, play
from tests.simulation.mutations import MUTATIONS
from tests.simulation.points import NOTHING
from tests.simulation.scripts import SCRIPTS
from tests.simulation.shop import Shop, Template
from tests.simulation.steps import STEPS, newest_order

#: Mutation -> the script that catches it, by itself or with a crash or a lost reply.
CAUGHT = {
    "a claim takes any order": "cancelled after the webhooks",
    "expiry ends a claimed order": "paid and noticed in time",
    "an order completes before its capture": "the hold is released after the claim",
    "the capture is enqueued in another transaction": "a plain sale",
    "a lost reply counts as a refusal": "a plain sale",
    "voiding leaves the hold": "cancelled while paying",
    "a job is finished before it runs": "a plain sale",
    "a page is created without a key": "a plain sale",
    "the key is the order": "the page is closed at the provider",
    "a page expires from when it is requested": "the gateway is down when the page is opened",
}


def first_failure(template: Template, script: str) -> HistoryFailed | None:
    """Play a script, then with every injection; return the first failure."""
    try:
        clean = play(template, script)
        for injection in injections(clean.points, faults=LOSSES):
            play(template, script, injection)
    except HistoryFailed as failure:
        return failure
    return None


@pytest.mark.parametrize("name", CAUGHT)
def test_a_mutation_of_the_protocol_is_caught(template: Template, name: str) -> None:
    with MUTATIONS[name]():
        failure = first_failure(template, SCRIPTS[CAUGHT[name]])
    assert failure is not None
    print(f"{name}:\n  {failure}")


def test_most_mutations_are_caught_and_the_others_have_their_own_test() -> None:
    assert set(MUTATIONS) == set(CAUGHT) | set(COVERED)
    assert not set(CAUGHT) & set(COVERED)
    assert len(CAUGHT) >= 10


@contextmanager
def opened(template: Template, script: str) -> Iterator[Shop]:
    """Open a shop and do some steps."""
    with TemporaryDirectory(prefix="mutations-") as folder, capture_logs():
        shop = Shop(template, Path(folder), NOTHING, STEPS)
        try:
            for word in script.split():
                shop.do(word)
            yield shop
        finally:
            shop.leave()


def keys(shop: Shop, event: str) -> list[str]:
    """Return the idempotency keys of the requests that caused an event at the provider."""
    return [
        e["request"]["idempotency_key"]
        for e in provider_state(shop.provider_file).events
        if e["type"] == event
    ]


def authorised_in_time_noticed_late(template: Template) -> None:
    with opened(template, "lock open-page before-deadline card deadline jobs") as shop:
        assert shop.rows("SELECT status FROM orders") == [("awaiting_payment",)]


def a_claim_closes_the_other_page_at_once(template: Template) -> None:
    with opened(template, "lock open-page second-page card-on-first-page webhooks jobs") as shop:
        assert [s["status"] for s in provider_state(shop.provider_file).sessions] == [
            "complete",
            "expired",
        ]


def late_money_is_released_by_whoever_notices_it_first(template: Template) -> None:
    with opened(template, "lock open-page before-deadline card deadline jobs") as shop:
        assert not [i for i in provider_state(shop.provider_file).intents if i["amount_capturable"]]


def an_unlock_spares_the_next_buyers_lock(template: Template) -> None:
    with opened(template, "lock cancel rival") as shop:
        old, new = newest_order(shop, 0), newest_order(shop, 1)
        shop.bus.write_now(
            lambda tx: tickets.unlock(tx, ticket_id=template.ticket_id, order_id=old)
        )
        assert shop.rows("SELECT status, order_id FROM tickets") == [("locked", new)]


def a_message_is_handled_only_with_its_effect(template: Template) -> None:
    with opened(template, "lock open-page card webhooks") as shop:
        handled = (
            "SELECT id FROM inbox WHERE type = 'checkout.session.completed' AND handled_at > 0"
        )
        assert not shop.rows(handled)


def a_capture_has_a_key_of_its_payment(template: Template) -> None:
    with opened(template, "lock open-page card webhooks jobs") as shop:
        ((payment,),) = shop.rows("SELECT id FROM payments")
        assert keys(shop, "payment_intent.succeeded") == [f"capture-{payment}"]


def a_refund_has_a_key_of_its_own(template: Template) -> None:
    with opened(template, "lock open-page card webhooks jobs") as shop:
        order = newest_order(shop, 0)
        refund = shop.bus.write_now(
            lambda tx: refunds.begin(tx, order_id=order, amount=None, reason=RefundReason.OPERATOR)
        )
        shop.do("jobs")
        assert keys(shop, "refund.created") == [f"refund-{refund.id}"]


def the_owner_is_spared(template: Template) -> None:
    """Run an old void job while its payment is being captured."""
    with opened(template, "lock open-page card webhooks to-the-claim") as shop:
        ((payment,),) = shop.rows("SELECT id FROM payments")
        shop.payments.payment_jobs.void(shop.bus, payment)
        assert [i["status"] for i in provider_state(shop.provider_file).intents] == [
            "requires_capture"
        ]


#: Mutation -> what else does the same work, and the test that still notices it.
COVERED: dict[str, tuple[str, Callable[[Template], None]]] = {
    "a claim ignores the deadline": (
        "Policy, not safety: the sale succeeds if it is noticed before the order expires.",
        authorised_in_time_noticed_late),
    "a claim leaves the other page open": (
        "The other page is polled as well. What is paid there is surplus, and is released.",
        a_claim_closes_the_other_page_at_once),
    "late money is ignored": (
        "The order expires, and its void job closes the page and checks for a hold itself.",
        late_money_is_released_by_whoever_notices_it_first),
    "an unlock frees any lock": (
        "An order ends only once, by a guarded statement, so no unlock comes late.",
        an_unlock_spares_the_next_buyers_lock),
    "a message is handled before its effect": (
        "The job it enqueues is committed with it, and an open payment is polled anyway.",
        a_message_is_handled_only_with_its_effect),
    "a capture has no key": (
        "An intent is captured only once; after the second refusal the job retrieves its state.",
        a_capture_has_a_key_of_its_payment),
    "a refund has no key": (
        "No history needs a refund, and a full refund cannot be made twice.",
        a_refund_has_a_key_of_its_own),
    "voiding does not spare the owner": (
        "They meet only if another payment claimed in between. Then the order reopens.",
        the_owner_is_spared),
}  # fmt: skip


@pytest.mark.parametrize("name", COVERED)
def test_a_mutation_that_histories_miss_fails_its_own_test(template: Template, name: str) -> None:
    _, directed = COVERED[name]
    directed(template)
    with MUTATIONS[name](), pytest.raises(AssertionError):
        directed(template)


@pytest.mark.slow
@pytest.mark.parametrize("name", COVERED)
def test_histories_do_not_notice_a_mutation_that_something_else_covers(
    template: Template, name: str
) -> None:
    with MUTATIONS[name]():
        for story in sorted(set(CAUGHT.values())):
            assert first_failure(template, SCRIPTS[story]) is None
