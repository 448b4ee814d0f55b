"""Content: what a receipt says, in words, whatever it is drawn on."""

from __future__ import annotations

from datetime import datetime

from client.formatting import Marked, marked, there
from contract.money import Money
from contract.receipts import Receipt
from contract.refunds import Refund, RefundStatus

#: What a buyer reads of a refund; one that was dropped went back in another way, and is there too.
WORDS = {
    RefundStatus.DUE: "on its way",
    RefundStatus.SENT: "on its way",
    RefundStatus.DONE: "arrived",
    RefundStatus.FAILED: "came back; it will be paid in another way",
    RefundStatus.SETTLED: "paid in another way",
}
#: What counts as given back.
COUNTED = frozenset(WORDS) - {RefundStatus.FAILED}
TEST = "TEST money: no card was charged, and this receipt is worth nothing."
LIVE = "Paid with LIVE money."


def sums(receipt: Receipt) -> list[tuple[str, str]]:
    """Say what was paid and what went back, a label and an amount each."""
    fee = marked(receipt.fee, live=receipt.live)
    return [
        ("Price", _signed(receipt.price)),
        (f"of it the house's fee: {fee.written(grouped=True)}", ""),
        *((_told(each), _signed(each.amount, minus=True)) for each in shown(receipt)),
    ]


def total(receipt: Receipt) -> Marked:
    """Return what was paid, less what was given back."""
    back = sum(each.amount.amount for each in receipt.refunds if each.status in COUNTED)
    return Marked(receipt.price.amount - back, receipt.price.currency, receipt.live)


def shown(receipt: Receipt) -> list[Refund]:
    """Return the refunds a buyer should see."""
    return [each for each in receipt.refunds if each.status in WORDS]


def identities(receipt: Receipt) -> list[tuple[str, str]]:
    """Say who paid whom for what, and how."""
    card = f", {receipt.card}" if receipt.card else ""
    return [
        ("Order", receipt.order_id),
        ("Paid", there(_here(receipt.paid_at)) + card),
        ("Buyer", receipt.buyer_email),
        ("Seller", receipt.seller_id),
        ("Ticket", receipt.ticket.id),
    ]


def where(receipt: Receipt) -> str:
    """Say where the show is: `Châtelet, Paris, FR`."""
    show = receipt.ticket.show
    return ", ".join(part for part in (show.venue, show.city, show.country) if part)


def starts(receipt: Receipt) -> str:
    """Say when the show begins, as the clocks there show it."""
    cancelled = " CANCELLED" if receipt.ticket.show.cancelled else ""
    return there(receipt.ticket.show.starts_at) + cancelled


def note(receipt: Receipt) -> str:
    """Say whether the money was real."""
    return LIVE if receipt.live else TEST


def _told(refund: Refund) -> str:
    at = _here(refund.created_at)
    return f"Refund of {at.day} {at:%b %Y}, {WORDS[refund.status]}"


def _signed(money: Money, *, minus: bool = False) -> str:
    amount = -money.amount if minus else money.amount
    return Marked(amount, money.currency).written(grouped=True)


def _here(at: datetime) -> datetime:
    return at.astimezone()
