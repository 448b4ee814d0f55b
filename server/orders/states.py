"""Where an order may go from where it is."""

from contract.orders import OrderStatus

MOVES: dict[OrderStatus, dict[str, OrderStatus]] = {
    OrderStatus.AWAITING_PAYMENT: {
        "confirm": OrderStatus.CONFIRMING,
        "cancel": OrderStatus.CANCELLED,
    },
    OrderStatus.CONFIRMING: {
        "complete": OrderStatus.COMPLETE,
        "reopen": OrderStatus.AWAITING_PAYMENT,
        "give_up": OrderStatus.CANCELLED,
    },
    OrderStatus.COMPLETE: {},
    OrderStatus.CANCELLED: {},
}


def before(verb: str) -> OrderStatus:
    """Return the one state from which `verb` leads on."""
    (state,) = (state for state, verbs in MOVES.items() if verb in verbs)
    return state


def after(verb: str) -> OrderStatus:
    """Return the state to which `verb` leads."""
    return MOVES[before(verb)][verb]
