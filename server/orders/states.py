"""The state machine of orders."""

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
