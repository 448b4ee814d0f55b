"""Where the saving of a card may go from where it is."""

from contract.cards import SetupStatus as S

MOVES: dict[S, dict[str, S]] = {
    S.NEW: {"open": S.OPEN, "finish": S.DONE, "void": S.VOID},
    S.OPEN: {"finish": S.DONE, "void": S.VOID},
    S.DONE: {},
    S.VOID: {},
}
#: A card may still come of these.
UNDECIDED = (S.NEW, S.OPEN)


def before(verb: str) -> tuple[S, ...]:
    """Return the states from which `verb` leads on."""
    return tuple(state for state, verbs in MOVES.items() if verb in verbs)


def after(verb: str) -> S:
    """Return the state to which `verb` leads."""
    (state,) = {verbs[verb] for verbs in MOVES.values() if verb in verbs}
    return state
