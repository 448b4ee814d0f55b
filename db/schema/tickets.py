"""Tickets: one seat at one show."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.tickets import TicketStatus
from db.dialect import STRICT, partial_index
from db.types import METADATA, at_most, holds, key, maybe_text, moment, number, one_of, ref, text


class TicketColumns(TypedColumns):
    """A ticket. `order_id` is the order that locks or bought it; `starts_at` its show's start.

    `shelf` says which lists may hold it: on (available or locked), sold, or off. The indexes
    people browse by depend on it and not on `status`, so that a lock leaves them alone.

    `code` opens the gate: no statement but the wallet's and the gate's may select it.
    """

    id = key()
    show_id = ref("shows.id")
    starts_at = moment()
    seller_id = ref("accounts.id")
    section = text()
    row = text()
    seat = text()
    price_amount = number()
    price_currency = text()
    status = text()
    shelf = text()
    order_id = maybe_text()
    code = text()
    external_id = maybe_text()
    version = number()
    created_at = moment()
    updated_at = moment()


ON_SHELF = column("shelf") == "on"
LISTED = column("shelf") != "off"
SHELF = """shelf = CASE status WHEN 'sold' THEN 'sold' WHEN 'withdrawn' THEN 'off' ELSE 'on' END"""
tickets = Table(
    "tickets", METADATA, TicketColumns,
    one_of("status", TicketStatus), at_most("code", 80), at_most("external_id", 80),
    holds("price", "price_amount > 0"), holds("currency", "length(price_currency) = 3"),
    holds("shelf", SHELF),
    holds("held", "(order_id IS NOT NULL) = (status IN ('locked', 'sold'))"),
    Index(None, "code"),
    Index("ux_tickets_external_id", "seller_id", "external_id", unique=True),
    partial_index("ix_tickets_by_start", "starts_at", "id", where=ON_SHELF),
    partial_index("ix_tickets_by_price", "price_currency", "price_amount", "id", where=ON_SHELF),
    partial_index("ix_tickets_by_show", "show_id", "price_currency", "price_amount",
                  where=ON_SHELF),
    partial_index("ux_tickets_seat", "seller_id", "show_id", "section", "row", "seat", unique=True,
                  where=LISTED & (column("seat") != "")),
    **STRICT,
)  # fmt: skip
