"""Lists at Stripe: events, payments and disputes, read page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import stripe as sdk

from contract.money import Money
from server.stripe.errors import translated_errors
from server.stripe.mode import require_mode
from server.stripe.payment_state import FundsState, funds_of
from server.stripe.units import from_minor_units

#: Stripe's largest page of a list.
PAGE_SIZE = 100
#: The types that wake a job. The webhook accepts every other type too, without effect.
EVENT_TYPES = (
    "checkout.session.completed", "checkout.session.expired",
    "payment_intent.amount_capturable_updated", "payment_intent.succeeded",
    "payment_intent.payment_failed", "payment_intent.canceled",
    "charge.refunded", "refund.created", "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
)  # fmt: skip


class DisputeOutcome(StrEnum):
    """How a dispute stands for the marketplace. An inquiry has taken no money, and may never."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class ReceivedEvent:
    """An event of Stripe's: which object it is about, and nothing that it claims of it.

    `object_type` is Stripe's type of that object, `object_ids` the ids we may know it by, and
    `metadata` what we attached to it ourselves.
    """

    id: str
    type: str
    object_type: str
    object_ids: tuple[str, ...]
    metadata: Mapping[str, str]
    live: bool


@dataclass(frozen=True, kw_only=True)
class IntentState:
    """A payment as Stripe lists it. Amounts are in Stripe's units, times in Unix seconds.

    `payment_id` and `order_id` come from its metadata; another shop on the same account may have
    set them too.
    """

    id: str
    payment_id: str | None
    order_id: str | None
    funds: FundsState
    amount: int
    captured: int
    refunded: int
    currency: str
    created: int


@dataclass(frozen=True, kw_only=True)
class DisputeState:
    """A dispute as Stripe has it now. Times are in Unix seconds."""

    id: str
    intent_id: str | None
    payment_id: str | None
    amount: Money
    reason: str
    status: str
    outcome: DisputeOutcome
    due_by: int | None
    created: int


class RecordsApi:
    """Stripe's lists. Raises OutcomeUnknown, RequestRefused, AuthRejected."""

    def __init__(self, client: sdk.StripeClient, *, live: bool) -> None:
        """Read through `client`; refuse objects that are not of the mode of its key, `live`."""
        self._client = client.v1
        self._live = live

    def probe(self) -> None:
        """Make the smallest call there is, to see whether Stripe accepts our key."""
        with translated_errors():
            self._client.events.list({"limit": 1})

    def events(self, *, since: int, most: int) -> tuple[ReceivedEvent, ...]:
        """Return up to `most` of the newest events since a Unix second, oldest first."""
        with translated_errors():
            found = self._client.events.list(
                {"created": {"gte": since}, "types": list(EVENT_TYPES), "limit": PAGE_SIZE}
            )
            newest = [
                parse_event(event.to_dict()) for event in islice(found.auto_paging_iter(), most)
            ]
        for event in newest:
            self._require_mode(event.id, live=event.live)
        return tuple(reversed(newest))

    def intents(self, *, since: int) -> Iterator[tuple[IntentState, ...]]:
        """Return every payment made since a Unix second, page by page, newest first."""
        with translated_errors():
            page = self._client.payment_intents.list(
                {"created": {"gte": since}, "limit": PAGE_SIZE, "expand": ["data.latest_charge"]}
            )
        while True:
            yield tuple(self._intent(intent) for intent in page.data)
            if not page.has_more:
                return
            with translated_errors():
                page = page.next_page()

    def intent(self, intent_id: str) -> IntentState:
        """Return one payment."""
        with translated_errors():
            found = self._client.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})
        return self._intent(found)

    def disputes(self, *, since: int) -> tuple[DisputeState, ...]:
        """Return every dispute opened since a Unix second; there are few."""
        with translated_errors():
            found = self._client.disputes.list(
                {"created": {"gte": since}, "limit": PAGE_SIZE, "expand": ["data.payment_intent"]}
            )
            return tuple(self._dispute(dispute) for dispute in found.auto_paging_iter())

    def dispute(self, dispute_id: str) -> DisputeState:
        """Return one dispute."""
        with translated_errors():
            found = self._client.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]})
        return self._dispute(found)

    def _intent(self, intent: Any) -> IntentState:
        self._require_mode(intent["id"], live=intent["livemode"])
        charge, metadata = intent["latest_charge"], _metadata(intent)
        return IntentState(
            id=intent["id"],
            payment_id=metadata.get("payment"),
            order_id=metadata.get("order"),
            funds=funds_of(intent["status"]),
            amount=intent["amount"],
            captured=intent["amount_received"],
            refunded=0 if charge is None else charge["amount_refunded"],
            currency=intent["currency"].upper(),
            created=intent["created"],
        )

    def _dispute(self, dispute: Any) -> DisputeState:
        self._require_mode(dispute["id"], live=dispute["livemode"])
        intent = dispute["payment_intent"]
        return DisputeState(
            id=dispute["id"],
            intent_id=None if intent is None else intent["id"],
            payment_id=None if intent is None else _metadata(intent).get("payment"),
            amount=from_minor_units(dispute["amount"], dispute["currency"].upper()),
            reason=dispute["reason"],
            status=dispute["status"],
            outcome=_outcome(dispute["status"]),
            due_by=dispute["evidence_details"]["due_by"],
            created=dispute["created"],
        )

    def _require_mode(self, name: str, *, live: bool) -> None:
        require_mode(name, live=live, key_is_live=self._live)


def parse_event(event: Mapping[str, Any]) -> ReceivedEvent:
    """Read an event from the webhook's body or from a list. Raises KeyError, TypeError."""
    about = event["data"]["object"]
    ids = (about.get("id"), about.get("payment_intent"))
    return ReceivedEvent(
        id=event["id"],
        type=event["type"],
        object_type=about.get("object", ""),
        object_ids=tuple(one for one in ids if isinstance(one, str)),
        metadata={key: str(value) for key, value in (about.get("metadata") or {}).items()},
        live=bool(event["livemode"]),
    )


def _metadata(intent: Any) -> dict[str, str]:
    metadata: dict[str, str] = intent["metadata"].to_dict() if intent["metadata"] else {}
    return metadata


def _outcome(status: str) -> DisputeOutcome:
    """Return what a dispute's status means for the money. Source: docs.stripe.com/disputes."""
    match status:
        case "warning_needs_response" | "warning_under_review":
            return DisputeOutcome.INQUIRY
        case "warning_closed" | "prevented":
            return DisputeOutcome.NONE
        case "won":
            return DisputeOutcome.WON
        case "lost":
            return DisputeOutcome.LOST
    return DisputeOutcome.OPEN
