"""Line items: what a session sells, read from `line_items[…][price_data]`."""

from __future__ import annotations

from msgspec import field

from server.sandbox.context import Context
from server.sandbox.errors import invalid_request
from server.sandbox.models import Data, Resource
from server.sandbox.params import Params

#: As many as Stripe allows in payment mode.
MAX_ITEMS = 100


class LineItem(Resource, frozen=True, kw_only=True, tag="item"):
    """An item that a Checkout Session sells, shown on its page."""

    description: str
    quantity: int
    currency: str
    amount_subtotal: int
    amount_total: int
    amount_discount: int = 0
    amount_tax: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    price: Data | None = None


class Product(Resource, frozen=True, kw_only=True, tag="product"):
    """The product of one line item, described on the page."""

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


def read(ctx: Context, groups: list[Params]) -> list[tuple[LineItem, Product]]:
    """Read the items of a new session, all in one currency."""
    if not groups:
        message = "You must provide at least one line item."
        raise invalid_request(message, param="line_items", code="parameter_missing")
    if len(groups) > MAX_ITEMS:
        message = f"A session can have at most {MAX_ITEMS} line items."
        raise invalid_request(message, param="line_items")
    items = [_read(ctx, group) for group in groups]
    if len({item.currency for item, _ in items}) > 1:
        message = "All line items must have the same currency."
        raise invalid_request(message, param="line_items")
    return items


def list_of_session(ctx: Context, session_id: str) -> Data:
    """Return a session's items as a list, in the order in which they were given."""
    return {
        "object": "list",
        "data": ctx.store.list_owned(LineItem, session_id),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def _read(ctx: Context, group: Params) -> tuple[LineItem, Product]:
    quantity = group.required_integer("quantity", low=1, high=999_999)
    price = group.group("price_data")
    product_data = price.group("product_data")
    currency = price.required_text("currency").lower()
    product = Product(
        id=ctx.new_id("prod"),
        created=ctx.now,
        updated=ctx.now,
        name=product_data.required_text("name"),
        description=product_data.text("description"),
    )
    unit_amount = price.required_integer("unit_amount")
    item = LineItem(
        id=ctx.new_id("li"),
        description=product.name,
        quantity=quantity,
        currency=currency,
        amount_subtotal=unit_amount * quantity,
        amount_total=unit_amount * quantity,
        price=_price(ctx, product, unit_amount=unit_amount, currency=currency),
    )
    return item, product


def _price(ctx: Context, product: Product, *, unit_amount: int, currency: str) -> Data:
    return {
        "id": ctx.new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": ctx.now,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product.id,
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }
