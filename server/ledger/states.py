"""The states of a payout: by transfer it begins as `due`, by file as `prepared`."""

from contract.ledger import PayoutStatus

MOVES: dict[PayoutStatus, dict[str, PayoutStatus]] = {
    PayoutStatus.DUE: {"send": PayoutStatus.SENT, "refuse": PayoutStatus.FAILED},
    PayoutStatus.PREPARED: {"confirm": PayoutStatus.PAID, "fail": PayoutStatus.FAILED},
    PayoutStatus.SENT: {},
    PayoutStatus.PAID: {},
    PayoutStatus.FAILED: {},
}
