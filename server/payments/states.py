"""The states of a payment, and the moves between them."""

from contract.payments import PaymentStatus as S

MOVES: dict[S, dict[str, S]] = {
    S.NEW: {"open": S.OPEN, "authorise": S.AUTHORISED, "exceed": S.SURPLUS, "void": S.VOID,
            "pay": S.PAID, "refund_late": S.REFUND_DUE},
    S.OPEN: {"authorise": S.AUTHORISED, "exceed": S.SURPLUS, "void": S.VOID, "pay": S.PAID,
             "refund_late": S.REFUND_DUE},
    S.AUTHORISED: {"pay": S.PAID, "void": S.VOID, "refund_late": S.REFUND_DUE},
    S.SURPLUS: {"void": S.VOID, "refund_late": S.REFUND_DUE},
    S.PAID: {"begin_refund": S.REFUND_DUE, "refund": S.REFUNDED, "fail_refund": S.REFUND_FAILED},
    S.REFUND_DUE: {"refund": S.REFUNDED, "keep_rest": S.PAID, "fail_refund": S.REFUND_FAILED},
    S.REFUNDED: {"fail_refund": S.REFUND_FAILED},
    S.REFUND_FAILED: {"refund": S.REFUNDED, "keep_rest": S.PAID},
    # A hold from a call that was thought lost may still turn up; it is released again.
    S.VOID: {"exceed": S.SURPLUS, "refund_late": S.REFUND_DUE},
}  # fmt: skip
