"""Payouts: statements of what one was paid for which sales."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from client.formatting import Marked, marked, moment
from contract.base import Page, PageQuery
from contract.feed import FeedEntry
from contract.ledger import (
    LIST_PAYOUTS,
    VIEW_PAYOUT,
    Payout,
    PayoutCreated,
    PayoutMethod,
    PayoutStatus,
    PayoutUpdated,
    Statement,
)
from tui.account.tab import PAGE, Shelf
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.details_dialog import Details
from tui.widgets.styled_text import Cell, Tone, Words

STATES = {
    PayoutStatus.DUE: Words("on its way", Tone.WARN),
    PayoutStatus.SENT: Words("sent", Tone.GOOD),
    PayoutStatus.FAILED: Words("failed", Tone.LOSS),
}
METHODS = {PayoutMethod.FILE: "bank", PayoutMethod.TRANSFER: "transfer"}


class Payouts(Shelf[Payout]):
    """One's own payouts."""

    title = "Payouts"
    none = "no payouts yet"
    does = frozenset({"open", "copy"})

    def columns(self) -> Sequence[Column[Payout]]:
        return (
            Column(title="PAYOUT", of=lambda p: p.id, width=24),
            Column(title="MADE", of=_made, width=22, spare=1),
            Column(title="BY", of=lambda p: METHODS[p.method], width=8, spare=3),
            Column(title="SALES", of=lambda p: f"{p.sales:,}", width=6, right=True, spare=2),
            Column(title="AMOUNT", of=lambda p: str(p.amount), width=16, right=True),
            Column(title="STATUS", of=lambda p: STATES[p.status], width=11),
        )

    def key(self, row: Payout) -> str:
        return row.id

    def words(self, row: Payout) -> str:
        return f"{row.id} {row.amount} {STATES[row.status].text} {METHODS[row.method]}"

    async def fetch(self, cursor: str | None) -> Page[Payout]:
        return await self.session.page(LIST_PAYOUTS, PageQuery(limit=PAGE, cursor=cursor))

    def hear(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            fact = entry.event
            if isinstance(fact, PayoutCreated | PayoutUpdated) and fact.seller_id == me:
                self.load_soon()

    def open(self, row: Payout) -> None:
        self.read(row.id)

    @asking("statement")
    async def read(self, payout_id: str) -> None:
        """Show a payout with the orders it is for."""
        statement = await self.session.call(VIEW_PAYOUT, payout_id=payout_id)
        self.house.push_screen(Details(f"Payout {payout_id}", said(statement)))


def said(statement: Statement) -> list[tuple[str, object]]:
    """Say everything about a payout, its orders last."""
    payout = statement.payout
    orders = "\n".join(
        f"{line.order_id}  {Marked(line.amount, line.currency)}" for line in statement.lines
    )
    return [
        ("Amount", marked(payout.amount, live=payout.live)),
        ("Status", STATES[payout.status].text),
        ("By", METHODS[payout.method]),
        ("Made", moment(payout.created_at)),
        ("For", orders),
    ]


def _made(payout: Payout) -> Cell:
    return Words(moment(payout.created_at), Tone.DIM)
