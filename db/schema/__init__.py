"""All tables, registered for migrations and the audit. Each table belongs to one service."""

from db.schema import (
    alerts,
    auth,
    cards,
    events,
    gate,
    idempotency,
    jobs,
    ledger,
    orders,
    organisers,
    payments,
    secrets,
    shows,
    stripe,
    tickets,
    transfers,
)

__all__ = [
    "alerts",
    "auth",
    "cards",
    "events",
    "gate",
    "idempotency",
    "jobs",
    "ledger",
    "orders",
    "organisers",
    "payments",
    "secrets",
    "shows",
    "stripe",
    "tickets",
    "transfers",
]
