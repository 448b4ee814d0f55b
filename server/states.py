"""State machines as data: for each state, the verbs it allows and the state each leads to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)
#: The moves of one kind of thing; a service keeps its own in its `states.py`.
Moves = Mapping[S, Mapping[str, S]]


def sources(moves: Moves[S], verb: str) -> tuple[S, ...]:
    """Return the states that allow `verb`."""
    return tuple(state for state, verbs in moves.items() if verb in verbs)


def source(moves: Moves[S], verb: str) -> S:
    """Return the only state that allows `verb`."""
    (state,) = sources(moves, verb)
    return state


def target(moves: Moves[S], verb: str) -> S:
    """Return the state that `verb` leads to, the same from wherever it is allowed."""
    (state,) = {verbs[verb] for verbs in moves.values() if verb in verbs}
    return state
