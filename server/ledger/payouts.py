"""Payouts: a seller's released sales on one statement, less the debts of earlier ones.

Only `release` pays anything out. By file a payout is sent at once: the operator pays what the
statement says by bank. By transfer it is due until Stripe has it; refused, its lines are reversed
and its sales are free for the next.
"""

from __future__ import annotations

from typing import TypeVar

from contract.alerts import AlertKind
from contract.ledger import (
    Book,
    EntryKind,
    Payout,
    PayoutAccountSet,
    PayoutCreated,
    PayoutLine,
    PayoutMethod,
    PayoutNotFound,
    PayoutRun,
    PayoutStatus,
    PayoutUpdated,
    Statement,
)
from contract.money import Money
from db.statement import Row
from db.types import from_us
from server import jobs
from server.alerts import service as alerts
from server.auth import service as auth
from server.ledger import booking
from server.ledger import statements as sql
from server.payments import stripe
from server.tx import Tx

Event = TypeVar("Event", PayoutCreated, PayoutUpdated)

#: The kind of job; its subject is a payout.
TRANSFER = "payout.transfer"
#: Payouts made in one transaction, and the sales after which it is enough: buyers wait meanwhile.
MOST, ENOUGH = 100, 2000
#: What a dry run shows at most; it only reads.
MOST_SHOWN = 1000


def release(tx: Tx, *, dry_run: bool) -> PayoutRun:
    """Pay out what sellers are owed now, each currency by itself; one run at a time.

    A seller whose debts are as large as his sales gets nothing yet. One statement takes all of a
    seller's sales in, however many; `more` says that others are left for another run.
    """
    tx.advisory_lock("payouts")
    most = MOST_SHOWN if dry_run else MOST
    owed = tx.all(sql.OWED, now=tx.now_us, most=most + 1)
    made: list[Payout] = []
    lines = 0
    for seller_id, currency, count, amount in owed[:most]:
        if lines >= ENOUGH and not dry_run:
            break
        if dry_run:
            money = Money(amount=int(amount), currency=currency)
            made.append(_imagined(tx, seller_id=seller_id, amount=money, sales=count))
        else:
            made += _pay(tx, seller_id=seller_id, currency=currency)
        lines += count
    return PayoutRun(payouts=tuple(made), more=len(made) < len(owed), dry_run=dry_run)


def sent(tx: Tx, payout_id: str, *, transfer_id: str) -> None:
    """Write down that Stripe has transferred a payout, once."""
    row = tx.first(
        sql.SETTLE,
        of_payout=payout_id, new_status=PayoutStatus.SENT.value, transfer=transfer_id,
        now=tx.now_us,
    )  # fmt: skip
    if row is not None:
        _publish(tx, PayoutUpdated, row)


