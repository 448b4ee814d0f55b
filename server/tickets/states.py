"""Where a ticket may go from where it is."""

from contract.tickets import TicketStatus

MOVES: dict[TicketStatus, dict[str, TicketStatus]] = {
    TicketStatus.AVAILABLE: {
        "lock": TicketStatus.LOCKED,
        "edit": TicketStatus.AVAILABLE,
        "withdraw": TicketStatus.WITHDRAWN,
    },
    TicketStatus.LOCKED: {"unlock": TicketStatus.AVAILABLE, "sell": TicketStatus.SOLD},
    TicketStatus.SOLD: {},
    TicketStatus.WITHDRAWN: {},
}


def before(verb: str) -> TicketStatus:
    """Return the one state from which `verb` leads on."""
    (state,) = (state for state, verbs in MOVES.items() if verb in verbs)
    return state


def after(verb: str) -> TicketStatus:
    """Return the state to which `verb` leads."""
    return MOVES[before(verb)][verb]
