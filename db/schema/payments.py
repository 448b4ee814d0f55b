"""Payments, their declines, refunds and disputes, and the inbox of Stripe's messages."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.payments import PaymentStatus
from contract.refunds import RefundReason, RefundStatus
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


class PaymentColumns(TypedColumns):
    """One attempt to pay an order. `parameters` is every argument of the call, frozen.

    Frozen, because a replay under the same idempotency key must send the very same ones. An
    attempt with a saved card (`card_id`) has no page; `card` tells the card that paid. `promised`
    is how much of it went back or is on its way: never more than there was.
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
    card_id = maybe_text()
    charge_id = maybe_text()
    card = maybe_text()
    promised = number(server_default="0")


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
    order_id = ref("orders.id")
    amount = number()
    currency = text()
    reason = text()
    status = text()
    stripe_id = maybe_text(unique=True)
    created_at = moment()
    updated_at = moment()


class DisputeColumns(TypedColumns):
    """A bank's claim on captured money. `id` and `status` are Stripe's; `due_by` is for evidence.

    `outcome` is ours: open, won or lost.
    """

    id = key()
    payment_id = ref("payments.id")
    order_id = ref("orders.id")
    amount = number()
    currency = text()
    reason = text()
    status = text()
    outcome = text()
    due_by = maybe_moment()
    opened_at = moment()
    updated_at = moment()


#: Money may still come of these.
UNDECIDED = (
    PaymentStatus.NEW.value, PaymentStatus.OPEN.value, PaymentStatus.AUTHORISED.value,
    PaymentStatus.SURPLUS.value,
)  # fmt: skip
UNDERWAY = (RefundStatus.DUE.value, RefundStatus.SENT.value)
payments = Table(
    "payments", METADATA, PaymentColumns,
    one_of("status", PaymentStatus), holds("amount", "amount > 0"), holds("live", "live IN (0, 1)"),
    holds("promised", "promised >= 0 AND promised <= amount"),
    Index(None, "order_id"), Index("ux_payments_charge", "charge_id", unique=True),
    # Few of all there ever were; looked for every few seconds.
    partial_index("ix_payments_undecided", "id", where=column("status").in_(UNDECIDED)),
    **STRICT,
)  # fmt: skip
declines = Table("declines", METADATA, DeclineColumns, Index(None, "order_id"), **STRICT)
refunds = Table(
    "refunds", METADATA, RefundColumns,
    holds("amount", "amount > 0"),
    one_of("status", RefundStatus), one_of("reason", RefundReason),
    Index(None, "payment_id"), Index(None, "order_id"),
    # Only one at a time: what is left of a payment is then never in doubt.
    partial_index("ux_refunds_underway", "payment_id", unique=True,
                  where=column("status").in_(UNDERWAY)),
    **STRICT,
)  # fmt: skip
disputes = Table(
    "disputes", METADATA, DisputeColumns,
    holds("amount", "amount > 0"), holds("outcome", "outcome IN ('open', 'won', 'lost')"),
    Index(None, "payment_id"),
    partial_index("ix_disputes_open", "id", where=column("outcome") == "open"),
    **STRICT,
)  # fmt: skip
