"""The claim protocol in every order of moves: no money is lost, and no sale is undone."""

from __future__ import annotations

import pytest

from tests.simulation.claim_model import ORDER, PAYMENT, Attempt, Rules, State
from tests.simulation.claim_search import Search

#: Failures besides the order of moves. Each test run tries one at a time, `make proof` all.
CRASH = State(lost_replies=0, dead_holds=0)
LOST_REPLY = State(crashes=0, dead_holds=0)
DEAD_HOLD = State(crashes=0, lost_replies=0)
QUIET = State(crashes=0, lost_replies=0, dead_holds=0)
ONE_BY_ONE = {"crash": CRASH, "lost reply": LOST_REPLY, "dead hold": DEAD_HOLD}

#: Broken rule -> the rules, the start, and the flaw to be found.
BROKEN: dict[str, tuple[Rules, State, str]] = {
    "expiry ends an order that is being paid": (
        Rules(expiry_spares_claimed=False), QUIET, "a refund is needed"),
    "a claim takes any order": (
        Rules(claim_checks_status=False), QUIET, "two captures for one order"),
    "a sold ticket is sold again": (
        Rules(claim_checks_status=False), QUIET, "a sold ticket is taken back"),
    "an order completes before its money is taken": (
        Rules(completes_after_capture=False), QUIET, "complete without money"),
    "a job is forgotten before its call has returned": (
        Rules(job_outlives_its_call=False), CRASH, "an order never ends"),
    "the same, while it releases a hold": (
        Rules(job_outlives_its_call=False), CRASH, "money is held for ever"),
    "voiding leaves the hold": (
        Rules(void_releases_holds=False), DEAD_HOLD, "money is held for ever"),
    "late money is ignored": (
        Rules(late_money_is_noticed=False, void_releases_holds=False), QUIET,
        "it never comes to rest"),
    "a claim leaves the other page, and no message comes": (
        Rules(claim_voids_siblings=False, poll=False), QUIET, "money is held for ever"),
}  # fmt: skip
#: Rules that can be left out without a loss: they are policy, or something else does the same.
REDUNDANT = {
    # Money authorised in time but noticed late would buy the ticket instead of being released.
    "a claim does not check the deadline": Rules(claim_checks_deadline=False),
    # An order ends with void jobs for all undecided payments, and those ask the provider.
    "a refresh does not notice late money, but the void job does": Rules(
        late_money_is_noticed=False
    ),
    # The poll of the other page finds its hold and releases it.
    "a claim leaves the other page to the poll": Rules(claim_voids_siblings=False),
    # Webhooks and the deadline do; that loses sales, not money.
    "nobody polls": Rules(poll=False),
}


@pytest.mark.parametrize("start", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_nothing_is_lost_in_any_order_of_steps_with_one_failure(start: State) -> None:
    found = Search(Rules(), start).run()
    print(f"{found.states} states, {found.rests} at rest")
    assert found.flaws == {}
    assert found.rests > 20


@pytest.mark.slow
@pytest.mark.parametrize("poll", [True, False], ids=["polled", "webhooks only"])
def test_nothing_is_lost_when_every_failure_happens(poll: bool) -> None:
    found = Search(Rules(poll=poll)).run()
    print(f"{found.states} states, {found.rests} at rest")
    assert found.flaws == {}
    # 89 of the polled kind: of two states that differ only in the order of payments, one counts.
    assert found.rests > 50


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_of_the_protocol_is_found(broken: str) -> None:
    rules, start, flaw = BROKEN[broken]
    found = Search(rules, start).run(until=flaw)
    assert flaw in found.flaws, found.flaws
    print(f"{broken}:\n  " + "\n  ".join(found.flaws[flaw]))


@pytest.mark.parametrize("left_out", REDUNDANT)
def test_a_redundant_rule_can_be_left_out(left_out: str) -> None:
    assert Search(REDUNDANT[left_out], QUIET).run().flaws == {}


@pytest.mark.slow
@pytest.mark.parametrize("left_out", REDUNDANT)
@pytest.mark.parametrize("start", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_a_redundant_rule_can_be_left_out_with_any_failure(left_out: str, start: State) -> None:
    rules = REDUNDANT[left_out]
    assert Search(rules, start).run().flaws == {}


def test_the_model_makes_the_transitions_of_the_server_and_needs_no_refund() -> None:
    one_attempt = DEAD_HOLD._replace(attempts=(Attempt(), Attempt(row="void")))
    reached = Search(Rules(), one_attempt).run().moves - {("", "new")}
    orders = {(state, to) for state, verbs in ORDER.items() for to in verbs.values()}
    payments = {(state, to) for state, verbs in PAYMENT.items() for to in verbs.values()}
    assert reached <= orders | payments
    assert orders <= reached, "a move of an order that the model does not make"
    assert not [to for _, to in reached if "refund" in to]
