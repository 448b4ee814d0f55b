"""Tickets: one seat at one show, and the entry codes it has had."""

from sqlalchemy import Index, Table, TypedColumns, UniqueConstraint, column

from contract.tickets import CodeRevocation, TicketOrigin, TicketStatus, WithdrawReason
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    max_length,
    nullable_integer,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class TicketColumns(TypedColumns):
    """A ticket. `order_id` is the order that locked or bought it; `starts_at` is its show's start.

    `shelf` is the listing state: on (available or locked), sold, or off. The indexes for browsing
    depend on it and not on `status`, so that a lock does not write them.

    `owner_id` is who has it now: its seller until it is sold, then its buyer. `code_serial` counts
    the entry codes it has had. `inside` is 1 once it was admitted at the gate, `refunding` while
    its owner is about to lose it for a refund; `transfer_id` is the transfer that offers it to
    somebody. `barcode` is what the seller brought, sealed; `barcode_digest` is what its uniqueness
    is about (`server.tickets.barcodes`).

    `seat_key` identifies the seat (`contract.text_keys.seat_key`). It is NULL for a place without a
    number, and for a ticket that was the second one of its seat before that was refused.

    `locked_until` is the deadline of the order that has locked it.

    `origin` is issued for a ticket that the show's organiser made here, else imported. The face
    value is the price at which it was first offered for sale. `suspended` is 1 for a ticket in its
    owner's wallet whose listing the organiser's rules do not allow any more.
    """

    id = primary_key()
    show_id = foreign_key("shows.id")
    starts_at = timestamp()
    seller_id = foreign_key("accounts.id")
    owner_id = foreign_key("accounts.id")
    section = text()
    row = text()
    seat = text()
    price_amount = integer()
    price_currency = text()
    status = text()
    shelf = text()
    order_id = nullable_text()
    locked_until = nullable_timestamp()
    external_id = nullable_text()
    version = integer()
    created_at = timestamp()
    updated_at = timestamp()
    code_serial = integer()
    inside = integer()
    refunding = integer()
    transfer_id = nullable_text()
    barcode = nullable_text()
    barcode_digest = nullable_text()
    seat_key = nullable_text()
    withdraw_reason = nullable_text()
    withdraw_note = nullable_text()
    origin = text()
    face_amount = nullable_integer()
    face_currency = nullable_text()
    suspended = integer()


class EntryCodeColumns(TypedColumns):
    """An entry code that a ticket has or had; `code_key` is the form in which the gate compares it.

    A row is about one owner: `order_id` is the purchase by which the ticket came to them. Only the
    statements of the wallet and the gate select the code. `note` is why an operator revoked it.
    `changed_at` is when a gate must learn of it: it was issued, revoked, admitted, or its admission
    was undone.
    """

    id = primary_key()
    ticket_id = foreign_key("tickets.id")
    serial = integer()
    show_id = foreign_key("shows.id")
    owner_id = foreign_key("accounts.id")
    order_id = foreign_key("orders.id")
    code = text()
    code_key = text()
    issued_at = timestamp()
    revoked_at = nullable_timestamp()
    reason = nullable_text()
    note = nullable_text()
    changed_at = timestamp()


LISTED = column("shelf") == "on"
NOT_WITHDRAWN = column("shelf") != "off"
LISTING_STATE = (
    """shelf = CASE status WHEN 'sold' THEN 'sold' WHEN 'withdrawn' THEN 'off' ELSE 'on' END"""
)
#: An organiser's ticket has a face value; of an imported one, nobody knows it.
FACE_VALUE = (
    "(origin = 'issued') = (face_amount IS NOT NULL) "
    "AND (face_amount IS NULL) = (face_currency IS NULL)"
)
tickets = Table(
    "tickets", METADATA, TicketColumns,
    enum_check("status", TicketStatus), max_length("external_id", 80),
    check("price", "price_amount > 0"), check("currency", "length(price_currency) = 3"),
    check("shelf", LISTING_STATE),
    enum_check("withdraw_reason", WithdrawReason), enum_check("origin", TicketOrigin),
    check("face_value", FACE_VALUE),
    check("held", "(order_id IS NOT NULL) = (status IN ('locked', 'sold'))"),
    check("lock_end", "(locked_until IS NOT NULL) = (status = 'locked')"),
    Index("ix_tickets_by_seller", "seller_id", "external_id"),
    partial_index("ux_tickets_external_id", "seller_id", "external_id", unique=True,
                  where=NOT_WITHDRAWN & column("external_id").is_not(None)),
    partial_index("ix_tickets_by_start", "starts_at", "id", where=LISTED),
    partial_index("ix_tickets_by_price", "price_currency", "price_amount", "id", where=LISTED),
    partial_index("ix_tickets_by_show", "show_id", "price_currency", "price_amount",
                  where=LISTED),
    # The last line of defence: whatever the code does, a seat of a show has one ticket.
    partial_index("ux_tickets_seat", "show_id", "seat_key", unique=True, where=NOT_WITHDRAWN),
    check("suspended", "suspended = 0 OR (suspended = 1 AND status = 'sold')"),
    check("inside", "inside IN (0, 1)"), check("refunding", "refunding IN (0, 1)"),
    check("offered", "transfer_id IS NULL OR (status = 'sold' AND inside = 0 AND refunding = 0)"),
    # A barcode is printed on one ticket of a show, whoever lists it.
    partial_index("ux_tickets_barcode", "show_id", "barcode_digest", unique=True,
                  where=NOT_WITHDRAWN & column("barcode_digest").is_not(None)),
    Index(None, "owner_id", "id"),
    **STRICT,
)  # fmt: skip
VALID = column("revoked_at").is_(None)
entry_codes = Table(
    "entry_codes", METADATA, EntryCodeColumns,
    UniqueConstraint("ticket_id", "serial"), enum_check("reason", CodeRevocation),
    check("revoked", "(revoked_at IS NOT NULL) = (reason IS NOT NULL)"),
    # The last line of defence: whatever the code does, one code of a ticket opens the gate.
    partial_index("ux_entry_codes_valid", "ticket_id", unique=True, where=VALID),
    partial_index("ix_entry_codes_show", "show_id", "id", where=VALID),
    Index(None, "code_key"), Index(None, "owner_id", "id"),
    Index(None, "show_id", "changed_at", "id"),
    **STRICT,
)  # fmt: skip
