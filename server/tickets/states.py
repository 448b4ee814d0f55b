"""The state machine of tickets."""

from contract.tickets import TicketStatus

MOVES: dict[TicketStatus, dict[str, TicketStatus]] = {
    TicketStatus.AVAILABLE: {
        "lock": TicketStatus.LOCKED,
        "edit": TicketStatus.AVAILABLE,
        "withdraw": TicketStatus.WITHDRAWN,
    },
    TicketStatus.LOCKED: {"unlock": TicketStatus.AVAILABLE, "sell": TicketStatus.SOLD},
    TicketStatus.SOLD: {},
    TicketStatus.WITHDRAWN: {"restore": TicketStatus.AVAILABLE},
}
