"""The inbox: messages from Stripe. Each is kept once and only wakes; the truth is asked for."""

from __future__ import annotations

from typing import Any

import msgspec
import stripe as sdk
import structlog

from contract.payments import PaymentNotStarted
from server import jobs
from server.clock import SECOND
from server.payments import attempts
from server.payments import statements as sql
from server.routing import Answer, Desk, Raw, Visit
from server.tx import Tx

log = structlog.get_logger()

MOST_BYTES = 256 * 1024
#: Seconds a message may be old, or its sender's clock ahead of ours.
TOLERANCE = 300


class Inbox:
    """Takes in Stripe's messages."""

    def __init__(self, secrets: tuple[str, ...], *, live: bool) -> None:
        """Believe messages signed with any of `secrets`: during a change there are two."""
        self._secrets = secrets
        self._live = live

    def routes(self) -> tuple[Raw, ...]:
        """Return the address Stripe sends to; without a secret there is none."""
        if not self._secrets:
            return ()
        return (Raw("POST", "/v1/stripe/webhook", self.answer, body_limit=MOST_BYTES),)

    async def answer(self, desk: Desk, visit: Visit) -> Answer:
        """Answer 200 to what is genuine, whatever it is about, and 400 to what is not."""
        event = self.verified(visit.body, visit.headers.get("Stripe-Signature", ""), desk)
        if event is None:
            return Answer(400, "not a genuine message\n", "text/plain")
        await desk.bus.write(lambda tx: receive(tx, event), actor="stripe")
        return Answer(200, "ok\n", "text/plain")

    def verified(self, raw: bytes, signature: str, desk: Desk) -> dict[str, Any] | None:
        """Return the message if it is genuine, fresh and of our mode."""
        if not any(_is_signed(raw, signature, secret) for secret in self._secrets):
            return None
        signed_at = int(signature.partition("t=")[2].partition(",")[0])
        age = desk.bus.clock.now() // SECOND - signed_at
        said: dict[str, Any] = msgspec.json.decode(raw)
        if abs(age) > TOLERANCE or bool(said.get("livemode")) != self._live:
            log.warning("webhook ignored", id=said.get("id"), age=age, live=said.get("livemode"))
            return None
        return said


def _is_signed(raw: bytes, signature: str, secret: str) -> bool:
    """Check the signature over the raw bytes; re-written JSON would never match."""
    try:
        # Without its tolerance the SDK checks no time, which it reads from the machine and only
        # for messages that are too old.
        sdk.WebhookSignature.verify_header(raw.decode(), signature, secret, tolerance=None)
        return isinstance(msgspec.json.decode(raw), dict)
    except (sdk.SignatureVerificationError, msgspec.DecodeError, ValueError, TypeError):
        return False  # TypeError: the SDK compares no signature with letters beyond ASCII


def receive(tx: Tx, event: dict[str, Any]) -> None:
    """Keep a message once, and look again at the payment it is about."""
    about = event["data"]["object"]
    payment_id = _payment(tx, about)
    new = tx.change(
        sql.RECEIVE,
        id=event["id"], type=event["type"], object_id=payment_id or str(about.get("id", "")),
        received_at=tx.now_us, handled_at=None,
    )  # fmt: skip
    if not new or payment_id is None:
        return
    try:
        attempt = attempts.view(tx, payment_id=payment_id)
    except PaymentNotStarted:
        return  # of another shop on the same account
    jobs.enqueue(tx, attempts.REFRESH, payment_id, order_id=attempt.order_id)


def _payment(tx: Tx, about: dict[str, Any]) -> str | None:
    """Find out which payment a message is about: it says so, or names what we know it by."""
    told: str | None = (about.get("metadata") or {}).get("payment")
    if told is not None:
        return told
    for known in (about.get("payment_intent"), about.get("id")):
        row = tx.first(sql.BY_STRIPE_ID, stripe=known) if isinstance(known, str) else None
        if row is not None:
            found: str = row[0]
            return found
    return None
