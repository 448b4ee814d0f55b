"""Booking: a posting is written once, its lines sum to zero, and no line is ever changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contract.ledger import Book, EntryKind
from server.ledger import statements as sql
from server.ledger.allocation import PaymentTotals
from server.orders import service as orders
from server.orders.service import OrderRecord
from server.tx import Tx

#: Postings of the sale itself, not of a refund or a dispute.
INCOMING = (EntryKind.CAPTURE, EntryKind.LATE)


class BookedPayment(msgspec.Struct, frozen=True):
    """A payment, its order, and what the ledger has booked of it."""

    known: OrderRecord
    payment_id: str
    totals: PaymentTotals

    @property
    def order_id(self) -> str:
        """The order it was paid for."""
        return self.known.order.id


def booked_payment(tx: Tx, *, order_id: str, payment_id: str) -> BookedPayment:
    """Return what the ledger has of a payment; nobody else books on its order until the commit."""
    tx.advisory_lock(f"ledger:{order_id}")
    known = orders.view(tx, order_id=order_id)
    rows = tx.all(sql.OF_PAYMENT, of_order=order_id, of_payment=payment_id)
    sums = dict.fromkeys(Book, 0)
    for kind, book, amount in rows:
        if kind not in INCOMING:
            sums[Book(book)] += int(amount)
    totals = PaymentTotals(
        price=known.order.price.amount, fee=known.order.fee.amount,
        refunded=sums[Book.SELLER] + sums[Book.FEE], fee_refunded=sums[Book.FEE],
        late=any(kind == EntryKind.LATE for kind, _, _ in rows), disputed=sums[Book.DISPUTE],
    )  # fmt: skip
    return BookedPayment(known, payment_id, totals)


def is_booked(tx: Tx, payment: BookedPayment, kind: EntryKind, subject: str) -> bool:
    """Tell whether a posting has been written."""
    return tx.first(sql.BOOKED, named=f"{kind}:{subject}", of_order=payment.order_id) is not None


def book(
    tx: Tx, payment: BookedPayment, kind: EntryKind, subject: str, amounts: Mapping[Book, int]
) -> None:
    """Write a posting of one payment once, and update what its seller is owed."""
    if is_booked(tx, payment, kind, subject):
        return
    known = payment.known
    users = {Book.SELLER: known.seller_id, Book.BUYER: known.order.buyer_id}
    write_posting(
        tx,
        [
            {
                "posting": f"{kind}:{subject}", "kind": kind.value, "book": book.value,
                "order_id": known.order.id, "payment_id": payment.payment_id,
                "user_id": users.get(book), "payout_id": None, "amount": amount,
                "currency": known.order.price.currency, "at": tx.now_us,
            }
            for book, amount in amounts.items()
            if amount
        ],
    )  # fmt: skip
    if amounts.get(Book.SELLER):
        tx.execute(sql.ADD_OWED, of_order=known.order.id, more=-amounts[Book.SELLER])


def write_posting(tx: Tx, lines: list[dict[str, str | int | None]]) -> None:
    """Write the lines of one posting; they must sum to zero."""
    if sum(int(line["amount"] or 0) for line in lines):
        msg = f"{lines[0]['posting']} does not sum to zero"
        raise RuntimeError(msg)
    tx.executemany(sql.BOOK, lines)
