"""Saving: the shapes of what a saved card consists of."""

from __future__ import annotations

from msgspec import field

from server.sandbox.shapes import Data, Thing

NO_INVOICES: Data = {
    "custom_fields": None,
    "default_payment_method": None,
    "footer": None,
    "rendering_options": None,
}
SETUP_OPTIONS: Data = {
    "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
}


class Customer(Thing, frozen=True, kw_only=True, tag="customer"):
    """Somebody who may come back: what the shop calls them, and whose cards they are."""

    created: int
    address: None = None
    balance: int = 0
    currency: None = None
    default_source: None = None
    delinquent: bool = False
    description: str | None = None
    discount: None = None
    email: str | None = None
    invoice_prefix: str | None = None
    invoice_settings: Data = field(default_factory=lambda: NO_INVOICES)
    livemode: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] = field(default_factory=list)
    shipping: None = None
    tax_exempt: str = "none"
    test_clock: None = None


class Gone(Thing, frozen=True, kw_only=True, tag="customer"):
    """What is left of a customer who was deleted."""

    deleted: bool = True


class Setup(Thing, frozen=True, kw_only=True, tag="setup_intent"):
    """The will to charge a card later; one may see several cards tried."""

    created: int
    status: str
    allowed_payment_method_types: list[str] | None = None
    application: None = None
    attach_to_self: bool = False
    automatic_payment_methods: Data | None = None
    cancellation_reason: str | None = None
    client_secret: str | None = None
    customer: str | None = None
    description: str | None = None
    flow_directions: None = None
    last_setup_error: Data | None = None
    latest_attempt: None = None
    livemode: bool = False
    mandate: None = None
    metadata: dict[str, str] = field(default_factory=dict)
    next_action: Data | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_options: Data = field(default_factory=lambda: SETUP_OPTIONS)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    single_use_mandate: None = None
    usage: str = "off_session"


class Mark(Thing, frozen=True, kw_only=True, tag="sandbox.mark"):
    """What a bank or Stripe remembers of a payment method. Nobody can retrieve it."""
