"""The moves of the model: the four jobs, the buyer, and the environment."""

from __future__ import annotations

from tests.simulation.claim_model import (
    DUE,
    IDLE,
    IN_TIME,
    JOBS,
    NO_NEW_PAGE,
    ORDER,
    TOO_LATE,
    UNDECIDED,
    Move,
    Moves,
    Rules,
    State,
    apply,
    call_provider,
    cancelled,
    change,
    enqueue,
    finish,
    hold,
    retry,
    transition,
)


def moves(state: State, rules: Rules) -> Moves:
    """Yield every move that can be made now."""
    yield from _environment(state, rules)
    for i, attempt in enumerate(state.attempts):
        if not attempt.row:
            continue
        yield from _buyer(state, i)
        for job, run in RUNS.items():
            if getattr(attempt, job) != IDLE:
                yield from run(state, i, rules)


def _environment(state: State, rules: Rules) -> Moves:
    """Let time pass, the order expire, the buyer start to pay or cancel, the server crash."""
    if state.time < NO_NEW_PAGE:
        yield Move("time passes", state._replace(time=state.time + 1), fair=True)
    waits = "cancel" in ORDER[state.order]
    spares = waits or (not rules.expiry_spares_claimed and state.order == "confirming")
    if state.time >= TOO_LATE and spares:
        yield Move("the order expires", cancelled(state), fair=True)
    if waits:
        yield Move("the buyer cancels", cancelled(state), fair=False)
    if waits and state.time == IN_TIME:
        for i, attempt in enumerate(state.attempts):
            if not attempt.row:
                begun = change(state, i, row="new", open_page=DUE)
                yield Move(f"attempt {i} is started", begun, fair=False)
                break
    if state.crashes:
        dead = _crashed(state, rules)
        if dead != state:
            yield Move("the server crashes", dead._replace(crashes=state.crashes - 1), fair=False)


def _crashed(state: State, rules: Rules) -> State:
    """Drop the result that every running job holds."""
    for i, attempt in enumerate(state.attempts):
        for job in JOBS:
            if getattr(attempt, job) not in {IDLE, DUE}:
                state = retry(state, i, job, rules)
    return state


def _buyer(state: State, i: int) -> Moves:
    """Let the buyer pay at any time, a webhook arrive, a hold be released, a page expire.

    A webhook only enqueues a refresh. Here it may arrive at any time, repeatedly, or never.
    """
    attempt = state.attempts[i]
    if attempt.page == "open":
        paid = change(state, i, page="closed", money="held")
        yield Move(f"page {i} is paid", paid, fair=False)
        if state.time == NO_NEW_PAGE:
            yield Move(f"page {i} expires", change(state, i, page="closed"), fair=True)
    if attempt.money != "nowhere":
        yield Move(f"a webhook about {i} arrives", enqueue(state, i, "refresh"), fair=False)
    if attempt.money == "held" and state.dead_holds:
        gone = change(state, i, money="released")
        yield Move(
            f"hold {i} is released", gone._replace(dead_holds=state.dead_holds - 1), fair=False
        )


def _open(state: State, i: int, rules: Rules) -> Moves:
    """Open a page: create it, then store its address."""
    attempt = state.attempts[i]
    name = f"open page {i}"
    if attempt.open_page == DUE:
        if attempt.row != "new":
            yield Move(f"{name} has nothing to do", finish(state, i, "open_page"), fair=True)
        elif not attempt.page and state.time == NO_NEW_PAGE:
            refused = finish(transition(state, i, "void"), i, "open_page")
            yield Move(f"{name} is refused", refused, fair=True)
        else:
            made = state if attempt.page else change(state, i, page="open")
            for how, to in call_provider(made, i, "open_page", hand="made", rules=rules):
                yield Move(f"{name} creates the page{how}", to, fair=not how)
        return
    opened = transition(state, i, "open")
    if opened is not state and rules.poll:
        opened = enqueue(opened, i, "refresh")
    yield Move(f"{name} stores the address", finish(opened, i, "open_page"), fair=True)


