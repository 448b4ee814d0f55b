"""The webhook: where Stripe sends its events. Signature, age and mode are checked here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import stripe as sdk
import structlog

from server.bus import Bus
from server.clock import SECOND
from server.routing import HttpRequest, HttpResponse, RawRoute
from server.stripe.records import ReceivedEvent, parse_event
from server.tx import Tx

log = structlog.get_logger()

MAX_BYTES = 256 * 1024
#: Seconds an event may be old, or its sender's clock ahead of ours.
TOLERANCE = 300
#: Stricter than the SDK, which reads ` 1`, `+1` and `1_0` as numbers too: one header for one
#: signature. There are several signatures while the secret or the scheme is being changed.
HEADER = re.compile(
    r"t=([1-9][0-9]{0,11})(?:,(?:v1=[0-9a-f]{64}|v[02-9][0-9]?=[0-9a-f]{1,128})){1,16}"
)


class Webhook:
    """Verifies Stripe's events and passes genuine ones on."""

    def __init__(
        self, secrets: tuple[str, ...], *, live: bool, receive: Callable[[Tx, ReceivedEvent], None]
    ) -> None:
        """Accept events signed with any of `secrets` (two during a rotation) and `receive` them."""
        self.secrets = secrets
        self._live = live
        self._receive = receive

    def routes(self, bus: Bus) -> tuple[RawRoute, ...]:
        """Return the route Stripe sends to; without a secret there is none."""
        if not self.secrets:
            return ()
        return (
            RawRoute("POST", "/v1/stripe/webhook", partial(self.handle, bus), body_limit=MAX_BYTES),
        )

    async def handle(self, bus: Bus, request: HttpRequest) -> HttpResponse:
        """Answer 200 to a genuine event, whatever it is about, and 400 to anything else."""
        signature = request.headers.get("Stripe-Signature", "")
        event = self.verify(request.body, signature, now=bus.clock.now())
        if event is None:
            return HttpResponse(400, "not a genuine event\n", "text/plain")
        if event.live == self._live:
            await bus.write(lambda tx: self._receive(tx, event), actor="stripe")
        else:
            # It is genuine, so it gets a 200: sent again it would still be of the other mode.
            log.warning("event of the other mode ignored", id=event.id, live=event.live)
        return HttpResponse(200, "ok\n", "text/plain")

    def receive_now(self, bus: Bus, raw: bytes, signature: str) -> bool:
        """Take an event in on this thread; tell whether it was genuine and of our mode."""
        event = self.verify(raw, signature, now=bus.clock.now())
        if event is None or event.live != self._live:
            return False
        bus.write_now(lambda tx: self._receive(tx, event), actor="stripe")
        return True

    def verify(self, raw: bytes, signature: str, *, now: int) -> ReceivedEvent | None:
        """Return the event if it is genuine and fresh at `now`, in microseconds."""
        header = HEADER.fullmatch(signature)
        if header is None or not any(_is_signed(raw, signature, key) for key in self.secrets):
            return None
        age = now // SECOND - int(header[1])
        if abs(age) > TOLERANCE:
            log.warning("event refused for its age", age=age)
            return None
        try:
            body: dict[str, Any] = msgspec.json.decode(raw)
            return parse_event(body)
        except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
            return None


def _is_signed(raw: bytes, signature: str, secret: str) -> bool:
    """Check the signature over the raw bytes; re-encoded JSON would never match."""
    try:
        # With a tolerance the SDK would read the machine's clock, and check old events only.
        sdk.WebhookSignature.verify_header(raw.decode(), signature, secret, tolerance=None)
    except (sdk.SignatureVerificationError, ValueError):
        return False  # ValueError: the bytes are not text
    return True
