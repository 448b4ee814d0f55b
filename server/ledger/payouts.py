"""Payouts: a seller's released sales on one statement, minus debts from refunds of earlier sales.

Only `release` pays anything out. A payout by file is sent at once: the operator pays the statement
by bank transfer. A payout by transfer is due until Stripe has it; if Stripe refuses it, its lines
are reversed and its sales go into the next payout.
"""

from __future__ import annotations

from typing import TypeVar

from contract.alerts import AlertKind
from contract.auth import AccountStatus
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
    PayoutStatement,
    PayoutStatus,
    PayoutUpdated,
)
from contract.money import Money
from db.statement import Row
from db.types import from_us
from server import jobs, stripe
from server.alerts import service as alerts
from server.auth import service as auth
from server.ledger import booking
from server.ledger import statements as sql
from server.tx import Tx

PayoutEvent = TypeVar("PayoutEvent", PayoutCreated, PayoutUpdated)

#: The kind of job. Its subject is a payout.
TRANSFER = "payout.transfer"
#: A run ends after this many payouts, or sales on them: buyers wait for its transaction.
MAX_PAYOUTS, MAX_SALES = 100, 2000
#: A dry run only reads, and may show more payouts.
MAX_SHOWN = 1000


def release(tx: Tx, *, dry_run: bool) -> PayoutRun:
    """Pay out what sellers are owed now, in each currency; one run at a time.

    A seller whose debts are as large as their sales gets nothing yet. All of a seller's sales go on
    one statement, however many; `more` means that other sellers are left for another run.
    """
    tx.advisory_lock("payouts")
    most = MAX_SHOWN if dry_run else MAX_PAYOUTS
    owed = tx.all(sql.OWED, now=tx.now_us, most=most + 1)
    made: list[Payout] = []
    lines = 0
    for seller_id, currency, count, amount in owed[:most]:
        if lines >= MAX_SALES and not dry_run:
            break
        if dry_run:
            money = Money(amount=int(amount), currency=currency)
            made.append(_preview(tx, seller_id=seller_id, amount=money, sales=count))
        else:
            made += _pay(tx, seller_id=seller_id, currency=currency)
        lines += count
    return PayoutRun(payouts=tuple(made), more=len(made) < len(owed), dry_run=dry_run)


def sent(tx: Tx, payout_id: str, *, transfer_id: str) -> None:
    """Record once that Stripe has transferred a payout."""
    row = tx.first(
        sql.FINISH,
        of_payout=payout_id, new_status=PayoutStatus.SENT.value, transfer=transfer_id,
        now=tx.now_us,
    )  # fmt: skip
    if row is not None:
        _publish(tx, PayoutUpdated, row)


def failed(tx: Tx, payout_id: str, *, why: str) -> None:
    """Reverse once a payout that Stripe refuses; its sales can be paid out again."""
    row = tx.first(
        sql.FINISH,
        of_payout=payout_id, new_status=PayoutStatus.FAILED.value, transfer=None, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        return
    payout = to_contract(tx, row)
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
    return to_contract(tx, row)


def destination(tx: Tx, *, payout_id: str) -> str | None:
    """Return the account a payout is to be transferred to; None if it is not due."""
    row = tx.first(sql.PAYOUT, of_payout=payout_id)
    return None if row is None or row[7] != PayoutStatus.DUE else str(row[6])


def is_frozen(tx: Tx, *, payout_id: str) -> bool:
    """Tell whether a payout waits because its seller is banned."""
    seller_id = view(tx, payout_id=payout_id).seller_id
    return auth.view(tx, user_id=seller_id).account.status is AccountStatus.BANNED


def statement(tx: Tx, *, payout: Payout) -> PayoutStatement:
    """Return a payout with its lines, one for each order."""
    rows = tx.all(sql.LINES, of_payout=payout.id)
    lines = tuple(PayoutLine(order_id=row[0], amount=row[1], currency=row[2]) for row in rows)
    return PayoutStatement(payout=payout, lines=lines)


def find(tx: Tx, *, seller_id: str | None, before: str, most: int) -> tuple[Payout, ...]:
    """Return payouts, newest first: a seller's, or all."""
    if seller_id is None:
        rows = tx.all(sql.PAYOUTS, before=before, most=most)
    else:
        rows = tx.all(sql.PAYOUTS_OF, by_seller=seller_id, before=before, most=most)
    return tuple(to_contract(tx, row) for row in rows)


def set_account(tx: Tx, *, user_id: str, account: str | None) -> None:
    """Set the account to which a seller's payouts go from now on. Raises NotFound."""
    auth.view(tx, user_id=user_id)
    tx.execute(sql.SET_ACCOUNT, user_id=user_id, account=account, version=1, updated_at=tx.now_us)
    tx.publish(PayoutAccountSet(id=user_id, version=0, account=account))


def to_contract(tx: Tx, row: Row) -> Payout:
    """Read a payout from its `PAYOUT_COLUMNS`."""
    return Payout(
        id=row[0], seller_id=row[1], seller_email=_email(tx, row[1]),
        amount=Money(amount=row[2], currency=row[3]), sales=row[4], method=PayoutMethod(row[5]),
        status=PayoutStatus(row[7]), created_at=from_us(row[9]), live=tx.settings.live,
    )  # fmt: skip


def _pay(tx: Tx, *, seller_id: str, currency: str) -> list[Payout]:
    """Make one payout of all that a seller is owed now in a currency, if it is above zero."""
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
    payout = to_contract(tx, row)
    _book(tx, payout, EntryKind.PAYOUT, [(line[0], line[1]) for line in owed])
    tx.executemany(sql.PAY_OUT, [{"of_order": line[0], "by_payout": payout.id} for line in owed])
    _publish(tx, PayoutCreated, row)
    if account is not None:
        jobs.enqueue(tx, TRANSFER, payout.id)
    return [payout]


def _book(tx: Tx, payout: Payout, kind: EntryKind, lines: list[tuple[str, int]]) -> None:
    """Book what the seller gets for each order; below zero it is taken back."""
    shared = {
        "posting": f"{kind}:{payout.id}", "kind": kind.value, "payment_id": None,
        "payout_id": payout.id, "currency": payout.amount.currency, "at": tx.now_us,
    }  # fmt: skip
    booking.write_posting(
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
    """Return the account for a transfer; None without one, or if Stripe cannot send the amount."""
    row = tx.first(sql.ACCOUNT, of_user=seller_id)
    if row is None or row[0] is None:
        return None
    try:
        stripe.minor_units(amount)
    except stripe.RequestRefused:
        return None
    return str(row[0])


def _preview(tx: Tx, *, seller_id: str, amount: Money, sales: int) -> Payout:
    """Return the payout a run would make. Its id is not stored."""
    account = _account(tx, seller_id=seller_id, amount=amount)
    return Payout(
        id=tx.new_id("out"), seller_id=seller_id, seller_email=_email(tx, seller_id),
        amount=amount, sales=sales,
        method=PayoutMethod.FILE if account is None else PayoutMethod.TRANSFER,
        status=PayoutStatus.DUE, created_at=tx.now, live=tx.settings.live,
    )  # fmt: skip


def _email(tx: Tx, user_id: str) -> str:
    return auth.view(tx, user_id=user_id).account.email


def _publish(tx: Tx, event: type[PayoutEvent], row: Row) -> None:
    tx.publish(
        event(
            id=row[0], version=row[8], seller_id=row[1],
            amount=Money(amount=row[2], currency=row[3]), status=PayoutStatus(row[7]),
        )
    )  # fmt: skip
