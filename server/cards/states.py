"""The states of a card setup, and the moves between them."""

from contract.cards import CardSetupStatus as S

MOVES: dict[S, dict[str, S]] = {
    S.NEW: {"open": S.OPEN, "finish": S.DONE, "void": S.VOID},
    S.OPEN: {"finish": S.DONE, "void": S.VOID},
    S.DONE: {},
    S.VOID: {},
}
#: A card may still be saved in these.
UNDECIDED = (S.NEW, S.OPEN)


def before(verb: str) -> tuple[S, ...]:
    """Return the states in which `verb` is allowed."""
    return tuple(state for state, verbs in MOVES.items() if verb in verbs)


def after(verb: str) -> S:
    """Return the state to which `verb` leads."""
    (state,) = {verbs[verb] for verbs in MOVES.values() if verb in verbs}
    return state
