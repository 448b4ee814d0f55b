"""Payouts tab: what the user was paid, and for which sales."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from client.formatting import Marked, local_time, marked
from contract.base import Page, PageQuery
from contract.feed import FeedEntry
from contract.ledger import (
    LIST_PAYOUTS,
    VIEW_PAYOUT,
    Payout,
    PayoutCreated,
    PayoutMethod,
    PayoutStatement,
    PayoutStatus,
    PayoutUpdated,
)
from tui.account.tab import PAGE, AccountTab
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.details_dialog import DetailsDialog
from tui.widgets.styled_text import Cell, StyledText, Tone

STATES = {
    PayoutStatus.DUE: StyledText("on its way", Tone.WARN),
    PayoutStatus.SENT: StyledText("sent", Tone.GOOD),
    PayoutStatus.FAILED: StyledText("failed", Tone.LOSS),
    PayoutStatus.PREPARED: StyledText("prepared", Tone.WARN),
    PayoutStatus.PAID: StyledText("paid", Tone.GOOD),
}
METHODS = {PayoutMethod.FILE: "bank", PayoutMethod.TRANSFER: "transfer"}


class PayoutsTab(AccountTab[Payout]):
    """The user's own payouts."""

    title = "Payouts"
    empty_text = "no payouts yet"
    actions = frozenset({"open", "copy"})

    def columns(self) -> Sequence[TableColumn[Payout]]:
        return (
            TableColumn(title="PAYOUT", of=lambda p: p.id, width=24),
            TableColumn(title="CREATED", of=_made, width=22, drop_rank=1),
            TableColumn(title="METHOD", of=lambda p: METHODS[p.method], width=8, drop_rank=3),
            TableColumn(
                title="SALES", of=lambda p: f"{p.sales:,}", width=6, right=True, drop_rank=2
            ),
            TableColumn(title="AMOUNT", of=lambda p: str(p.amount), width=16, right=True),
            TableColumn(title="STATUS", of=lambda p: STATES[p.status], width=11),
        )

    def key(self, row: Payout) -> str:
        return row.id

    def search_text(self, row: Payout) -> str:
        return f"{row.id} {row.amount} {STATES[row.status].text} {METHODS[row.method]}"

    async def fetch(self, cursor: str | None) -> Page[Payout]:
        return await self.session.page(LIST_PAYOUTS, PageQuery(limit=PAGE, cursor=cursor))

    def handle_events(self, entries: Iterable[FeedEntry], *, me: str) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, PayoutCreated | PayoutUpdated) and event.seller_id == me:
                self.load_soon()

    def open(self, row: Payout) -> None:
        self.read(row.id)

    @request("statement")
    async def read(self, payout_id: str) -> None:
        """Show a payout and the orders it is for."""
        statement = await self.session.call(VIEW_PAYOUT, payout_id=payout_id)
        self.app_base.push_screen(DetailsDialog(f"Payout {payout_id}", lines(statement)))


def lines(statement: PayoutStatement) -> list[tuple[str, object]]:
    """Return the lines that describe a payout, its orders last."""
    payout = statement.payout
    orders = "\n".join(
        f"{line.order_id}  {Marked(line.amount, line.currency)}" for line in statement.lines
    )
    return [
        ("Amount", marked(payout.amount, live=payout.live)),
        ("Status", STATES[payout.status].text),
        ("Reason", payout.reason or ""),
        ("Method", METHODS[payout.method]),
        ("Created", local_time(payout.created_at)),
        ("Orders", orders),
    ]


def _made(payout: Payout) -> Cell:
    return StyledText(local_time(payout.created_at), Tone.DIM)
