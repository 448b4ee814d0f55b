"""Line items: what a session sells, read from `line_items[…][price_data]`."""

from __future__ import annotations

from server.sandbox.checkout import LineItem, Product, Session
from server.sandbox.params import Params
from server.sandbox.refusals import invalid
from server.sandbox.shapes import Data
from server.sandbox.turn import Turn

Sold = tuple[LineItem, Product]

#: As many as Stripe takes in payment mode.
MOST = 100


def read(turn: Turn, groups: list[Params]) -> list[Sold]:
    """Read the items of a new session, all in one currency."""
    if not groups:
        message = "You must provide at least one line item."
        raise invalid(message, param="line_items", code="parameter_missing")
    if len(groups) > MOST:
        raise invalid(f"A session takes at most {MOST} line items.", param="line_items")
    items = [_read(turn, group) for group in groups]
    if len({item.currency for item, _ in items}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    return items


def list_all(turn: Turn, params: Params, session_id: str) -> Data:
    """Return the items of a session, in the order they were given."""
    turn.store.find(Session, session_id, param="session")
    params.finish()
    return of(turn, session_id)


def of(turn: Turn, session_id: str) -> Data:
    """Return a session's items as the list that `expand[]=line_items` shows."""
    return {
        "object": "list",
        "data": turn.store.owned(LineItem, session_id),
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }


def _read(turn: Turn, group: Params) -> Sold:
    quantity = group.count("quantity", low=1, high=999_999)
    price = group.group("price_data")
    described, currency = price.group("product_data"), price.needed("currency").lower()
    product = Product(
        id=turn.new_id("prod"),
        created=turn.now,
        updated=turn.now,
        name=described.needed("name"),
        description=described.text("description"),
    )
    unit = price.count("unit_amount")
    item = LineItem(
        id=turn.new_id("li"),
        description=product.name,
        quantity=quantity,
        currency=currency,
        amount_subtotal=unit * quantity,
        amount_total=unit * quantity,
        price=_price(turn, product, unit=unit, currency=currency),
    )
    return item, product


def _price(turn: Turn, product: Product, *, unit: int, currency: str) -> Data:
    return {
        "id": turn.new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": turn.now,
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
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
    }
