"""Turn: one request's, one page view's or one timer's time, store and randomness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from server.clock import Rng
from server.sandbox.shapes import Event, Thing
from server.sandbox.store import Store

T = TypeVar("T", bound=Thing)

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a step of the sandbox may know and touch. It lives inside one transaction.

    `now` is in seconds since the epoch, as Stripe counts. `request_id` and `key` are those of the
    API request, None for what a page or a timer does. Events go to `webhooks` endpoints: 0 or 1.
    """

    store: Store
    rng: Rng
    now: int
    base_url: str
    api_version: str
    webhooks: int
    request_id: str | None = None
    key: str | None = None

    def new_id(self, prefix: str, length: int = 24) -> str:
        """Return a new id; 24 characters of 62 are 142 bits, which nobody guesses."""
        bits, text = self.rng.getrandbits(length * 6), ""
        for _ in range(length):
            bits, digit = divmod(bits, len(_ALPHABET))
            text += _ALPHABET[digit]
        return f"{prefix}_{text}"

    def add(self, thing: T, *, owner: str | None = None) -> T:
        """Keep a new thing and return it."""
        self.store.put(thing, created=self.now, owner=owner)
        return thing

    def change(self, thing: T, **changes: object) -> T:
        """Keep a thing with some fields changed, and return it so."""
        changed = msgspec.structs.replace(thing, **changes)
        self.store.replace(changed)
        return changed

    def at(self, due: int, act: str, thing_id: str) -> None:
        """Have `act` run on a thing once the clock has reached `due` seconds."""
        self.store.run("INSERT OR IGNORE INTO timers VALUES (?, ?, ?)", due, act, thing_id)

    def emit(self, kind: str, thing: Thing, **before: object) -> None:
        """Record that something happened to a thing, and have it delivered.

        `before` are the fields that changed, as they were.
        """
        data = {"object": msgspec.to_builtins(thing)}
        if before:
            data["previous_attributes"] = before
        event = Event(
            id=self.new_id("evt"),
            created=self.now,
            type=kind,
            api_version=self.api_version,
            data=data,
            request={"id": self.request_id, "idempotency_key": self.key},
            pending_webhooks=self.webhooks,
        )
        self.add(event)
        if self.webhooks:
            self.store.run("INSERT INTO deliveries (event, due) VALUES (?, ?)", event.id, self.now)
