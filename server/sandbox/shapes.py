"""Shapes: Stripe's objects as the API version of the SDK has them, nulls included.

Frozen: a step replaces the whole object, so that an event's snapshot can never change afterwards.
Only the fields that this sandbox gives a meaning, and those that Stripe promises in any case.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import field

Data = dict[str, Any]

CARD_OPTIONS: Data = {"card": {"request_three_d_secure": "automatic"}}
NOBODY: Data = {"address": None, "email": None, "name": None, "phone": None}


class Thing(msgspec.Struct, frozen=True, kw_only=True, tag_field="object"):
    """Something with an id that can be retrieved."""

    id: str

    @classmethod
    def kind(cls) -> str:
        """Return the name Stripe gives to this shape, such as `payment_intent`."""
        return str(cls.__struct_config__.tag)


class PaymentMethod(Thing, frozen=True, kw_only=True, tag="payment_method"):
    """A card somebody paid with: its brand, last digits and fingerprint, never its number."""

    created: int
    card: Data
    allow_redisplay: str = "unspecified"
    billing_details: Data = field(default_factory=lambda: NOBODY)
    customer: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = {}
    type: str = "card"


class Intent(Thing, frozen=True, kw_only=True, tag="payment_intent"):
    """The will to be paid an amount; one intent may see several attempts."""

    amount: int
    currency: str
    created: int
    status: str
    capture_method: str
    amount_capturable: int = 0
    amount_received: int = 0
    allowed_payment_method_types: list[str] | None = None
    amount_details: Data = field(default_factory=lambda: {"tip": {}})
    application: None = None
    application_fee_amount: None = None
    automatic_payment_methods: Data | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    client_secret: str | None = None
    confirmation_method: str = "automatic"
    customer: str | None = None
    description: str | None = None
    last_payment_error: Data | None = None
    latest_charge: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = {}
    next_action: Data | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_options: Data = field(default_factory=lambda: CARD_OPTIONS)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    processing: None = None
    receipt_email: str | None = None
    review: None = None
    setup_future_usage: str | None = None
    shipping: None = None
    source: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_data: None = None
    transfer_group: str | None = None


class Charge(Thing, frozen=True, kw_only=True, tag="charge"):
    """One attempt at a bank: declined, held, or captured."""

    amount: int
    currency: str
    created: int
    status: str
    paid: bool
    payment_intent: str
    payment_method: str
    payment_method_details: Data
    outcome: Data
    amount_captured: int = 0
    amount_refunded: int = 0
    application: None = None
    application_fee: None = None
    application_fee_amount: None = None
    balance_transaction: str | None = None
    billing_details: Data = field(default_factory=lambda: NOBODY)
    calculated_statement_descriptor: str | None = None
    captured: bool = False
    customer: str | None = None
    description: str | None = None
    disputed: bool = False
    failure_balance_transaction: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: Data = {}
    livemode: bool = False
    metadata: dict[str, str] = {}
    on_behalf_of: None = None
    receipt_email: str | None = None
    receipt_number: None = None
    receipt_url: str | None = None
    refunded: bool = False
    review: None = None
    shipping: None = None
    source: None = None
    source_transfer: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_data: None = None
    transfer_group: str | None = None


class Refund(Thing, frozen=True, kw_only=True, tag="refund"):
    """Captured money on its way back. It may be refused long after it was promised."""

    amount: int
    currency: str
    created: int
    status: str
    charge: str
    payment_intent: str
    balance_transaction: str | None = None
    customer: str | None = None
    destination_details: Data | None = None
    failure_balance_transaction: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = {}
    payment_method: str | None = None
    pending_reason: str | None = None
    reason: str | None = None
    receipt_number: None = None
    source_transfer_reversal: None = None
    transfer_reversal: None = None


class Event(Thing, frozen=True, kw_only=True, tag="event"):
    """An event, with the object as it was just after it."""

    api_version: str
    created: int
    data: Data
    request: Data
    type: str
    livemode: bool = False
    pending_webhooks: int = 0
