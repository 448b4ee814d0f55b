"""Payments, their declines and refunds, and the inbox of Stripe's messages."""

from sqlalchemy import Index, Table, TypedColumns

from contract.payments import PaymentStatus
from db.dialect import STRICT
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


class PaymentColumns(TypedColumns):
    """One attempt to pay an order. `parameters` is every argument of the session, frozen.

    Frozen, because a replay under the same idempotency key must send the very same ones.
    """

    id = key()
    order_id = ref("orders.id")
    buyer_id = ref("accounts.id")
    status = text()
    amount = number()
    currency = text()
    parameters = text()
    session_id = maybe_text(unique=True)
    intent_id = maybe_text(unique=True)
    page_url = maybe_text()
    live = number()
    declines = number()
    declined = maybe_text()
    version = number()
    created_at = moment()
    updated_at = moment()


class DeclineColumns(TypedColumns):
    """A bank's refusal of one charge, counted once however often we hear of it."""

    charge_id = key()
    payment_id = ref("payments.id")
    order_id = ref("orders.id")
    code = text()
    at = moment()


class RefundColumns(TypedColumns):
    """Money on its way back. A payment may have several, never more than was captured."""

    id = key()
    payment_id = ref("payments.id")
    amount = number()
    reason = text()
    status = text()
    stripe_id = maybe_text(unique=True)
    created_at = moment()
    updated_at = moment()


class InboxColumns(TypedColumns):
    """A message from Stripe, seen once. `handled_at` is set once its effect is committed."""

    id = key()
    type = text()
    object_id = text()
    received_at = moment()
    handled_at = maybe_moment()


payments = Table(
    "payments", METADATA, PaymentColumns,
    one_of("status", PaymentStatus), holds("amount", "amount > 0"), holds("live", "live IN (0, 1)"),
    Index(None, "order_id"),
    **STRICT,
)  # fmt: skip
declines = Table("declines", METADATA, DeclineColumns, Index(None, "order_id"), **STRICT)
refunds = Table(
    "refunds", METADATA, RefundColumns,
    holds("amount", "amount > 0"),
    holds("status", "status IN ('due', 'done', 'failed')"), Index(None, "payment_id"),
    **STRICT,
)  # fmt: skip
inbox = Table("inbox", METADATA, InboxColumns, **STRICT)
