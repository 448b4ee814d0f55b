"""Search every state that the model can reach for flaws."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.simulation.claim_model import IDLE, JOBS, UNDECIDED, Rules, State, normalise
from tests.simulation.claim_moves import moves


@dataclass
class SearchResult:
    """The result of a search: the numbers of states and of states at rest, and each flaw's path."""

    states: int = 0
    rests: int = 0
    moves: set[tuple[str, str]] = field(default_factory=set)
    flaws: dict[str, list[str]] = field(default_factory=dict)


def always(state: State) -> Iterator[str]:
    """Yield what is wrong with a state at any time."""
    if sum(attempt.money == "captured" for attempt in state.attempts) > 1:
        yield "two captures for one order"
    if state.order == "complete" and state.attempts[state.owner].money != "captured":
        yield "complete without money"
    if any(attempt.row == "refund_due" for attempt in state.attempts):
        yield "a refund is needed"


def at_rest(state: State) -> Iterator[str]:
    """Yield what is wrong with a state in which nothing moves by itself any more."""
    if state.order not in {"complete", "cancelled"}:
        yield "an order never ends"
    for i, attempt in enumerate(state.attempts):
        if attempt.money == "held":
            yield "money is held for ever"
        if attempt.page == "open":
            yield "a page stays open"
        if attempt.row in UNDECIDED:
            yield "a payment is never decided"
        if any(getattr(attempt, job) != IDLE for job in JOBS):
            yield "work is never done"
        if attempt.money == "captured" and (state.order != "complete" or state.owner != i):
            yield "money is kept for nothing"


def between(before: State, after: State) -> Iterator[str]:
    """Yield what is wrong with a move."""
    if before.order == "complete" and after.order != "complete":
        yield "a sold ticket is taken back"


class Search:
    """A breadth-first search of every state, so that the path to a flaw is a shortest one."""

    def __init__(self, rules: Rules, start: State | None = None) -> None:
        self._rules = rules
        self._start = start or State()
        self._known: dict[State, int] = {}
        self._from: list[tuple[int, str]] = []
        self._fair = (array("l"), array("l"))
        self._resting: list[int] = []
        self.found = SearchResult()

    def run(self, *, until: str = "") -> SearchResult:
        """Search every state, or stop at the flaw `until`; return the result."""
        queue = deque([self._start])
        self._add(self._start, came_from=-1, by="")
        while queue:
            self._visit(queue.popleft(), queue.append)
            if until in self.found.flaws:
                return self.found
        self.found.states, self.found.rests = len(self._known), len(self._resting)
        self._all_come_to_rest()
        return self.found

    def _visit(self, state: State, put: Callable[[State], None]) -> None:
        here, moves_by_itself = self._known[state], False
        for name, reached, fair in moves(state, self._rules):
            to = normalise(reached)
            if to not in self._known:
                self._add(to, came_from=here, by=name)
                self._note_moves(state, reached)
                put(to)
            there = self._known[to]
            if fair:
                moves_by_itself = True
                self._fair[0].append(here)
                self._fair[1].append(there)
            for flaw in between(state, to):
                self._report(flaw, there)
        if not moves_by_itself:
            self._resting.append(here)
            for flaw in at_rest(state):
                self._report(flaw, here)

    def _add(self, state: State, *, came_from: int, by: str) -> None:
        number = self._known[state] = len(self._known)
        self._from.append((came_from, by))
        for flaw in always(state):
            self._report(flaw, number)

    def _note_moves(self, before: State, after: State) -> None:
        self.found.moves |= {
            (old.row, new.row)
            for old, new in zip(before.attempts, after.attempts, strict=True)
            if old.row != new.row
        }
        if before.order != after.order:
            self.found.moves.add((before.order, after.order))

    def _report(self, flaw: str, number: int) -> None:
        """Keep the first path to each flaw."""
        if flaw in self.found.flaws:
            return
        path = []
        while number > 0:
            number, by = self._from[number]
            path.append(by)
        self.found.flaws[flaw] = path[::-1]

    def _all_come_to_rest(self) -> None:
        """Find a state from which no fair moves lead to rest, because it moves for ever."""
        back: list[list[int]] = [[] for _ in self._known]
        for here, there in zip(*self._fair, strict=True):
            back[there].append(here)
        rests = set(self._resting)
        queue = list(rests)
        while queue:
            for before in back[queue.pop()]:
                if before not in rests:
                    rests.add(before)
                    queue.append(before)
        for number in range(len(self._known)):
            if number not in rests:
                self._report("it never comes to rest", number)
                return
