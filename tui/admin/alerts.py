"""Alert: what the house cannot settle by itself, and waits for an operator."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from client.formatting import left, moment
from contract.alerts import (
    LIST_ALERTS,
    RESOLVE_ALERT,
    Alert,
    AlertClosed,
    AlertOpened,
    AlertQuery,
    ResolveAlert,
)
from contract.feed import FeedEntry
from tui.admin.pane import Pane, Rows
from tui.admin.resolve_alert_dialog import Settling
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board

PAGE = 100


class MattersPane(Pane[Alert]):
    """The open alerts, the newest first."""

    title = "Alert"
    offers = frozenset({"story", "settle", "refund"})

    def __init__(self) -> None:
        """Know of none yet."""
        super().__init__(id="attention")
        self.open = 0

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Static(id="attention-state", markup=False)
        yield Rows[Alert](
            (
                Column(title="WHAT", of=lambda a: Words(a.kind.value.replace("_", " "), Tone.WARN),
                       width=18),
                Column(title="SINCE", of=self._since, width=10, right=True),
                Column(title="ABOUT", of=lambda a: Words(a.subject, Tone.DIM), width=26, spare=1),
                Column(title="WHAT IS KNOWN", of=lambda a: a.detail),
            ),
            key=lambda alert: alert.id,
            empty="reading…",
            id="attention-board",
        )  # fmt: skip
        yield Static(id="attention-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.board.row.order_id if self.board.row else None

    @asking("alerts")
    async def load(self) -> None:
        """Read what is open."""
        page = await self.session.page(LIST_ALERTS, AlertQuery(limit=PAGE))
        self.open = len(page.items)
        self.board.empty = "nothing needs you"
        self.board.show(page.items)
        more = "+" if page.next else ""
        said = (
            f"{self.open:,}{more} need{'s' * (self.open == 1)} you" if self.open else "open alerts"
        )
        self.query_one("#attention-state", Static).update(said)
        self._describe()

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Read again when an alert was opened or closed."""
        if any(isinstance(entry.event, AlertOpened | AlertClosed) for entry in entries):
            self.load()

    def ask_settle(self, alert: Alert) -> None:
        """Ask what was done about an alert."""

        def said(note: str | None) -> None:
            if note:
                self.settle(alert, note)

        self.house.push_screen(Settling(alert), said)

    @asking("settle")
    async def settle(self, alert: Alert, note: str) -> None:
        """Close an alert."""
        await self.session.call(RESOLVE_ALERT, ResolveAlert(note=note), alert_id=alert.id)
        self.board.drop(alert.id)
        self.house.notify("Settled.")
        self.load()

    @on(Board.Moved)
    def _describe(self) -> None:
        """Say all of what a row has no room for."""
        alert = self.board.row
        detail = self.query_one("#attention-detail", Static)
        detail.display = alert is not None
        if alert is not None:
            about = f"{alert.id} · since {moment(alert.opened_at)} · {alert.subject}"
            about += f" · order {alert.order_id}" if alert.order_id else ""
            detail.update(Content.assemble((about, "$text-muted"), "\n", alert.detail))

    def _since(self, alert: Alert) -> Cell:
        return Words(left(alert.opened_at, self.session.now()), Tone.DIM)
