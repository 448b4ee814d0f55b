"""Events: the calls of `/v1/events`, and signed webhooks, delivered at least once in any order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from stripe import WebhookSignature

from server.sandbox.context import Context
from server.sandbox.models import Data, StripeEvent
from server.sandbox.params import Params, list_page
from server.sandbox.store import Value

#: Stripe lists events for 30 days; a shop that was away longer must retrieve the objects.
LISTED_FOR = 30 * 24 * 60 * 60
#: Takes a raw body and its `Stripe-Signature`; returns whether the shop answered 2xx.
Deliver = Callable[[bytes, str], bool]
#: Seconds until each next attempt. Stripe tries three more times "over a few hours" in a sandbox;
#: the first retry is soon here, because somebody may be watching.
RETRY_DELAYS = (10, 10 * 60, 2 * 60 * 60)

NEXT_DELIVERY = """
SELECT event, attempts FROM deliveries WHERE due <= ? ORDER BY due, rowid LIMIT 1
"""
POSTPONE = "UPDATE deliveries SET attempts = ?, due = ? WHERE event = ?"
REMOVE = "DELETE FROM deliveries WHERE event = ?"


@dataclass(frozen=True, kw_only=True)
class WebhookDelivery:
    """One attempt to deliver one event."""

    event_id: str
    raw: bytes
    signature: str


def list_all(ctx: Context, params: Params) -> Data:
    """Return events, newest first, of the `type` or `types` in the form, delivered or not."""
    types, single = params.texts("types"), params.text("type")
    wanted = types or ((single,) if single else ())
    where: dict[str, Value] = {"created >= ?": ctx.now - LISTED_FOR}
    if wanted:
        among = "json_extract(body, '$.type') IN (SELECT value FROM json_each(?))"
        where[among] = json.dumps(wanted)
    return list_page(ctx, StripeEvent, params, url="/v1/events", where=where)


def retrieve(ctx: Context, _: Params, event_id: str) -> StripeEvent:
    """Return an event, with the object as it was then."""
    return ctx.store.require(StripeEvent, event_id)


def next_delivery(ctx: Context, secret: str) -> WebhookDelivery | None:
    """Return the next delivery that is due, and schedule its retry before anything is sent.

    A crash in the middle of a delivery thus means a second delivery, never a lost one.
    """
    for event_id, attempts in ctx.store.execute(NEXT_DELIVERY, ctx.now):
        if attempts < len(RETRY_DELAYS):
            due = ctx.now + RETRY_DELAYS[attempts]
            ctx.store.execute(POSTPONE, attempts + 1, due, event_id)
        else:
            ctx.store.execute(REMOVE, event_id)
        event = ctx.store.require(StripeEvent, event_id)
        raw = msgspec.json.encode(event)
        signature = WebhookSignature.generate_signature_header(
            raw.decode(), secret, timestamp=ctx.now
        )
        return WebhookDelivery(event_id=event.id, raw=raw, signature=signature)
    return None


def confirm_delivery(ctx: Context, event_id: str) -> None:
    """Record that the shop accepted an event, so that it is not sent again."""
    ctx.store.execute(REMOVE, event_id)
    ctx.update(ctx.store.require(StripeEvent, event_id), pending_webhooks=0)
