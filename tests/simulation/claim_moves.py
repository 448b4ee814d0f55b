"""Who moves in the model: the four jobs, and the world around them."""

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
    Rules,
    State,
    Step,
    Steps,
    ask,
    call,
    cancelled,
    change,
    finish,
    have,
    learn,
    move,
    retry,
)


def steps(state: State, rules: Rules) -> Steps:
    """Yield every move that can be made now."""
    yield from _world(state, rules)
    for i, attempt in enumerate(state.tries):
        if not attempt.row:
            continue
        yield from _buyer(state, i)
        for job, run in RUNS.items():
            if getattr(attempt, job) != IDLE:
                yield from run(state, i, rules)


def _world(state: State, rules: Rules) -> Steps:
    """Time passes, the alarm rings, the buyer begins to pay or cancels, the house crashes."""
    if state.time < NO_NEW_PAGE:
        yield Step("time passes", state._replace(time=state.time + 1), fair=True)
    waits = "cancel" in ORDER[state.order]
    spares = waits or (not rules.expiry_spares_claimed and state.order == "confirming")
    if state.time >= TOO_LATE and spares:
        yield Step("the alarm rings", cancelled(state), fair=True)
    if waits:
        yield Step("the buyer cancels", cancelled(state), fair=False)
    if waits and state.time == IN_TIME:
        for i, attempt in enumerate(state.tries):
            if not attempt.row:
                begun = change(state, i, row="new", opening=DUE)
                yield Step(f"attempt {i} is started", begun, fair=False)
                break
    if state.crashes:
        dead = _crashed(state, rules)
        if dead != state:
            yield Step("the house crashes", dead._replace(crashes=state.crashes - 1), fair=False)


def _crashed(state: State, rules: Rules) -> State:
    """Forget what every running job has in hand."""
    for i, attempt in enumerate(state.tries):
        for job in JOBS:
            if getattr(attempt, job) not in {IDLE, DUE}:
                state = retry(state, i, job, rules)
    return state


def _buyer(state: State, i: int) -> Steps:
    """Let the buyer pay however late, letters come, a hold die, a page lapse.

    A letter only asks for a refresh; here it may come at any time, never or ever again.
    """
    attempt = state.tries[i]
    if attempt.page == "open":
        paid = change(state, i, page="closed", money="held")
        yield Step(f"page {i} is paid", paid, fair=False)
        if state.time == NO_NEW_PAGE:
            yield Step(f"page {i} lapses", change(state, i, page="closed"), fair=True)
    if attempt.money != "nowhere":
        yield Step(f"a letter about {i} arrives", ask(state, i, "refresh"), fair=False)
    if attempt.money == "held" and state.deaths:
        died = change(state, i, money="released")
        yield Step(f"hold {i} dies", died._replace(deaths=state.deaths - 1), fair=False)


def _open(state: State, i: int, rules: Rules) -> Steps:
    """`work.open_page`: create the page, then write down where it is."""
    attempt = state.tries[i]
    name = f"opening {i}"
    if attempt.opening == DUE:
        if attempt.row != "new":
            yield Step(f"{name} has nothing to do", finish(state, i, "opening"), fair=True)
        elif not attempt.page and state.time == NO_NEW_PAGE:
            refused = finish(move(state, i, "void"), i, "opening")
            yield Step(f"{name} is refused", refused, fair=True)
        else:
            made = state if attempt.page else change(state, i, page="open")
            for how, to in call(made, i, "opening", hand="made", rules=rules):
                yield Step(f"{name} creates the page{how}", to, fair=not how)
        return
    opened = move(state, i, "open")
    if opened is not state and rules.poll:
        opened = ask(opened, i, "refresh")
    yield Step(f"{name} writes the page down", finish(opened, i, "opening"), fair=True)


