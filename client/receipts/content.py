"""Content: the text of a receipt, for every output format."""

from __future__ import annotations

from datetime import datetime

from client.formatting import Marked, changed_from, marked, origin, venue_time
from contract.money import Money
from contract.receipts import Receipt
from contract.refunds import Refund, RefundReason, RefundStatus
from contract.tickets import Ticket

#: What a buyer reads about a refund. A dropped refund is replaced by another one and left out.
REFUND_STATUS = {
    RefundStatus.DUE: "on its way",
    RefundStatus.SENT: "on its way",
    RefundStatus.DONE: "arrived",
    RefundStatus.FAILED: "failed; you will be paid in another way",
    RefundStatus.SETTLED: "paid in another way",
}
#: Why money went back, where the marketplace did not decide it.
WHY_REFUNDED = {
    RefundReason.ORGANISER: " by the organiser", RefundReason.RETURNED: " for the returned ticket",
}  # fmt: skip
#: Refunds that reduce the total.
COUNTED = frozenset(REFUND_STATUS) - {RefundStatus.FAILED}
TEST = "TEST money: no card was charged, and this receipt has no value."
LIVE = "Paid with LIVE money."


def amounts(receipt: Receipt) -> list[tuple[str, str]]:
    """Return what was paid and refunded, as pairs of a label and an amount."""
    fee = marked(receipt.fee, live=receipt.live)
    return [
        ("Price", _signed(receipt.price)),
        (f"Marketplace fee included: {fee.unlabelled(grouped=True)}", ""),
        *((_refund_label(each), _signed(each.amount, minus=True)) for each in shown(receipt)),
    ]


def total(receipt: Receipt) -> Marked:
    """Return what was paid, less what was refunded."""
    back = sum(each.amount.amount for each in receipt.refunds if each.status in COUNTED)
    return Marked(receipt.price.amount - back, receipt.price.currency, receipt.live)


def shown(receipt: Receipt) -> list[Refund]:
    """Return the refunds that a buyer should see."""
    return [each for each in receipt.refunds if each.status in REFUND_STATUS]


def identities(receipt: Receipt) -> list[tuple[str, str]]:
    """Return who paid whom for what, and how, as pairs of a label and a value."""
    card = f", {receipt.card}" if receipt.card else ""
    before = changed_from(receipt.ticket.show)
    return [
        *([("Before", before)] if before else []),
        ("Order", receipt.order_id),
        ("Paid", venue_time(_local(receipt.paid_at)) + card),
        ("Buyer", receipt.buyer_email),
        ("Seller", receipt.seller_id),
        ("Ticket", f"{receipt.ticket.id} ({origin(receipt.ticket)})"),
    ]


def where(ticket: Ticket) -> str:
    """Return where the show is: `Châtelet, Paris, FR`."""
    show = ticket.show
    return ", ".join(part for part in (show.venue, show.city, show.country) if part)


def starts(receipt: Receipt) -> str:
    """Return when the show begins, in the venue's time zone."""
    cancelled = " CANCELLED" if receipt.ticket.show.cancelled else ""
    return venue_time(receipt.ticket.show.starts_at) + cancelled


def note(receipt: Receipt) -> str:
    """Return the sentence that states whether the money was real."""
    return LIVE if receipt.live else TEST


def _refund_label(refund: Refund) -> str:
    at = _local(refund.created_at)
    why = WHY_REFUNDED.get(refund.reason, "")
    return f"Refund of {at.day} {at:%b %Y}{why}, {REFUND_STATUS[refund.status]}"


def _signed(money: Money, *, minus: bool = False) -> str:
    amount = -money.amount if minus else money.amount
    return Marked(amount, money.currency).unlabelled(grouped=True)


def _local(at: datetime) -> datetime:
    return at.astimezone()
