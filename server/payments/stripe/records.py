"""Records: what is listed at Stripe, every page of it, and what its messages say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import stripe

from contract.money import Money as Price
from server.payments.stripe.errors import Locked, translated
from server.payments.stripe.truth import Money, money_of
from server.payments.stripe.units import of_minor_units

#: Stripe's largest page.
PAGE = 100
#: What wakes us. Every other type is taken in too, and wakes nobody.
WANTED = (
    "checkout.session.completed", "checkout.session.expired",
    "payment_intent.amount_capturable_updated", "payment_intent.succeeded",
    "payment_intent.payment_failed", "payment_intent.canceled",
    "charge.refunded", "refund.created", "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
)  # fmt: skip


class Outcome(StrEnum):
    """How a dispute stands for the house. Of an inquiry no money was taken, and may never be."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a message is about, and nothing it claims. `names` is what we may know it by.

    `about` is the kind of thing, in Stripe's words; `notes` what we wrote onto it ourselves.
    """

    id: str
    type: str
    about: str
    names: tuple[str, ...]
    notes: Mapping[str, str]
    live: bool


@dataclass(frozen=True, kw_only=True)
class IntentSeen:
    """A payment as Stripe lists it. Amounts are in the unit Stripe counts in, moments in seconds.

    `payment_id` is our name for it, if it is one of ours, or of another shop on the same account.
    """

    id: str
    payment_id: str | None
    order_id: str | None
    money: Money
    amount: int
    captured: int
    refunded: int
    currency: str
    created: int


@dataclass(frozen=True, kw_only=True)
class DisputeSeen:
    """A bank's claim as Stripe tells of it; moments are in seconds."""

    id: str
    intent_id: str | None
    payment_id: str | None
    amount: Price
    reason: str
    status: str
    outcome: Outcome
    due_by: int | None
    created: int


class Records:
    """Lists what happened at Stripe. Raises Unsure, Refused, Locked."""

    def __init__(self, client: stripe.StripeClient, *, live: bool) -> None:
        """Read through `client`, and believe only what is of our mode."""
        self._client = client.v1
        self._live = live

    def probe(self) -> None:
        """Ask for next to nothing, to see whether our key is taken."""
        with translated():
            self._client.events.list({"limit": 1})

    def messages(self, *, since: int, most: int) -> tuple[Message, ...]:
        """Return up to `most` of the newest messages since a second, oldest first."""
        with translated():
            found = self._client.events.list(
                {"created": {"gte": since}, "types": list(WANTED), "limit": PAGE}
            )
            read = [message_of(event.to_dict()) for event in islice(found.auto_paging_iter(), most)]
        for message in read:
            self._refuse_other_mode(message.id, live=message.live)
        return tuple(reversed(read))

    def intents(self, *, since: int) -> Iterator[tuple[IntentSeen, ...]]:
        """Return every payment made since a second, page by page, newest first."""
        with translated():
            page = self._client.payment_intents.list(
                {"created": {"gte": since}, "limit": PAGE, "expand": ["data.latest_charge"]}
            )
        while True:
            yield tuple(self._intent(intent) for intent in page.data)
            if not page.has_more:
                return
            with translated():
                page = page.next_page()

    def intent(self, intent_id: str) -> IntentSeen:
        """Return one payment."""
        with translated():
            found = self._client.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
        return self._intent(found)

    def disputes(self, *, since: int) -> tuple[DisputeSeen, ...]:
        """Return every dispute opened since a second; there are few."""
        with translated():
            found = self._client.disputes.list(
                {"created": {"gte": since}, "limit": PAGE, "expand": ["data.payment_intent"]}
            )
            return tuple(self._dispute(dispute) for dispute in found.auto_paging_iter())

    def dispute(self, dispute_id: str) -> DisputeSeen:
        """Return one dispute."""
        with translated():
            found = self._client.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]})
        return self._dispute(found)

    def _intent(self, intent: Any) -> IntentSeen:
        self._refuse_other_mode(intent["id"], live=intent["livemode"])
        charge, notes = intent["latest_charge"], _notes(intent)
        return IntentSeen(
            id=intent["id"],
            payment_id=notes.get("payment"),
            order_id=notes.get("order"),
            money=money_of(intent["status"]),
            amount=intent["amount"],
            captured=intent["amount_received"],
            refunded=0 if charge is None else charge["amount_refunded"],
            currency=intent["currency"].upper(),
            created=intent["created"],
        )

    def _dispute(self, dispute: Any) -> DisputeSeen:
        self._refuse_other_mode(dispute["id"], live=dispute["livemode"])
        intent = dispute["payment_intent"]
        return DisputeSeen(
            id=dispute["id"],
            intent_id=None if intent is None else intent["id"],
            payment_id=None if intent is None else _notes(intent).get("payment"),
            amount=of_minor_units(dispute["amount"], dispute["currency"].upper()),
            reason=dispute["reason"],
            status=dispute["status"],
            outcome=_outcome(dispute["status"]),
            due_by=dispute["evidence_details"]["due_by"],
            created=dispute["created"],
        )

    def _refuse_other_mode(self, name: str, *, live: bool) -> None:
        if live != self._live:
            msg = f"{name}: livemode is {live}, our key says {self._live}"
            raise Locked(msg)


def message_of(event: Mapping[str, Any]) -> Message:
    """Read a message, from the webhook's body or from a list. Raises KeyError, TypeError."""
    thing = event["data"]["object"]
    known = (thing.get("id"), thing.get("payment_intent"))
    return Message(
        id=event["id"],
        type=event["type"],
        about=thing.get("object", ""),
        names=tuple(name for name in known if isinstance(name, str)),
        notes={key: str(said) for key, said in (thing.get("metadata") or {}).items()},
        live=bool(event["livemode"]),
    )


def _notes(intent: Any) -> dict[str, str]:
    notes: dict[str, str] = intent["metadata"].to_dict() if intent["metadata"] else {}
    return notes


def _outcome(status: str) -> Outcome:
    """Say what a dispute's status means for the money. Source: docs.stripe.com/disputes."""
    match status:
        case "warning_needs_response" | "warning_under_review":
            return Outcome.INQUIRY
        case "warning_closed" | "prevented":
            return Outcome.NONE
        case "won":
            return Outcome.WON
        case "lost":
            return Outcome.LOST
    return Outcome.OPEN
