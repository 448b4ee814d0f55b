"""Expiration: sleeps until the nearest deadline, and expires the orders that are due."""

from server.expiration.service import DeadlineScheduler, expire_due

__all__ = ["DeadlineScheduler", "expire_due"]
