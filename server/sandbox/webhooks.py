"""Webhooks: events on their way to the shop, signed, at least once, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from stripe import WebhookSignature

from server.sandbox.shapes import Event
from server.sandbox.turn import Turn

#: Takes a raw body and its `Stripe-Signature`; says whether it answered 2xx.
Deliver = Callable[[bytes, str], bool]
#: Seconds until the next try, one by one. Stripe tries three more times "over a few hours" in a
#: sandbox; the first is soon here, because somebody may be watching.
PAUSES = (10, 10 * 60, 2 * 60 * 60)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One try at delivering one event."""

    event_id: str
    raw: bytes
    signature: str


def next_letter(turn: Turn, secret: str) -> Letter | None:
    """Take the next event that is due and put its following try off, before anything is sent.

    So a crash in the middle of a delivery means a second delivery, never a lost one.
    """
    due = "SELECT event, attempts FROM deliveries WHERE due <= ? ORDER BY due, rowid LIMIT 1"
    for event_id, tried in turn.store.run(due, turn.now):
        if tried < len(PAUSES):
            put_off = "UPDATE deliveries SET attempts = ?, due = ? WHERE event = ?"
            turn.store.run(put_off, tried + 1, turn.now + PAUSES[tried], event_id)
        else:
            turn.store.run("DELETE FROM deliveries WHERE event = ?", event_id)
        event = turn.store.find(Event, event_id)
        raw = msgspec.json.encode(event)
        signature = WebhookSignature.generate_signature_header(
            raw.decode(), secret, timestamp=turn.now
        )
        return Letter(event_id=event.id, raw=raw, signature=signature)
    return None


def arrived(turn: Turn, event_id: str) -> None:
    """Note that the shop took an event: it is not sent again."""
    turn.store.run("DELETE FROM deliveries WHERE event = ?", event_id)
    turn.change(turn.store.find(Event, event_id), pending_webhooks=0)
