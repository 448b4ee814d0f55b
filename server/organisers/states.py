"""The state machine of organisers."""

from contract.organisers import OrganiserStatus

MOVES: dict[OrganiserStatus, dict[str, OrganiserStatus]] = {
    OrganiserStatus.PENDING: {
        "approve": OrganiserStatus.APPROVED,
        "suspend": OrganiserStatus.SUSPENDED,
    },
    OrganiserStatus.APPROVED: {"suspend": OrganiserStatus.SUSPENDED},
    OrganiserStatus.SUSPENDED: {"approve": OrganiserStatus.APPROVED},
}
