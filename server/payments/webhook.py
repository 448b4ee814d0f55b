"""The webhook: where Stripe's messages come in. What is genuine goes to the inbox."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import msgspec
import stripe as sdk
import structlog

from server.bus import Bus
from server.clock import SECOND
from server.payments import inbox
from server.payments.stripe import Message, message_of
from server.routing import HttpRequest, HttpResponse, RawRoute

log = structlog.get_logger()

MOST_BYTES = 256 * 1024
#: Seconds a message may be old, or its sender's clock ahead of ours.
TOLERANCE = 300
#: Stricter than the SDK, which reads ` 1`, `+1` and `1_0` as numbers too: one header for one
#: signature. There are several while the secret is being changed, or the scheme.
HEADER = re.compile(
    r"t=([1-9][0-9]{0,11})(?:,(?:v1=[0-9a-f]{64}|v[02-9][0-9]?=[0-9a-f]{1,128})){1,16}"
)


class Webhook:
    """Takes in Stripe's messages."""

    def __init__(self, secrets: tuple[str, ...], *, live: bool) -> None:
        """Accept messages signed with any of `secrets`: during a rotation there are two."""
        self.secrets = secrets
        self.live = live

    def routes(self, bus: Bus) -> tuple[RawRoute, ...]:
        """Return the address Stripe sends to; without a secret there is none."""
        if not self.secrets:
            return ()
        return (
            RawRoute(
                "POST", "/v1/stripe/webhook", partial(self.answer, bus), body_limit=MOST_BYTES
            ),
        )

    async def answer(self, bus: Bus, request: HttpRequest) -> HttpResponse:
        """Answer 200 to what is genuine, whatever it is about, and 400 to what is not."""
        signature = request.headers.get("Stripe-Signature", "")
        message = self.verified(request.body, signature, now=bus.clock.now())
        if message is None:
            return HttpResponse(400, "not a genuine message\n", "text/plain")
        if message.live == self.live:
            await bus.write(lambda tx: inbox.receive(tx, message), actor="stripe")
        else:
            # The secret is ours, so it is genuine: asking again would not make it ours to act on.
            log.warning("message of the other mode ignored", id=message.id, live=message.live)
        return HttpResponse(200, "ok\n", "text/plain")

    def verified(self, raw: bytes, signature: str, *, now: int) -> Message | None:
        """Return the message if it is genuine and fresh at `now`, in microseconds."""
        header = HEADER.fullmatch(signature)
        if header is None or not any(_is_signed(raw, signature, key) for key in self.secrets):
            return None
        age = now // SECOND - int(header[1])
        if abs(age) > TOLERANCE:
            log.warning("message from another time refused", age=age)
            return None
        try:
            said: dict[str, Any] = msgspec.json.decode(raw)
            return message_of(said)
        except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
            return None


def _is_signed(raw: bytes, signature: str, secret: str) -> bool:
    """Check the signature over the raw bytes; re-written JSON would never match."""
    try:
        # Without its tolerance the SDK checks no time, which it reads from the machine and only
        # for messages that are too old.
        sdk.WebhookSignature.verify_header(raw.decode(), signature, secret, tolerance=None)
    except (sdk.SignatureVerificationError, ValueError):
        return False  # ValueError: bytes that are no text
    return True
