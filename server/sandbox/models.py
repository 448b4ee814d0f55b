"""Models: the Stripe objects that several modules share, in the SDK's API version, nulls included.

An object of a single resource is defined beside its calls. Objects are frozen: every change
replaces the whole object, so that the snapshot in an event can never change afterwards. They have
only the fields that the sandbox uses and those that Stripe always sends.
"""

from __future__ import annotations

from typing import Any, final

import msgspec
from msgspec import field

Data = dict[str, Any]

CARD_OPTIONS: Data = {"card": {"request_three_d_secure": "automatic"}}
SETUP_OPTIONS: Data = {
    "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
}
NO_TAX: Data = {"enabled": False, "liability": None, "provider": None, "status": None}
NO_TOTAL_DETAILS: Data = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
NO_CUSTOM_TEXT: Data = {
    "after_submit": None,
    "shipping_address": None,
    "submit": None,
    "terms_of_service_acceptance": None,
}
NO_INVOICE_SETTINGS: Data = {
    "custom_fields": None,
    "default_payment_method": None,
    "footer": None,
    "rendering_options": None,
}
NO_BILLING_DETAILS: Data = {"address": None, "email": None, "name": None, "phone": None}


class Resource(msgspec.Struct, frozen=True, kw_only=True, tag_field="object"):
    """An object with an id."""

    id: str

    @classmethod
    def kind(cls) -> str:
        """Return Stripe's name for this type of object, such as `payment_intent`."""
        return str(cls.__struct_config__.tag)


class Customer(Resource, frozen=True, kw_only=True, tag="customer"):
    """A buyer as the shop describes them, to whom payment methods can be attached."""

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
    invoice_settings: Data = field(default_factory=lambda: NO_INVOICE_SETTINGS)
    livemode: bool = False
    metadata: dict[str, str] = {}
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] = field(default_factory=list)
    shipping: None = None
    tax_exempt: str = "none"
    test_clock: None = None


class DeletedCustomer(Resource, frozen=True, kw_only=True, tag="customer"):
    """The stub that remains of a deleted customer."""

    deleted: bool = True


class PaymentMethod(Resource, frozen=True, kw_only=True, tag="payment_method"):
    """A card: its brand, last digits and fingerprint, never its number."""

    created: int
    card: Data
    allow_redisplay: str = "unspecified"
    billing_details: Data = field(default_factory=lambda: NO_BILLING_DETAILS)
    customer: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = {}
    type: str = "card"


@final
class PaymentIntent(Resource, frozen=True, kw_only=True, tag="payment_intent"):
    """The intent to collect an amount; it may take several attempts."""

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


@final
class SetupIntent(Resource, frozen=True, kw_only=True, tag="setup_intent"):
    """The intent to save a card for later payments; it may take several attempts."""

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
    metadata: dict[str, str] = {}
    next_action: Data | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_options: Data = field(default_factory=lambda: SETUP_OPTIONS)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    single_use_mandate: None = None
    usage: str = "off_session"


class Charge(Resource, frozen=True, kw_only=True, tag="charge"):
    """One attempt to charge a card: declined, authorized or captured."""

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
    billing_details: Data = field(default_factory=lambda: NO_BILLING_DETAILS)
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


class StripeRefund(Resource, frozen=True, kw_only=True, tag="refund"):
    """Captured money that goes back to the card. A refund may fail long after it was created."""

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


class StripeEvent(Resource, frozen=True, kw_only=True, tag="event"):
    """An event, with a snapshot of the object right after it."""

    api_version: str
    created: int
    data: Data
    request: Data
    type: str
    livemode: bool = False
    pending_webhooks: int = 0


class CheckoutSession(Resource, frozen=True, kw_only=True, tag="checkout.session"):
    """A page on which a buyer can pay, or save a card, until it expires."""

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
    custom_text: Data = field(default_factory=lambda: NO_CUSTOM_TEXT)
    customer: str | None = None
    customer_creation: str | None = "if_required"
    customer_details: Data | None = None
    customer_email: str | None = None
    discounts: list[Data] = field(default_factory=list)
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
    setup_intent: str | None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[Data] = field(default_factory=list)
    status: str = "open"
    submit_type: str | None = None
    subscription: None = None
    success_url: str | None = None
    total_details: Data | None = field(default_factory=lambda: NO_TOTAL_DETAILS)
    ui_mode: str = "hosted_page"
    wallet_options: None = None
