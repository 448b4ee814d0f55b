"""Booking: a posting is written once, its lines sum to zero, and none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contract.ledger import Book, EntryKind
from server.ledger import statements as sql
from server.ledger.shares import Paid
from server.orders import service as orders
from server.orders.service import OrderRecord
from server.tx import Tx

#: Lines that are of the sale itself, not of money on its way back.
SOLD = (EntryKind.CAPTURE, EntryKind.LATE)


class Money(msgspec.Struct, frozen=True):
    """One payment's money: whose it is, and what has become of it."""

    known: OrderRecord
    payment_id: str
    paid: Paid

    @property
    def order_id(self) -> str:
        """The order it was paid for."""
        return self.known.order.id


def of(tx: Tx, *, order_id: str, payment_id: str) -> Money:
    """Return what the ledger has of a payment; until the commit nobody else adds to its order."""
    tx.advisory_lock(f"ledger:{order_id}")
    known = orders.view(tx, order_id=order_id)
    rows = tx.all(sql.OF_PAYMENT, of_order=order_id, of_payment=payment_id)
    back = dict.fromkeys(Book, 0)
    for kind, book, amount in rows:
        if kind not in SOLD:
            back[Book(book)] += int(amount)
    paid = Paid(
        price=known.order.price.amount, fee=known.order.fee.amount,
        gone=back[Book.SELLER] + back[Book.FEE], returned=back[Book.FEE],
        late=any(kind == EntryKind.LATE for kind, _, _ in rows), contested=back[Book.DISPUTE],
    )  # fmt: skip
    return Money(known, payment_id, paid)


def booked(tx: Tx, money: Money, kind: EntryKind, subject: str) -> bool:
    """Tell whether a posting has been written."""
    return tx.first(sql.BOOKED, named=f"{kind}:{subject}", of_order=money.order_id) is not None


def book(tx: Tx, money: Money, kind: EntryKind, subject: str, amounts: Mapping[Book, int]) -> bool:
    """Write a posting of one payment, and keep what its seller is owed; tell whether it was new."""
    if booked(tx, money, kind, subject):
        return False
    known = money.known
    users = {Book.SELLER: known.seller_id, Book.BUYER: known.order.buyer_id}
    write(
        tx,
        [
            {
                "posting": f"{kind}:{subject}", "kind": kind.value, "book": book.value,
                "order_id": known.order.id, "payment_id": money.payment_id,
                "user_id": users.get(book), "payout_id": None, "amount": amount,
                "currency": known.order.price.currency, "at": tx.now_us,
            }
            for book, amount in amounts.items()
            if amount
        ],
    )  # fmt: skip
    if amounts.get(Book.SELLER):
        tx.execute(sql.OWE, of_order=known.order.id, more=-amounts[Book.SELLER])
    return True


def write(tx: Tx, lines: list[dict[str, str | int | None]]) -> None:
    """Write the lines of one posting, which sum to zero."""
    if sum(int(line["amount"] or 0) for line in lines):
        msg = f"{lines[0]['posting']} does not sum to zero"
        raise RuntimeError(msg)
    tx.executemany(sql.BOOK, lines)
