"""Every table, gathered for migrations and the audit. A table belongs to one room."""

from db.schema import auth, events, idempotency, jobs, orders, payments, shows, tickets

__all__ = ["auth", "events", "idempotency", "jobs", "orders", "payments", "shows", "tickets"]
