"""The claim protocol as a pure state machine, with every move anybody can make.

There are one ticket, one order and two attempts to pay it. Each job is split where something else
can happen in between: after a call to the provider, and before the decision. The transitions of a
payment and an order are not written here but read from the server's own `states.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from contract.payments import UNDECIDED_STATUSES
from server.orders import states as order_states
from server.payments import states as payment_states

#: The transitions that the server allows: state -> verb -> next state.
ORDER = {s.value: {v: t.value for v, t in to.items()} for s, to in order_states.MOVES.items()}
PAYMENT = {s.value: {v: t.value for v, t in to.items()} for s, to in payment_states.MOVES.items()}
VERBS = {verb for verbs in PAYMENT.values() for verb in verbs}
UNDECIDED = frozenset(state.value for state in UNDECIDED_STATUSES)

#: A job that is not running: there is none, or it is due. Any other text is the result it holds.
IDLE, DUE = "", "due"
JOBS = ("open_page", "refresh", "capture", "void")
IN_TIME, TOO_LATE, NO_NEW_PAGE = range(3)


@dataclass(frozen=True)
class Rules:
    """The rules of the protocol, which can be broken. Without `poll` only webhooks report."""

    poll: bool = True
    claim_checks_status: bool = True
    claim_checks_deadline: bool = True
    expiry_spares_claimed: bool = True
    late_money_is_noticed: bool = True
    void_releases_holds: bool = True
    claim_voids_siblings: bool = True
    job_outlives_its_call: bool = True
    completes_after_capture: bool = True


class Attempt(NamedTuple):
    """One attempt: our row, the provider's page and money, and our jobs."""

    row: str = ""
    page: str = ""
    money: str = "nowhere"
    open_page: str = IDLE
    refresh: str = IDLE
    capture: str = IDLE
    void: str = IDLE

    @property
    def provider_answer(self) -> str:
        """The answer of the provider when it is asked."""
        return self.money if self.money != "nowhere" else self.page

    @property
    def is_over(self) -> bool:
        """Return whether no answer of the provider can change our row any more."""
        gone = self.provider_answer in {"", "closed", "released"}
        return self.row == "paid" or (self.row == "void" and gone)


class State(NamedTuple):
    """The whole state. The last three fields count the failures that can still happen."""

    attempts: tuple[Attempt, Attempt] = (Attempt(), Attempt())
    order: str = "awaiting_payment"
    owner: int = -1
    time: int = IN_TIME
    crashes: int = 1
    lost_replies: int = 1
    dead_holds: int = 1

    @property
    def ticket(self) -> str:
        """The ticket's status, which changes in the transaction that ends the order."""
        return {"complete": "sold", "cancelled": "available"}.get(self.order, "locked")


class Move(NamedTuple):
    """A move somebody can make. A fair one is made eventually; another may never be made."""

    name: str
    to: State
    fair: bool


Moves = Iterator[Move]


def change(state: State, i: int, **now: str | int) -> State:
    """Return the state with one attempt changed."""
    changed = state.attempts[i]._replace(**now)  # type: ignore[arg-type]
    attempts = (changed, state.attempts[1]) if i == 0 else (state.attempts[0], changed)
    return state._replace(attempts=attempts)


def transition(state: State, i: int, verb: str) -> State:
    """Move a payment, if the server allows that transition."""
    assert verb in VERBS
    row = state.attempts[i].row
    to = PAYMENT[row].get(verb)
    return state if to is None else change(state, i, row=to)


def enqueue(state: State, i: int, job: str) -> State:
    """Enqueue a job; one that is running will run again."""
    now: str = getattr(state.attempts[i], job)
    if now == DUE or now.endswith("+"):
        return state
    return change(state, i, **{job: DUE if now == IDLE else f"{now}+"})


def finish(state: State, i: int, job: str) -> State:
    """Finish a job; if it was enqueued meanwhile, it is due again."""
    again = getattr(state.attempts[i], job).endswith("+")
    return change(state, i, **{job: DUE if again else IDLE})


