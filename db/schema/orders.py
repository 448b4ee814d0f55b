"""Orders: a buyer's claim on one ticket."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.orders import OPEN_STATUSES, CancelReason, OrderStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class OrderColumns(TypedColumns):
    """An order, with show, seat, price and fee as agreed when the ticket was locked.

    `pay_code` is the last part of the short payment link; `payment_id` is the payment that has
    claimed the order. A refund or a dispute is recorded beside a complete order and leaves it
    complete. `is_current` is 1 for the last purchase of its ticket.
    """

    id = primary_key()
    ticket_id = foreign_key("tickets.id")
    buyer_id = foreign_key("accounts.id")
    seller_id = foreign_key("accounts.id")
    show_id = foreign_key("shows.id")
    section = text()
    row = text()
    seat = text()
    price_amount = integer()
    price_currency = text()
    status = text()
    reason = nullable_text()
    payment_id = nullable_text()
    pay_code = text(unique=True)
    version = integer()
    expires_at = timestamp()
    created_at = timestamp()
    updated_at = timestamp()
    ended_at = nullable_timestamp()
    fee_amount = integer()
    refunded_amount = integer()
    disputed = integer()
    is_current = integer()


# Plain text: an index is written out as DDL, which knows no enums.
OPEN = tuple(status.value for status in OPEN_STATUSES)
orders = Table(
    "orders", METADATA, OrderColumns,
    enum_check("status", OrderStatus), enum_check("reason", CancelReason),
    check("price", "price_amount > 0"), check("currency", "length(price_currency) = 3"),
    check("cancelled", "(reason IS NOT NULL) = (status = 'cancelled')"),
    check("ended", "(ended_at IS NOT NULL) = (status IN ('complete', 'cancelled'))"),
    check("owned", "payment_id IS NOT NULL OR status NOT IN ('confirming', 'complete')"),
    check("seller_is_not_buyer", "seller_id <> buyer_id"),
    check("fee_amount", "fee_amount >= 0 AND fee_amount <= price_amount"),
    check("refunded_amount", "refunded_amount >= 0 AND refunded_amount <= price_amount"),
    check("disputed", "disputed IN (0, 1)"),
    check("is_current", "is_current = 0 OR (is_current = 1 AND status = 'complete')"),
    # The last line of defence: whatever the code does, a ticket is locked for one order and was
    # last bought by one.
    partial_index("ux_orders_open_ticket", "ticket_id", unique=True,
                  where=column("status").in_(OPEN)),
    partial_index("ux_orders_current_ticket", "ticket_id", unique=True,
                  where=column("is_current") == 1),
    partial_index("ix_orders_due", "expires_at",
                  where=column("status") == OrderStatus.AWAITING_PAYMENT.value),
    # A buyer's open orders are counted at each lock, however many orders there were before.
    partial_index("ix_orders_open", "buyer_id", where=column("status").in_(OPEN)),
    # The sales of a show, in case it is cancelled. No lock writes this index.
    partial_index("ix_orders_sold", "show_id", "id",
                  where=column("status") == OrderStatus.COMPLETE.value),
    # The recent sales of a show. No lock writes this index; one on the ticket's `updated_at` would
    # make PostgreSQL write every index of the ticket at each lock (none of 1,000 updates was HOT).
    partial_index("ix_orders_sold_at", "show_id", "ended_at", "id",
                  where=column("status") == OrderStatus.COMPLETE.value),
    Index(None, "buyer_id", "id"), Index(None, "ticket_id", "buyer_id"),
    **STRICT,
)  # fmt: skip
