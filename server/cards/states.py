"""The states of a card setup, and the moves between them."""

from contract.cards import CardSetupStatus as S

MOVES: dict[S, dict[str, S]] = {
    S.NEW: {"open": S.OPEN, "finish": S.DONE, "void": S.VOID},
    S.OPEN: {"finish": S.DONE, "void": S.VOID},
    S.DONE: {},
    S.VOID: {},
}
