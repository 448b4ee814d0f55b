"""Every table, gathered for migrations and the audit. A table belongs to one room."""

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
    payments,
    shows,
    tickets,
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
    "payments",
    "shows",
    "tickets",
]
