"""Checkout: the shapes of what a hosted page consists of."""

from __future__ import annotations

from msgspec import field

from server.sandbox.shapes import CARD_OPTIONS, Data, Intent, Thing

NO_TAX: Data = {"enabled": False, "liability": None, "provider": None, "status": None}
NO_EXTRAS: Data = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
NO_TEXT: Data = {
    "after_submit": None,
    "shipping_address": None,
    "submit": None,
    "terms_of_service_acceptance": None,
}


class LineItem(Thing, frozen=True, kw_only=True, tag="item"):
    """What a Checkout Session sells, shown on its page."""

    description: str
    quantity: int
    currency: str
    amount_subtotal: int
    amount_total: int
    amount_discount: int = 0
    amount_tax: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
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
    images: list[str] = field(default_factory=list)
    livemode: bool = False
    marketing_features: list[Data] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    package_dimensions: None = None
    shippable: None = None
    statement_descriptor: None = None
    tax_code: None = None
    type: str = "service"
    unit_label: None = None
    url: None = None


class Session(Thing, frozen=True, kw_only=True, tag="checkout.session"):
    """A page on which somebody may pay, or save a card, until it expires."""

    created: int
    expires_at: int
    amount_subtotal: int | None
    amount_total: int | None
    currency: str | None
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
    custom_fields: list[Data] = field(default_factory=list)
    custom_text: Data = field(default_factory=lambda: NO_TEXT)
    customer: str | None = None
    customer_creation: str | None = "if_required"
    customer_details: Data | None = None
    customer_email: str | None = None
    discounts: list[Data] = field(default_factory=list)
    invoice: None = None
    invoice_creation: None = None
    livemode: bool = False
    locale: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
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
    setup_intent: str | None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[Data] = field(default_factory=list)
    status: str = "open"
    submit_type: str | None = None
    subscription: None = None
    success_url: str | None = None
    total_details: Data | None = field(default_factory=lambda: NO_EXTRAS)
    ui_mode: str = "hosted_page"
    wallet_options: None = None
