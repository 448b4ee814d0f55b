"""Expiration: the event that an order's deadline has passed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contract.base import Event, Id


class ExpirationComplete(Event, frozen=True, kw_only=True, tag="expiration.complete"):
    """The deadline of an order passed. The orders service decides whether that ends it.

    `id` is the order; the event changes no entity by itself, so its version is 0.
    """

    name: ClassVar[str] = "expiration.complete"
    order_id: Id
    buyer_id: Id
    expires_at: datetime

    @property
    def audience(self) -> str | None:
        """The buyer, and nobody else."""
        return self.buyer_id
