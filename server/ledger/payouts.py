"""Payouts: a seller's released sales on one statement, minus debts from refunds of earlier sales.

Only `release` pays anything out. A payout by file is prepared until an operator says whether the
bank has paid it; meanwhile its money is in transit. A payout by transfer is due until Stripe has
it. If either fails, its lines are reversed and its sales go into the next payout.
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
    PayoutBatchNotFound,
    PayoutCreated,
    PayoutLine,
    PayoutMethod,
    PayoutNotFound,
    PayoutNotPrepared,
    PayoutRun,
    PayoutsQuery,
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
from server.ledger.states import MOVES
from server.states import source, target
from server.tx import Tx

PayoutEvent = TypeVar("PayoutEvent", PayoutCreated, PayoutUpdated)

#: The kind of job. Its subject is a payout.
TRANSFER = "payout.transfer"
#: A run ends after this many payouts, or sales on them: buyers wait for its transaction.
MAX_PAYOUTS, MAX_SALES = 100, 2000
#: A dry run only reads, and may show more payouts.
MAX_SHOWN = 1000
#: Why a transfer failed, to its seller; the alert has Stripe's own words, which are not for them.
REFUSED = "The payment provider refused the transfer."
#: Where the money of a payout lies until it has arrived.
HELD_IN = {PayoutMethod.FILE: Book.TRANSIT, PayoutMethod.TRANSFER: Book.PLATFORM}


def release(tx: Tx, *, dry_run: bool, batch_id: str | None = None) -> PayoutRun:
    """Pay out what sellers are owed now, in each currency; one run at a time.

    A seller whose debts are as large as their sales gets nothing yet. All of a seller's sales go on
    one statement, however many; `more` means that other sellers are left for another run, which may
    continue the batch of this one. Raises PayoutBatchNotFound.
    """
    tx.advisory_lock("payouts")
    if batch_id is not None:
        require_batch(tx, batch_id)
    batch = batch_id or tx.new_id("bat")
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
            made += _pay(tx, seller_id=seller_id, currency=currency, batch_id=batch)
        lines += count
    by_file = any(each.method is PayoutMethod.FILE for each in made) and not dry_run
    return PayoutRun(
        payouts=tuple(made), more=len(made) < len(owed), dry_run=dry_run,
        batch_id=batch if by_file else batch_id,
    )  # fmt: skip


def confirm(tx: Tx, payout_id: str) -> Payout:
    """Record once that the bank has paid a prepared payout.

    Raises PayoutNotFound, and PayoutNotPrepared unless it is prepared or paid.
    """
    payout = _finish(tx, payout_id, "confirm")
    if payout is None:
        return _finished(tx, payout_id, "confirm")
    lines = [(line[0], line[1]) for line in tx.all(sql.LINES, of_payout=payout_id)]
    _book(tx, payout, EntryKind.PAYOUT_PAID, lines, books=(Book.TRANSIT, Book.PLATFORM))
    return payout


def fail(tx: Tx, payout_id: str, *, reason: str) -> Payout:
    """Reverse once a prepared payout that the bank did not pay; its sales can be paid out again.

    Raises PayoutNotFound, and PayoutNotPrepared unless it is prepared or failed.
    """
    payout = _finish(tx, payout_id, "fail", why=reason)
    if payout is None:
        return _finished(tx, payout_id, "fail")
    _take_back(tx, payout)
    return payout


def sent(tx: Tx, payout_id: str, *, transfer_id: str) -> None:
    """Record once that Stripe has transferred a payout."""
    _finish(tx, payout_id, "send", transfer=transfer_id)


def failed(tx: Tx, payout_id: str, *, why: str) -> None:
    """Reverse once a payout that Stripe refuses; its sales can be paid out again."""
    payout = _finish(tx, payout_id, "refuse", why=REFUSED)
    if payout is None:
        return
    _take_back(tx, payout)
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


def statement(tx: Tx, *, payout: Payout) -> PayoutStatement:
    """Return a payout with its lines, one for each order."""
    rows = tx.all(sql.LINES, of_payout=payout.id)
    lines = tuple(PayoutLine(order_id=row[0], amount=row[1], currency=row[2]) for row in rows)
    return PayoutStatement(payout=payout, lines=lines)


def require_batch(tx: Tx, batch_id: str) -> None:
    """Raise PayoutBatchNotFound if no payout is in the batch."""
    if tx.first(sql.BATCH, of_batch=batch_id) is None:
        raise PayoutBatchNotFound


def find(tx: Tx, query: PayoutsQuery, *, before: str, most: int) -> tuple[Payout, ...]:
    """Return the payouts of all sellers, newest first."""
    status = query.status or ""
    if query.batch_id is None:
        rows = tx.all(sql.PAYOUTS, status_is=status, before=before, most=most)
    else:
        rows = tx.all(
            sql.PAYOUTS_OF_BATCH,
            of_batch=query.batch_id, status_is=status, before=before, most=most,
        )  # fmt: skip
    return tuple(to_contract(tx, row) for row in rows)


def find_own(tx: Tx, *, seller_id: str, before: str, most: int) -> tuple[Payout, ...]:
    """Return a seller's payouts, newest first."""
    rows = tx.all(sql.PAYOUTS_OF, by_seller=seller_id, before=before, most=most)
    return tuple(to_contract(tx, row) for row in rows)


def set_account(tx: Tx, *, user_id: str, account: str | None) -> None:
    """Set the account to which a seller's payouts go from now on. Raises NotFound."""
    auth.view(tx, user_id=user_id)
    tx.execute(sql.SET_ACCOUNT, user_id=user_id, account=account, version=1, updated_at=tx.now_us)
    tx.publish(PayoutAccountSet(id=user_id, version=0, account=account))


def to_contract(tx: Tx, row: Row) -> Payout:
    """Read a payout from its `PAYOUT_COLUMNS`."""
    seller = auth.view(tx, user_id=row[1]).account
    status = PayoutStatus(row[7])
    return Payout(
        id=row[0], seller_id=row[1], seller_email=seller.email,
        amount=Money(amount=row[2], currency=row[3]), sales=row[4], method=PayoutMethod(row[5]),
        status=status, created_at=from_us(row[9]), live=tx.settings.live,
        batch_id=row[10], reason=row[11],
        frozen=status in sql.IN_TRANSIT and seller.status is AccountStatus.BANNED,
    )  # fmt: skip


def _finish(
    tx: Tx, payout_id: str, verb: str, *, why: str | None = None, transfer: str | None = None
) -> Payout | None:
    """Move a payout out of the state that allows `verb`; return None if it is in another one."""
    row = tx.first(
        sql.FINISH,
        of_payout=payout_id, old_status=source(MOVES, verb).value,
        new_status=target(MOVES, verb).value, transfer=transfer, why=why, now=tx.now_us,
    )  # fmt: skip
    if row is None:
        return None
    _publish(tx, PayoutUpdated, row)
    return to_contract(tx, row)


def _finished(tx: Tx, payout_id: str, verb: str) -> Payout:
    """Return a payout that `verb` has moved before; any other one is refused by its state."""
    payout = view(tx, payout_id=payout_id)
    if payout.status is target(MOVES, verb):
        return payout
    msg = f"Payout {payout.id} is {payout.status}. Only a prepared one can be confirmed or failed."
    raise PayoutNotPrepared(msg)


def _take_back(tx: Tx, payout: Payout) -> None:
    """Reverse the lines of a payout, so that its sales are owed again."""
    lines = tx.all(sql.LINES, of_payout=payout.id)
    books = (Book.SELLER, HELD_IN[payout.method])
    _book(tx, payout, EntryKind.PAYOUT_FAILED, [(row[0], -row[1]) for row in lines], books=books)
    tx.executemany(
        sql.TAKE_BACK,
        [{"of_order": row[0], "more": row[1], "by_payout": payout.id} for row in lines],
    )


def _pay(tx: Tx, *, seller_id: str, currency: str, batch_id: str) -> list[Payout]:
    """Make one payout of all that a seller is owed now in a currency, if it is above zero."""
    owed = tx.all(sql.PAYABLE, by_seller=seller_id, in_currency=currency, now=tx.now_us)
    amount = Money(amount=sum(row[1] for row in owed), currency=currency)
    if amount.amount <= 0:
        return []
    account = _account(tx, seller_id=seller_id, amount=amount)
    method = PayoutMethod.FILE if account is None else PayoutMethod.TRANSFER
    status = PayoutStatus.PREPARED if account is None else PayoutStatus.DUE
    row = tx.first(
        sql.CREATE,
        id=tx.new_id("out"), seller_id=seller_id, amount=amount.amount, currency=currency,
        sales=len(owed), method=method.value, account=account, status=status.value,
        transfer_id=None, version=1, created_at=tx.now_us, updated_at=tx.now_us,
        batch_id=batch_id if account is None else None, reason=None,
    )  # fmt: skip
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    payout = to_contract(tx, row)
    lines = [(line[0], line[1]) for line in owed]
    _book(tx, payout, EntryKind.PAYOUT, lines, books=(Book.SELLER, HELD_IN[method]))
    tx.executemany(sql.PAY_OUT, [{"of_order": line[0], "by_payout": payout.id} for line in owed])
    _publish(tx, PayoutCreated, row)
    if account is not None:
        jobs.enqueue(tx, TRANSFER, payout.id)
    return [payout]


def _book(
    tx: Tx, payout: Payout, kind: EntryKind, lines: list[tuple[str, int]], *,
    books: tuple[Book, Book],
) -> None:  # fmt: skip
    """Book an amount for each order: above zero in the first of the books, below in the other."""
    users = {Book.SELLER: payout.seller_id}
    booking.write_posting(
        tx,
        [
            {
                "posting": f"{kind}:{payout.id}", "kind": kind.value, "book": book.value,
                "order_id": order_id, "payment_id": None, "user_id": users.get(book),
                "payout_id": payout.id, "amount": signed, "currency": payout.amount.currency,
                "at": tx.now_us,
            }
            for order_id, amount in lines
            for book, signed in zip(books, (amount, -amount), strict=True)
        ],
    )  # fmt: skip


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
    by_file = _account(tx, seller_id=seller_id, amount=amount) is None
    return Payout(
        id=tx.new_id("out"), seller_id=seller_id,
        seller_email=auth.view(tx, user_id=seller_id).account.email, amount=amount, sales=sales,
        method=PayoutMethod.FILE if by_file else PayoutMethod.TRANSFER,
        status=PayoutStatus.PREPARED if by_file else PayoutStatus.DUE,
        created_at=tx.now, live=tx.settings.live,
    )  # fmt: skip


def _publish(tx: Tx, event: type[PayoutEvent], row: Row) -> None:
    tx.publish(
        event(
            id=row[0], version=row[8], seller_id=row[1],
            amount=Money(amount=row[2], currency=row[3]), status=PayoutStatus(row[7]),
            batch_id=row[10], reason=row[11],
        )
    )  # fmt: skip
