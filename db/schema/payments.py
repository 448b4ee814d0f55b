"""Payments, and their declines, refunds and disputes."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.payments import UNDECIDED_STATUSES, PaymentStatus
from contract.refunds import UNDERWAY_STATUSES, RefundedTicket, RefundReason, RefundStatus
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


class PaymentColumns(TypedColumns):
    """One attempt to pay an order. `parameters` are the arguments of the call to Stripe.

    They are stored because a replay with the same idempotency key must send the same ones. A
    payment with a saved card (`card_id`) has no page; `card` is the card that paid. `promised` is
    how much is reserved for refunds, done or under way: never more than was paid.
    """

    id = primary_key()
    order_id = foreign_key("orders.id")
    buyer_id = foreign_key("accounts.id")
    status = text()
    amount = integer()
    currency = text()
    parameters = text()
    session_id = nullable_text(unique=True)
    intent_id = nullable_text(unique=True)
    page_url = nullable_text()
    live = integer()
    declines = integer()
    declined = nullable_text()
    version = integer()
    created_at = timestamp()
    updated_at = timestamp()
    card_id = nullable_text()
    charge_id = nullable_text()
    card = nullable_text()
    promised = integer(server_default="0")


class DeclineColumns(TypedColumns):
    """A bank's refusal of one charge, counted once however often it is retrieved."""

    charge_id = primary_key()
    payment_id = foreign_key("payments.id")
    order_id = foreign_key("orders.id")
    code = text()
    at = timestamp()


class RefundColumns(TypedColumns):
    """A refund. A payment may have several, together never more than was captured."""

    id = primary_key()
    payment_id = foreign_key("payments.id")
    order_id = foreign_key("orders.id")
    amount = integer()
    currency = text()
    reason = text()
    status = text()
    stripe_id = nullable_text(unique=True)
    created_at = timestamp()
    updated_at = timestamp()
    ticket = text()


class DisputeColumns(TypedColumns):
    """A bank's claim on captured money. `id` and `status` are Stripe's; `due_by` is for evidence.

    `outcome` is ours: open, won or lost.
    """

    id = primary_key()
    payment_id = foreign_key("payments.id")
    order_id = foreign_key("orders.id")
    amount = integer()
    currency = text()
    reason = text()
    status = text()
    outcome = text()
    due_by = nullable_timestamp()
    opened_at = timestamp()
    updated_at = timestamp()


UNDECIDED = tuple(status.value for status in UNDECIDED_STATUSES)
UNDERWAY = tuple(status.value for status in UNDERWAY_STATUSES)
payments = Table(
    "payments", METADATA, PaymentColumns,
    enum_check("status", PaymentStatus), check("amount", "amount > 0"),
    check("live", "live IN (0, 1)"),
    check("promised", "promised >= 0 AND promised <= amount"),
    Index(None, "order_id"), Index("ux_payments_charge", "charge_id", unique=True),
    # Few of all payments; looked for every few seconds.
    partial_index("ix_payments_undecided", "id", where=column("status").in_(UNDECIDED)),
    **STRICT,
)  # fmt: skip
declines = Table("declines", METADATA, DeclineColumns, Index(None, "order_id"), **STRICT)
refunds = Table(
    "refunds", METADATA, RefundColumns,
    check("amount", "amount > 0"),
    enum_check("status", RefundStatus), enum_check("reason", RefundReason),
    enum_check("ticket", RefundedTicket),
    Index(None, "payment_id"), Index(None, "order_id"),
    # One at a time, so that what is left of a payment is never in doubt.
    partial_index("ux_refunds_underway", "payment_id", unique=True,
                  where=column("status").in_(UNDERWAY)),
    **STRICT,
)  # fmt: skip
disputes = Table(
    "disputes", METADATA, DisputeColumns,
    check("amount", "amount > 0"), check("outcome", "outcome IN ('open', 'won', 'lost')"),
    Index(None, "payment_id"),
    partial_index("ix_disputes_open", "id", where=column("outcome") == "open"),
    **STRICT,
)  # fmt: skip
