"""The claim protocol as a pure state machine: every move anybody can make, one at a time.

One ticket, one order, two attempts to pay it. Each job is cut where something else may come
between: between what it asks the bank and what it decides. Where a payment or an order may go is
not written here but read from the house's own `states.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from contract.payments import UNDECIDED_STATUSES
from server.orders import states as order_states
from server.payments import states as payment_states

#: What the house itself allows: where each verb leads from each state.
ORDER = {s.value: {v: t.value for v, t in to.items()} for s, to in order_states.MOVES.items()}
PAYMENT = {s.value: {v: t.value for v, t in to.items()} for s, to in payment_states.MOVES.items()}
UNDECIDED = frozenset(state.value for state in UNDECIDED_STATUSES)

#: A job that is not running: there is none, or it is due. Any other word is what it has in hand.
IDLE, DUE = "", "due"
JOBS = ("opening", "refresh", "capture", "void")
IN_TIME, TOO_LATE, NO_NEW_PAGE = range(3)


@dataclass(frozen=True)
class Rules:
    """The protocol, and ways to break it. Without `poll` only letters tell of a payment."""

    poll: bool = True
    claim_checks_status: bool = True
    claim_checks_deadline: bool = True
    expiry_spares_claimed: bool = True
    late_money_is_noticed: bool = True
    void_releases_holds: bool = True
    claim_voids_siblings: bool = True
    job_outlives_its_call: bool = True
    completes_after_capture: bool = True


class Try(NamedTuple):
    """One attempt: our row, the bank's page and money, and our jobs."""

    row: str = ""
    page: str = ""
    money: str = "nowhere"
    opening: str = IDLE
    refresh: str = IDLE
    capture: str = IDLE
    void: str = IDLE

    @property
    def truth(self) -> str:
        """What the bank says when asked."""
        return self.money if self.money != "nowhere" else self.page

    @property
    def is_over(self) -> bool:
        """Tell whether nothing the bank can say changes our row any more."""
        gone = self.truth in {"", "closed", "released"}
        return self.row == "paid" or (self.row == "void" and gone)


class State(NamedTuple):
    """Everything, at one moment. The last three count what may still go wrong."""

    tries: tuple[Try, Try] = (Try(), Try())
    order: str = "awaiting_payment"
    owner: int = -1
    time: int = IN_TIME
    crashes: int = 1
    losses: int = 1
    deaths: int = 1

    @property
    def ticket(self) -> str:
        """Where the ticket is: it changes in the very transactions that end the order."""
        return {"complete": "sold", "cancelled": "available"}.get(self.order, "locked")


class Step(NamedTuple):
    """A move somebody can make. A fair one is made sooner or later; another may never be."""

    name: str
    to: State
    fair: bool


Steps = Iterator[Step]


def change(state: State, i: int, **now: str | int) -> State:
    """Return the state with one attempt changed."""
    changed = state.tries[i]._replace(**now)  # type: ignore[arg-type]
    tries = (changed, state.tries[1]) if i == 0 else (state.tries[0], changed)
    return state._replace(tries=tries)


def move(state: State, i: int, verb: str) -> State:
    """Move a payment, if the house lets it."""
    row = state.tries[i].row
    to = PAYMENT[row].get(verb)
    return state if to is None else change(state, i, row=to)


def ask(state: State, i: int, job: str) -> State:
    """Enqueue a job; one that is running is to run again."""
    now: str = getattr(state.tries[i], job)
    if now == DUE or now.endswith("+"):
        return state
    return change(state, i, **{job: DUE if now == IDLE else f"{now}+"})


def finish(state: State, i: int, job: str) -> State:
    """End a job; asked for meanwhile, it is due again."""
    again = getattr(state.tries[i], job).endswith("+")
    return change(state, i, **{job: DUE if again else IDLE})


def have(state: State, i: int, job: str, hand: str) -> State:
    """Let a running job hold something, and remember whether it was asked for again."""
    again = "+" if getattr(state.tries[i], job).endswith("+") else ""
    return change(state, i, **{job: hand + again})


def retry(state: State, i: int, job: str, rules: Rules) -> State:
    """Have a job that was cut off run again, if its row is still there."""
    return change(state, i, **{job: DUE if rules.job_outlives_its_call else IDLE})


def call(state: State, i: int, job: str, *, hand: str, rules: Rules) -> Iterator[tuple[str, State]]:
    """Have the bank's answer in hand, or lose it.

    That a request is lost needs no move: nothing has happened, and the job is as due as before.
    """
    yield "", have(state, i, job, hand)
    if state.losses:
        lost = retry(state, i, job, rules)
        yield ", reply lost", lost._replace(losses=state.losses - 1)


def learn(state: State, i: int, truth: str, rules: Rules) -> State:
    """Decide what follows from what the bank says: `service.apply`."""
    if truth == "held":
        return _apply_held(state, i, rules)
    if truth == "ours":
        return _learn_ours(state, i)
    return state if truth == "open" else _learn_released(state, i)


def _apply_held(state: State, i: int, rules: Rules) -> State:
    row = state.tries[i].row
    if row not in {"new", "open", "void"}:
        return state
    free = state.order == "awaiting_payment" or not rules.claim_checks_status
    if row != "void" and free and (state.time == IN_TIME or not rules.claim_checks_deadline):
        confirming = ORDER["awaiting_payment"]["confirm"]
        state = move(state._replace(order=confirming, owner=i), i, "authorise")
        if not rules.completes_after_capture:
            state = state._replace(order=ORDER[confirming]["complete"])
        state = ask(state, i, "capture")
        return void_undecided(state, other_than=i) if rules.claim_voids_siblings else state
    if not rules.late_money_is_noticed:
        return state
    return ask(move(state, i, "exceed"), i, "void")


def _learn_ours(state: State, i: int) -> State:
    if state.tries[i].row == "paid":
        return state
    if state.owner == i and "complete" in ORDER[state.order]:
        return move(state._replace(order=ORDER[state.order]["complete"]), i, "keep")
    return move(state, i, "owe")


def _learn_released(state: State, i: int) -> State:
    mine = state.owner == i and "give_up" in ORDER[state.order]
    if mine and state.time == IN_TIME:
        state = state._replace(order=ORDER[state.order]["reopen"], owner=-1)
    state = move(state, i, "void")
    if mine and state.owner == i:
        state = void_undecided(state._replace(order=ORDER[state.order]["give_up"]))
    return state


def void_undecided(state: State, other_than: int = -1) -> State:
    """Have every payment closed that money may still come of."""
    for i, attempt in enumerate(state.tries):
        if i != other_than and attempt.row in UNDECIDED:
            state = ask(state, i, "void")
    return state


def tidied(state: State) -> State:
    """Drop due work that can never find anything to do again: fewer states, the same stories."""
    for i, attempt in enumerate(state.tries):
        if attempt.opening == DUE and attempt.row != "new":
            state = change(state, i, opening=IDLE)
        if attempt.capture == DUE and attempt.row != "authorised":
            state = change(state, i, capture=IDLE)
        if attempt.void == DUE and attempt.row not in UNDECIDED:
            state = change(state, i, void=IDLE)
        if attempt.refresh == DUE and attempt.is_over:
            state = change(state, i, refresh=IDLE)
    return state


def cancelled(state: State) -> State:
    """End the order; the ticket is free at once, pages and holds follow."""
    return void_undecided(state._replace(order="cancelled"))