def _refresh(state: State, i: int, rules: Rules) -> Steps:
    """`work.refresh`: look, then decide; look again while the page is open."""
    attempt = state.tries[i]
    name = f"refresh {i}"
    if attempt.refresh == DUE:
        if attempt.row == "new" or not attempt.page:
            yield Step(f"{name} has nothing to do", finish(state, i, "refresh"), fair=True)
            return
        if attempt.truth == "open":
            if not rules.poll:
                yield Step(f"{name} finds the page open", finish(state, i, "refresh"), fair=True)
            return  # nothing is decided, and it will look again
        for how, to in call(state, i, "refresh", hand=attempt.truth, rules=rules):
            yield Step(f"{name} looks{how}", to, fair=not how)
        return
    decided = learn(state, i, attempt.refresh.removesuffix("+"), rules)
    if decided.tries[i].row == "open" and rules.poll:
        to = change(decided, i, refresh=DUE)
    else:
        to = finish(decided, i, "refresh")
    yield Step(f"{name} decides", to, fair=True)


def _capture(state: State, i: int, rules: Rules) -> Steps:
    """`work.capture`: take the money; refused or unsure, look."""
    attempt = state.tries[i]
    name, hand = f"capture {i}", attempt.capture.removesuffix("+")
    if hand == DUE:
        if attempt.row != "authorised":
            yield Step(f"{name} has nothing to do", finish(state, i, "capture"), fair=True)
        elif attempt.money == "released":
            yield Step(f"{name} is refused", have(state, i, "capture", "unsure"), fair=True)
        else:
            took = have(change(state, i, money="ours"), i, "capture", "took")
            yield Step(f"{name} takes the money", took, fair=True)
            if state.losses:
                for lost in (change(state, i, money="ours"), state):
                    unsure = have(lost, i, "capture", "unsure")._replace(losses=state.losses - 1)
                    yield Step(f"{name} gets no reply", unsure, fair=False)
    elif hand == "unsure":
        yield Step(f"{name} looks", have(state, i, "capture", attempt.truth), fair=True)
    else:
        decided = learn(state, i, "ours" if hand == "took" else hand, rules)
        again = hand != "took" and decided.tries[i].row == "authorised"
        to = retry(decided, i, "capture", rules) if again else finish(decided, i, "capture")
        yield Step(f"{name} decides", to, fair=True)


def _void(state: State, i: int, rules: Rules) -> Steps:
    """`work.void`: spare the owner, close the page, look, release what is held, look again."""
    attempt = state.tries[i]
    name, hand = f"void {i}", attempt.void.removesuffix("+")
    if hand == DUE:
        spared = state.owner == i and state.order != "cancelled"
        if attempt.row not in UNDECIDED or spared:
            yield Step(f"{name} has nothing to do", finish(state, i, "void"), fair=True)
        else:
            yield Step(f"{name} begins", have(state, i, "void", "begun"), fair=True)
    elif hand == "begun":
        if not attempt.page and state.time == NO_NEW_PAGE:
            yield Step(f"{name} finds no page", have(state, i, "void", "never"), fair=True)
            return
        closed = change(state, i, page="closed")  # one never answered for is created to be closed
        truth = closed.tries[i].truth
        for how, to in call(closed, i, "void", hand=truth, rules=rules):
            yield Step(f"{name} closes the page and looks{how}", to, fair=not how)
    elif hand == "held" and rules.void_releases_holds:
        if attempt.money == "held":
            gone = change(state, i, money="released")
            for how, to in call(gone, i, "void", hand="released", rules=rules):
                yield Step(f"{name} releases the hold{how}", to, fair=not how)
        else:
            seen = have(state, i, "void", attempt.truth)
            yield Step(f"{name} is refused and looks", seen, fair=True)
    else:
        decided = learn(state, i, hand, rules)
        yield Step(f"{name} decides", finish(decided, i, "void"), fair=True)


RUNS = {"opening": _open, "refresh": _refresh, "capture": _capture, "void": _void}
