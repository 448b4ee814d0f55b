"""Balance: each movement of money on the platform's account, and what is left there.

The sandbox takes no fees, and what is captured is there at once. At Stripe it is pending for some
days, in which only a transfer that names its charge may use it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.shapes import Data, Thing
from server.sandbox.turn import Turn

#: What the balance of an account that has never seen money is told in.
FIRST_CURRENCY = "usd"
LEFT = """
SELECT json_extract(body, '$.currency') AS currency, sum(json_extract(body, '$.net'))
FROM things WHERE object = 'balance_transaction' GROUP BY currency ORDER BY currency
"""


class Why(StrEnum):
    """Why money moved; Stripe's reporting categories."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"


#: Stripe's older word, where it is another.
TYPES = {
    Why.DISPUTE: "adjustment",
    Why.DISPUTE_REVERSAL: "adjustment",
    Why.TRANSFER_REVERSAL: "transfer_refund",
}


class Movement(Thing, frozen=True, kw_only=True, tag="balance_transaction"):
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


def book(turn: Turn, why: Why, source: str, *, amount: int, currency: str) -> Movement:
    """Write a movement of `amount` down, which is below zero for money that leaves."""
    return turn.add(
        Movement(
            id=turn.new_id("txn"),
            amount=amount,
            available_on=turn.now,
            created=turn.now,
            currency=currency,
            net=amount,
            reporting_category=why,
            source=source,
            type=TYPES.get(why, why.value),
        ),
        owner=source,
    )


def left(turn: Turn, currency: str) -> int:
    """Return what the platform has in a currency; below zero when it owes."""
    return sum(int(amount) for known, amount in turn.store.run(LEFT) if known == currency)


def show(turn: Turn, params: Params) -> Data:
    """Return what the platform has, by currency."""
    params.finish()
    sums = turn.store.run(LEFT) or [(FIRST_CURRENCY, 0)]
    return {
        "object": "balance",
        "available": [_sum(currency, amount) for currency, amount in sums],
        "livemode": False,
        "pending": [_sum(currency, 0) for currency, _ in sums],
        "refund_and_dispute_prefunding": None,
    }


def retrieve(turn: Turn, _: Params, movement_id: str) -> Movement:
    """Return a movement."""
    return turn.store.find(Movement, movement_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return movements, newest first."""
    where = same(params, "currency", "source", "type")
    return page(turn, Movement, params, url="/v1/balance_transactions", where=where)


def _sum(currency: str, amount: int) -> Data:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