def hold(state: State, i: int, job: str, hand: str) -> State:
    """Let a running job hold a result, and keep whether it was enqueued again."""
    again = "+" if getattr(state.attempts[i], job).endswith("+") else ""
    return change(state, i, **{job: hand + again})


def retry(state: State, i: int, job: str, rules: Rules) -> State:
    """Run an interrupted job again, if its row still exists."""
    return change(state, i, **{job: DUE if rules.job_outlives_its_call else IDLE})


def call_provider(
    state: State, i: int, job: str, *, hand: str, rules: Rules
) -> Iterator[tuple[str, State]]:
    """Get the provider's answer, or lose it.

    A lost request needs no move: nothing has happened, and the job is still due.
    """
    yield "", hold(state, i, job, hand)
    if state.lost_replies:
        lost = retry(state, i, job, rules)
        yield ", reply lost", lost._replace(lost_replies=state.lost_replies - 1)


def apply(state: State, i: int, answer: str, rules: Rules) -> State:
    """Apply the provider's answer, as the payments service does."""
    if answer == "held":
        return _apply_held(state, i, rules)
    if answer == "captured":
        return _apply_captured(state, i)
    return state if answer == "open" else _apply_released(state, i)


def _apply_held(state: State, i: int, rules: Rules) -> State:
    row = state.attempts[i].row
    if row not in {"new", "open", "void"}:
        return state
    free = state.order == "awaiting_payment" or not rules.claim_checks_status
    if row != "void" and free and (state.time == IN_TIME or not rules.claim_checks_deadline):
        confirming = ORDER["awaiting_payment"]["confirm"]
        state = transition(state._replace(order=confirming, owner=i), i, "authorise")
        if not rules.completes_after_capture:
            state = state._replace(order=ORDER[confirming]["complete"])
        state = enqueue(state, i, "capture")
        return void_undecided(state, other_than=i) if rules.claim_voids_siblings else state
    if not rules.late_money_is_noticed:
        return state
    return enqueue(transition(state, i, "exceed"), i, "void")


def _apply_captured(state: State, i: int) -> State:
    if state.attempts[i].row == "paid":
        return state
    if state.owner == i and "complete" in ORDER[state.order]:
        return transition(state._replace(order=ORDER[state.order]["complete"]), i, "pay")
    return transition(state, i, "refund_late")


def _apply_released(state: State, i: int) -> State:
    mine = state.owner == i and "give_up" in ORDER[state.order]
    if mine and state.time == IN_TIME:
        state = state._replace(order=ORDER[state.order]["reopen"], owner=-1)
    state = transition(state, i, "void")
    if mine and state.owner == i:
        state = void_undecided(state._replace(order=ORDER[state.order]["give_up"]))
    return state


def void_undecided(state: State, other_than: int = -1) -> State:
    """Enqueue a void job for every payment that can still get money."""
    for i, attempt in enumerate(state.attempts):
        if i != other_than and attempt.row in UNDECIDED:
            state = enqueue(state, i, "void")
    return state


def normalise(state: State) -> State:
    """Return the one state that stands for all equivalent ones, so that fewer are searched.

    Due jobs that can never have anything to do are dropped, and the two attempts are sorted.
    """
    for i, attempt in enumerate(state.attempts):
        if attempt.open_page == DUE and attempt.row != "new":
            state = change(state, i, open_page=IDLE)
        if attempt.capture == DUE and attempt.row != "authorised":
            state = change(state, i, capture=IDLE)
        if attempt.void == DUE and attempt.row not in UNDECIDED:
            state = change(state, i, void=IDLE)
        if attempt.refresh == DUE and attempt.is_over:
            state = change(state, i, refresh=IDLE)
    first, second = state.attempts
    if first >= second:
        return state
    owner = 1 - state.owner if state.owner >= 0 else state.owner
    return state._replace(attempts=(second, first), owner=owner)


def cancelled(state: State) -> State:
    """Cancel the order. Its ticket is available at once; pages and holds are closed later."""
    return void_undecided(state._replace(order="cancelled"))
