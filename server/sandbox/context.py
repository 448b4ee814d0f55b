"""Context: the store, time and randomness of one API request, page view or timer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from server.clock import Rng
from server.sandbox.models import Resource, StripeEvent
from server.sandbox.store import ObjectStore

T = TypeVar("T", bound=Resource)

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What code of the sandbox may use. It is valid within one transaction.

    `now` is in seconds since the epoch, as at Stripe. `request_id` and `key` belong to the API
    request; they are None for a page or a timer. Events go to `webhooks` endpoints: 0 or 1.
    """

    store: ObjectStore
    rng: Rng
    now: int
    base_url: str
    api_version: str
    webhooks: int
    request_id: str | None = None
    key: str | None = None

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return a new id; 24 characters of 62 are 142 bits, which nobody can guess."""
        bits, text = self.rng.getrandbits(length * 6), ""
        for _ in range(length):
            bits, digit = divmod(bits, len(_ALPHABET))
            text += _ALPHABET[digit]
        return f"{prefix}_{text}"

    def insert(self, resource: T, *, owner: str | None = None) -> T:
        """Store a new object and return it; `owner` is the id of the object it belongs to."""
        self.store.insert(resource, created=self.now, owner=owner)
        return resource

    def update(self, resource: T, **changes: object) -> T:
        """Change some fields of an object, store it and return it."""
        updated = msgspec.structs.replace(resource, **changes)
        self.store.update(updated)
        return updated

    def schedule(self, due: int, timer: str, resource_id: str) -> None:
        """Run a timer for an object once the clock reaches `due` seconds."""
        self.store.execute("INSERT OR IGNORE INTO timers VALUES (?, ?, ?)", due, timer, resource_id)

    def emit(self, event_type: str, resource: Resource, **previous: object) -> None:
        """Record an event about an object and queue its delivery.

        `previous` are the old values of the fields that changed.
        """
        data = {"object": msgspec.to_builtins(resource)}
        if previous:
            data["previous_attributes"] = previous
        event = StripeEvent(
            id=self.new_id("evt"),
            created=self.now,
            type=event_type,
            api_version=self.api_version,
            data=data,
            request={"id": self.request_id, "idempotency_key": self.key},
            pending_webhooks=self.webhooks,
        )
        self.insert(event)
        if self.webhooks:
            self.store.execute(
                "INSERT INTO deliveries (event, due) VALUES (?, ?)", event.id, self.now
            )
