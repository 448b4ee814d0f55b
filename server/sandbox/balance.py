"""Balance: every movement of money on the platform's account, and what is available there.

The sandbox takes no fees, and captured money is available at once. At Stripe it is pending for some
days, in which only a transfer that names its charge may use it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from server.sandbox.context import Context
from server.sandbox.models import Data, Resource
from server.sandbox.params import Params, filters, list_page

#: The currency of the balance before the first payment.
DEFAULT_CURRENCY = "usd"
TOTALS = """
SELECT json_extract(body, '$.currency') AS currency, sum(json_extract(body, '$.net'))
FROM things WHERE object = 'balance_transaction' GROUP BY currency ORDER BY currency
"""


class ReportingCategory(StrEnum):
    """Why money moved, in Stripe's reporting categories."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"


#: Stripe's older `type`, where it differs from the category.
TYPES = {
    ReportingCategory.DISPUTE: "adjustment",
    ReportingCategory.DISPUTE_REVERSAL: "adjustment",
    ReportingCategory.TRANSFER_REVERSAL: "transfer_refund",
}


class BalanceTransaction(Resource, frozen=True, kw_only=True, tag="balance_transaction"):
    """Money that came to the platform's account (`net` above zero) or left it."""

    amount: int
    available_on: int
    created: int
    currency: str
    net: int
    reporting_category: str
    source: str
    type: str
    balance_type: str = "payments"
    description: str | None = None
    exchange_rate: None = None
    fee: int = 0
    fee_details: list[Data] = field(default_factory=list)
    status: str = "available"


def record(
    ctx: Context, category: ReportingCategory, source: str, *, amount: int, currency: str
) -> BalanceTransaction:
    """Record a movement of `amount`, negative for money that leaves; `source` caused it."""
    return ctx.insert(
        BalanceTransaction(
            id=ctx.new_id("txn"),
            amount=amount,
            available_on=ctx.now,
            created=ctx.now,
            currency=currency,
            net=amount,
            reporting_category=category,
            source=source,
            type=TYPES.get(category, category.value),
        ),
        owner=source,
    )


def available(ctx: Context, currency: str) -> int:
    """Return the platform's balance in a currency; it is negative when the platform owes money."""
    return sum(int(amount) for known, amount in ctx.store.execute(TOTALS) if known == currency)


def retrieve_balance(ctx: Context, params: Params) -> Data:
    """Return the platform's balance by currency."""
    params.reject_unknown()
    totals = ctx.store.execute(TOTALS) or [(DEFAULT_CURRENCY, 0)]
    return {
        "object": "balance",
        "available": [_total(currency, amount) for currency, amount in totals],
        "livemode": False,
        "pending": [_total(currency, 0) for currency, _ in totals],
        "refund_and_dispute_prefunding": None,
    }


def retrieve(ctx: Context, _: Params, transaction_id: str) -> BalanceTransaction:
    """Return a balance transaction."""
    return ctx.store.require(BalanceTransaction, transaction_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return balance transactions, newest first."""
    where = filters(params, "currency", "source", "type")
    return list_page(ctx, BalanceTransaction, params, url="/v1/balance_transactions", where=where)


def _total(currency: str, amount: int) -> Data:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