def _refresh(state: State, i: int, rules: Rules) -> Moves:
    """Refresh: retrieve, then decide; retrieve again while the page is open."""
    attempt = state.attempts[i]
    name = f"refresh {i}"
    if attempt.refresh == DUE:
        if attempt.row == "new" or not attempt.page:
            yield Move(f"{name} has nothing to do", finish(state, i, "refresh"), fair=True)
            return
        if attempt.provider_answer == "open":
            if not rules.poll:
                yield Move(f"{name} finds the page open", finish(state, i, "refresh"), fair=True)
            return  # nothing to decide; it will retrieve again
        for how, to in call_provider(
            state, i, "refresh", hand=attempt.provider_answer, rules=rules
        ):
            yield Move(f"{name} retrieves{how}", to, fair=not how)
        return
    decided = apply(state, i, attempt.refresh.removesuffix("+"), rules)
    if decided.attempts[i].row == "open" and rules.poll:
        to = change(decided, i, refresh=DUE)
    else:
        to = finish(decided, i, "refresh")
    yield Move(f"{name} decides", to, fair=True)


def _capture(state: State, i: int, rules: Rules) -> Moves:
    """Capture: take the money; if that is refused or its outcome is unknown, retrieve."""
    attempt = state.attempts[i]
    name, hand = f"capture {i}", attempt.capture.removesuffix("+")
    if hand == DUE:
        if attempt.row != "authorised":
            yield Move(f"{name} has nothing to do", finish(state, i, "capture"), fair=True)
        elif attempt.money == "released":
            yield Move(f"{name} is refused", hold(state, i, "capture", "unknown"), fair=True)
        else:
            took = hold(change(state, i, money="captured"), i, "capture", "took")
            yield Move(f"{name} takes the money", took, fair=True)
            if state.lost_replies:
                for lost in (change(state, i, money="captured"), state):
                    unknown = hold(lost, i, "capture", "unknown")._replace(
                        lost_replies=state.lost_replies - 1
                    )
                    yield Move(f"{name} gets no reply", unknown, fair=False)
    elif hand == "unknown":
        yield Move(
            f"{name} retrieves", hold(state, i, "capture", attempt.provider_answer), fair=True
        )
    else:
        decided = apply(state, i, "captured" if hand == "took" else hand, rules)
        again = hand != "took" and decided.attempts[i].row == "authorised"
        to = retry(decided, i, "capture", rules) if again else finish(decided, i, "capture")
        yield Move(f"{name} decides", to, fair=True)


def _void(state: State, i: int, rules: Rules) -> Moves:
    """Void: skip the owner, close the page, retrieve, release a hold, retrieve again."""
    attempt = state.attempts[i]
    name, hand = f"void {i}", attempt.void.removesuffix("+")
    if hand == DUE:
        spared = state.owner == i and state.order != "cancelled"
        if attempt.row not in UNDECIDED or spared:
            yield Move(f"{name} has nothing to do", finish(state, i, "void"), fair=True)
        else:
            yield Move(f"{name} begins", hold(state, i, "void", "begun"), fair=True)
    elif hand == "begun":
        if not attempt.page and state.time == NO_NEW_PAGE:
            yield Move(f"{name} finds no page", hold(state, i, "void", "never"), fair=True)
            return
        closed = change(state, i, page="closed")
        answer = closed.attempts[i].provider_answer
        for how, to in call_provider(closed, i, "void", hand=answer, rules=rules):
            yield Move(f"{name} closes the page and retrieves{how}", to, fair=not how)
    elif hand == "held" and rules.void_releases_holds:
        if attempt.money == "held":
            gone = change(state, i, money="released")
            for how, to in call_provider(gone, i, "void", hand="released", rules=rules):
                yield Move(f"{name} releases the hold{how}", to, fair=not how)
        else:
            seen = hold(state, i, "void", attempt.provider_answer)
            yield Move(f"{name} is refused and retrieves", seen, fair=True)
    else:
        decided = apply(state, i, hand, rules)
        yield Move(f"{name} decides", finish(decided, i, "void"), fair=True)


RUNS = {"open_page": _open, "refresh": _refresh, "capture": _capture, "void": _void}