def failed(tx: Tx, payout_id: str, *, why: str) -> None:
    """Take a payout back that Stripe refuses, once: its sales are free again."""
    row = tx.first(
        sql.SETTLE,
        of_payout=payout_id, new_status=PayoutStatus.FAILED.value, transfer=None, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        return
    payout = told(tx, row)
    lines = tx.all(sql.LINES, of_payout=payout_id)
    _book(tx, payout, EntryKind.PAYOUT_FAILED, [(line[0], -line[1]) for line in lines])
    tx.executemany(
        sql.TAKE_BACK,
        [{"of_order": line[0], "more": line[1], "by_payout": payout_id} for line in lines],
    )
    _publish(tx, PayoutUpdated, row)
    alerts.open_alert(
        tx, AlertKind.PAYOUT_FAILED, payout_id,
        detail=f"{payout.amount} to {payout.seller_email}: {why}",
    )  # fmt: skip


def view(tx: Tx, *, payout_id: str) -> Payout:
    """Return a payout. Raises PayoutNotFound."""
    row = tx.first(sql.PAYOUT, of_payout=payout_id)
    if row is None:
        raise PayoutNotFound
    return told(tx, row)


def destination(tx: Tx, *, payout_id: str) -> str | None:
    """Return the account a payout is transferred to; None when it is none of ours to transfer."""
    row = tx.first(sql.PAYOUT, of_payout=payout_id)
    return None if row is None or row[7] != PayoutStatus.DUE else str(row[6])


def statement(tx: Tx, *, payout: Payout) -> Statement:
    """Return a payout order by order."""
    rows = tx.all(sql.LINES, of_payout=payout.id)
    lines = tuple(PayoutLine(order_id=row[0], amount=row[1], currency=row[2]) for row in rows)
    return Statement(payout=payout, lines=lines)


def find(tx: Tx, *, seller_id: str | None, before: str, most: int) -> tuple[Payout, ...]:
    """List payouts, newest first: a seller's, or everybody's."""
    if seller_id is None:
        rows = tx.all(sql.PAYOUTS, before=before, most=most)
    else:
        rows = tx.all(sql.PAYOUTS_OF, by_seller=seller_id, before=before, most=most)
    return tuple(told(tx, row) for row in rows)


def set_account(tx: Tx, *, user_id: str, account: str | None) -> None:
    """Say to which account a seller's payouts go from now on. Raises NotFound."""
    auth.view(tx, user_id=user_id)
    tx.execute(sql.SET_ACCOUNT, user_id=user_id, account=account, version=1, updated_at=tx.now_us)
    tx.publish(PayoutAccountSet(id=user_id, version=0, account=account))


def told(tx: Tx, row: Row) -> Payout:
    """Read a payout from its `PAYOUT_COLUMNS`."""
    return Payout(
        id=row[0], seller_id=row[1], seller_email=_email(tx, row[1]),
        amount=Money(amount=row[2], currency=row[3]), sales=row[4], method=PayoutMethod(row[5]),
        status=PayoutStatus(row[7]), created_at=from_us(row[9]), live=tx.settings.live,
    )  # fmt: skip


def _pay(tx: Tx, *, seller_id: str, currency: str) -> list[Payout]:
    """Make one payout of all that a seller is owed now in a currency, if that is anything."""
    owed = tx.all(sql.PAYABLE, by_seller=seller_id, in_currency=currency, now=tx.now_us)
    amount = Money(amount=sum(row[1] for row in owed), currency=currency)
    if amount.amount <= 0:
        return []
    account = _account(tx, seller_id=seller_id, amount=amount)
    method = PayoutMethod.FILE if account is None else PayoutMethod.TRANSFER
    status = PayoutStatus.SENT if account is None else PayoutStatus.DUE
    row = tx.first(
        sql.CREATE,
        id=tx.new_id("out"), seller_id=seller_id, amount=amount.amount, currency=currency,
        sales=len(owed), method=method.value, account=account, status=status.value,
        transfer_id=None, version=1, created_at=tx.now_us, updated_at=tx.now_us,
    )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    payout = told(tx, row)
    _book(tx, payout, EntryKind.PAYOUT, [(line[0], line[1]) for line in owed])
    tx.executemany(sql.PAY_OUT, [{"of_order": line[0], "by_payout": payout.id} for line in owed])
    _publish(tx, PayoutCreated, row)
    if account is not None:
        jobs.enqueue(tx, TRANSFER, payout.id)
    return [payout]


def _book(tx: Tx, payout: Payout, kind: EntryKind, lines: list[tuple[str, int]]) -> None:
    """Book what goes to the seller for each order; below zero it comes back."""
    shared = {
        "posting": f"{kind}:{payout.id}", "kind": kind.value, "payment_id": None,
        "payout_id": payout.id, "currency": payout.amount.currency, "at": tx.now_us,
    }  # fmt: skip
    booking.write(
        tx,
        [
            {**shared, "order_id": order_id, "book": book.value, "user_id": user, "amount": signed}
            for order_id, amount in lines
            for book, user, signed in (
                (Book.SELLER, payout.seller_id, amount),
                (Book.PLATFORM, None, -amount),
            )
        ],
    )


def _account(tx: Tx, *, seller_id: str, amount: Money) -> str | None:
    """Return where a payout can be transferred to: some amounts are too fine for Stripe."""
    row = tx.first(sql.ACCOUNT, of_user=seller_id)
    if row is None or row[0] is None:
        return None
    try:
        stripe.minor_units(amount)
    except stripe.Refused:
        return None
    return str(row[0])


def _imagined(tx: Tx, *, seller_id: str, amount: Money, sales: int) -> Payout:
    """Say what a payout would be like. Its id is not kept."""
    account = _account(tx, seller_id=seller_id, amount=amount)
    return Payout(
        id=tx.new_id("out"), seller_id=seller_id, seller_email=_email(tx, seller_id),
        amount=amount, sales=sales,
        method=PayoutMethod.FILE if account is None else PayoutMethod.TRANSFER,
        status=PayoutStatus.DUE, created_at=tx.now, live=tx.settings.live,
    )  # fmt: skip


def _email(tx: Tx, user_id: str) -> str:
    return auth.view(tx, user_id=user_id).account.email


def _publish(tx: Tx, event: type[Event], row: Row) -> None:
    tx.publish(
        event(
            id=row[0], version=row[8], seller_id=row[1],
            amount=Money(amount=row[2], currency=row[3]), status=PayoutStatus(row[7]),
        )
    )  # fmt: skip
