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
NO_TAX: Data = {"enabled": False, "liability": None, "provider": None, "status": None}
NO_EXTRAS: Data = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
NO_TEXT: Data = {
    "after_submit": None,
    "shipping_address": None,
    "submit": None,
    "terms_of_service_acceptance": None,
}


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
    failure_balance_transaction: None = None
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
    destination_details: Data | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = {}
    pending_reason: str | None = None
    reason: str | None = None
    receipt_number: None = None
    source_transfer_reversal: None = None
    transfer_reversal: None = None


class LineItem(Thing, frozen=True, kw_only=True, tag="item"):
    """What a Checkout Session sells, shown on its page."""

    description: str
    quantity: int
    currency: str
    amount_subtotal: int
    amount_total: int
    amount_discount: int = 0
    amount_tax: int = 0
    metadata: dict[str, str] = {}
    price: Data | None = None


class Draft(Thing, frozen=True, kw_only=True, tag="sandbox.draft"):
    """The intent a session will open when somebody first tries a card. Nobody can retrieve it."""

    intent: Intent


class Product(Thing, frozen=True, kw_only=True, tag="product"):
    """What a line item is: made for one item, and described on the page."""

    created: int
    updated: int
    name: str
    description: str | None = None
    active: bool = False
    default_price: None = None
    images: list[str] = []
    livemode: bool = False
    marketing_features: list[Data] = []
    metadata: dict[str, str] = {}
    package_dimensions: None = None
    shippable: None = None
    statement_descriptor: None = None
    tax_code: None = None
    type: str = "service"
    unit_label: None = None
    url: None = None


class Session(Thing, frozen=True, kw_only=True, tag="checkout.session"):
    """A page on which somebody may pay until it expires."""

    created: int
    expires_at: int
    amount_subtotal: int
    amount_total: int
    currency: str
    url: str | None
    adaptive_pricing: Data | None = None
    allowed_payment_method_types: list[str] | None = None
    after_expiration: None = None
    allow_promotion_codes: None = None
    automatic_tax: Data = field(default_factory=lambda: NO_TAX)
    billing_address_collection: None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: None = None
    collected_information: None = None
    consent: None = None
    consent_collection: None = None
    currency_conversion: None = None
    custom_fields: list[Data] = []
    custom_text: Data = field(default_factory=lambda: NO_TEXT)
    customer: str | None = None
    customer_creation: str = "if_required"
    customer_details: Data | None = None
    customer_email: str | None = None
    discounts: list[Data] = []
    invoice: None = None
    invoice_creation: None = None
    livemode: bool = False
    locale: str | None = None
    metadata: dict[str, str] = {}
    mode: str = "payment"
    origin_context: None = None
    payment_intent: str | None = None
    payment_link: None = None
    payment_method_collection: str = "if_required"
    payment_method_options: Data = field(default_factory=lambda: CARD_OPTIONS)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    payment_status: str = "unpaid"
    permissions: None = None
    phone_number_collection: Data = field(default_factory=lambda: {"enabled": False})
    recovered_from: None = None
    setup_intent: None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[Data] = []
    status: str = "open"
    submit_type: str | None = None
    subscription: None = None
    success_url: str | None = None
    total_details: Data = field(default_factory=lambda: NO_EXTRAS)
    ui_mode: str = "hosted_page"
    wallet_options: None = None


class Event(Thing, frozen=True, kw_only=True, tag="event"):
    """A fact, with the object as it was just after it."""

    api_version: str
    created: int
    data: Data
    request: Data
    type: str
    livemode: bool = False
    pending_webhooks: int = 0
