"""Where a payment may go from where it is."""

from contract.payments import PaymentStatus as S

MOVES: dict[S, dict[str, S]] = {
    S.NEW: {"open": S.OPEN, "authorise": S.AUTHORISED, "exceed": S.SURPLUS, "void": S.VOID,
            "keep": S.PAID, "owe": S.REFUND_DUE},
    S.OPEN: {"authorise": S.AUTHORISED, "exceed": S.SURPLUS, "void": S.VOID, "keep": S.PAID,
             "owe": S.REFUND_DUE},
    S.AUTHORISED: {"keep": S.PAID, "void": S.VOID, "owe": S.REFUND_DUE},
    S.SURPLUS: {"void": S.VOID, "owe": S.REFUND_DUE},
    S.PAID: {"give_back": S.REFUND_DUE, "refund": S.REFUNDED, "fail_refund": S.REFUND_FAILED},
    S.REFUND_DUE: {"refund": S.REFUNDED, "keep_rest": S.PAID, "fail_refund": S.REFUND_FAILED},
    S.REFUNDED: {"fail_refund": S.REFUND_FAILED},
    S.REFUND_FAILED: {"refund": S.REFUNDED, "keep_rest": S.PAID},
    # A hold that turns up after all, from a call thought lost, is let go again.
    S.VOID: {"exceed": S.SURPLUS, "owe": S.REFUND_DUE},
}  # fmt: skip
#: Money may still come of these.
UNDECIDED = (S.NEW, S.OPEN, S.AUTHORISED, S.SURPLUS)


def before(verb: str) -> tuple[S, ...]:
    """Return the states from which `verb` leads on."""
    return tuple(state for state, verbs in MOVES.items() if verb in verbs)


def after(verb: str) -> S:
    """Return the state to which `verb` leads."""
    (state,) = {verbs[verb] for verbs in MOVES.values() if verb in verbs}
    return state
