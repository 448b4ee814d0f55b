"""Orders: a buyer's claim on one ticket."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.orders import OPEN_STATUSES, CancelReason, OrderStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    holds,
    key,
    maybe_moment,
    maybe_text,
    moment,
    number,
    one_of,
    ref,
    text,
)


class OrderColumns(TypedColumns):
    """An order, with show, seat and price as agreed when the ticket was locked.

    `pay_code` is the last part of the short payment link; `payment_id` the payment that owns the
    order since it was claimed. The fee is agreed like the price; what has been refunded, and
    whether a bank disputes the payment, stand beside a complete order and do not undo it.
    """

    id = key()
    ticket_id = ref("tickets.id")
    buyer_id = ref("accounts.id")
    seller_id = ref("accounts.id")
    show_id = ref("shows.id")
    section = text()
    row = text()
    seat = text()
    price_amount = number()
    price_currency = text()
    status = text()
    reason = maybe_text()
    payment_id = maybe_text()
    pay_code = text(unique=True)
    version = number()
    expires_at = moment()
    created_at = moment()
    updated_at = moment()
    ended_at = maybe_moment()
    fee_amount = number()
    refunded_amount = number()
    disputed = number()


# Plain text: an index is written out as DDL, which knows no enums.
OPEN = tuple(status.value for status in OPEN_STATUSES)
#: The order holds its ticket, for now or for good.
HOLDING = (*OPEN, OrderStatus.COMPLETE.value)
orders = Table(
    "orders", METADATA, OrderColumns,
    one_of("status", OrderStatus), one_of("reason", CancelReason),
    holds("price", "price_amount > 0"), holds("currency", "length(price_currency) = 3"),
    holds("cancelled", "(reason IS NOT NULL) = (status = 'cancelled')"),
    holds("ended", "(ended_at IS NOT NULL) = (status IN ('complete', 'cancelled'))"),
    holds("owned", "payment_id IS NOT NULL OR status NOT IN ('confirming', 'complete')"),
    holds("seller_is_not_buyer", "seller_id <> buyer_id"),
    holds("fee_amount", "fee_amount >= 0 AND fee_amount <= price_amount"),
    holds("refunded_amount", "refunded_amount >= 0 AND refunded_amount <= price_amount"),
    holds("disputed", "disputed IN (0, 1)"),
    # The last line of defence: whatever the code does, two live orders on one ticket cannot be.
    partial_index("ux_orders_live_ticket", "ticket_id", unique=True,
                  where=column("status").in_(HOLDING)),
    partial_index("ix_orders_due", "expires_at",
                  where=column("status") == OrderStatus.AWAITING_PAYMENT.value),
    # What a buyer holds now must be counted at each lock, whatever he bought before.
    partial_index("ix_orders_open", "buyer_id", where=column("status").in_(OPEN)),
    # What was sold of a show, for the day it is cancelled; no lock has to write it.
    partial_index("ix_orders_sold", "show_id", "id",
                  where=column("status") == OrderStatus.COMPLETE.value),
    # What was paid lately for a show. No lock writes it; one over the ticket's `updated_at` would
    # have PostgreSQL write every index of a ticket at each (of 1,000 HOT updates it left none).
    partial_index("ix_orders_sold_at", "show_id", "ended_at", "id",
                  where=column("status") == OrderStatus.COMPLETE.value),
    Index(None, "buyer_id", "id"), Index(None, "ticket_id", "buyer_id"),
    **STRICT,
)  # fmt: skip
