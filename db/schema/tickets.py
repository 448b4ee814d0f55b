"""Tickets: one seat at one show."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.tickets import TicketStatus, WithdrawReason
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    max_length,
    nullable_text,
    primary_key,
    text,
    timestamp,
)


class TicketColumns(TypedColumns):
    """A ticket. `order_id` is the order that locked or bought it; `starts_at` is its show's start.

    `shelf` is the listing state: on (available or locked), sold, or off. The indexes for browsing
    depend on it and not on `status`, so that a lock does not write them.

    `code` is the entry code: only the statements of the wallet, the gate and imports select it.
    `code_key` is the form in which the gate compares it (`contract.codes.code_key`).

    `seat_key` identifies the seat (`contract.text_keys.seat_key`). It is NULL for a place without a
    number, and for a ticket that was the second one of its seat before that was refused.
    """

    id = primary_key()
    show_id = foreign_key("shows.id")
    starts_at = timestamp()
    seller_id = foreign_key("accounts.id")
    section = text()
    row = text()
    seat = text()
    price_amount = integer()
    price_currency = text()
    status = text()
    shelf = text()
    order_id = nullable_text()
    code = text()
    external_id = nullable_text()
    version = integer()
    created_at = timestamp()
    updated_at = timestamp()
    code_key = text()
    seat_key = nullable_text()
    withdraw_reason = nullable_text()
    withdraw_note = nullable_text()


LISTED = column("shelf") == "on"
NOT_WITHDRAWN = column("shelf") != "off"
LISTING_STATE = (
    """shelf = CASE status WHEN 'sold' THEN 'sold' WHEN 'withdrawn' THEN 'off' ELSE 'on' END"""
)
tickets = Table(
    "tickets", METADATA, TicketColumns,
    enum_check("status", TicketStatus), max_length("code", 80), max_length("external_id", 80),
    check("price", "price_amount > 0"), check("currency", "length(price_currency) = 3"),
    check("shelf", LISTING_STATE),
    enum_check("withdraw_reason", WithdrawReason),
    check("held", "(order_id IS NOT NULL) = (status IN ('locked', 'sold'))"),
    Index(None, "code_key"),
    Index("ix_tickets_by_seller", "seller_id", "external_id"),
    partial_index("ux_tickets_external_id", "seller_id", "external_id", unique=True,
                  where=NOT_WITHDRAWN & column("external_id").is_not(None)),
    partial_index("ix_tickets_by_start", "starts_at", "id", where=LISTED),
    partial_index("ix_tickets_by_price", "price_currency", "price_amount", "id", where=LISTED),
    partial_index("ix_tickets_by_show", "show_id", "price_currency", "price_amount",
                  where=LISTED),
    # The last line of defence: whatever the code does, a seat of a show has one ticket.
    partial_index("ux_tickets_seat", "show_id", "seat_key", unique=True, where=NOT_WITHDRAWN),
    **STRICT,
)  # fmt: skip
