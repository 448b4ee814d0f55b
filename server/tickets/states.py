"""The state machine of tickets."""

from contract.tickets import TicketStatus

MOVES: dict[TicketStatus, dict[str, TicketStatus]] = {
    TicketStatus.AVAILABLE: {
        "lock": TicketStatus.LOCKED,
        "edit": TicketStatus.AVAILABLE,
        "withdraw": TicketStatus.WITHDRAWN,
        "take_back": TicketStatus.SOLD,
    },
    TicketStatus.LOCKED: {"unlock": TicketStatus.AVAILABLE, "sell": TicketStatus.SOLD},
    TicketStatus.SOLD: {
        "relist": TicketStatus.AVAILABLE,
        "transfer": TicketStatus.SOLD,
        "return_to_seller": TicketStatus.WITHDRAWN,
        "return_to_owner": TicketStatus.SOLD,
    },
    TicketStatus.WITHDRAWN: {"restore": TicketStatus.AVAILABLE},
}
