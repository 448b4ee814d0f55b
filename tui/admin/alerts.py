"""Alerts pane: what the server cannot resolve by itself and an operator must."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from client import alert_text
from client.formatting import local_time, relative_time
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
from contract.moderation import VIEW_ALERT
from tui.admin.claims_dialog import ClaimsDialog
from tui.admin.pane import AdminPane, OrderRows
from tui.admin.resolve_alert_dialog import ResolveAlertDialog
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

PAGE = 100


class AlertsPane(AdminPane[Alert]):
    """The open alerts, the newest first."""

    title = "Alerts"
    offers = frozenset({"trace", "resolve", "refund"})

    def __init__(self) -> None:
        """Start without alerts."""
        super().__init__(id="alerts")
        self.open = 0

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Static(id="alerts-state", markup=False)
        yield OrderRows[Alert](
            (
                TableColumn(
                    title="KIND",
                    of=lambda a: StyledText(a.kind.value.replace("_", " "), Tone.WARN),
                    width=18,
                ),
                TableColumn(title="SINCE", of=self._since, width=10, right=True),
                TableColumn(
                    title="SUBJECT",
                    of=lambda a: StyledText(a.subject, Tone.DIM),
                    width=26,
                    drop_rank=1,
                ),
                TableColumn(title="DETAILS", of=lambda a: a.detail),
            ),
            key=lambda alert: alert.id,
            empty="reading…",
            id="alerts-table",
        )
        yield Static(id="alerts-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.table.row.order_id if self.table.row else None

    @request("alerts")
    async def load(self) -> None:
        """Load the open alerts."""
        page = await self.session.page(LIST_ALERTS, AlertQuery(limit=PAGE))
        self.open = len(page.items)
        self.table.empty = "All clear"
        self.table.set_rows(page.items)
        more = "+" if page.next else ""
        text = (
            f"{self.open:,}{more} need{'s' * (self.open == 1)} attention"
            if self.open
            else "Needs attention"
        )
        self.query_one("#alerts-state", Static).update(text)
        self._describe()

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Reload when an alert was opened or resolved."""
        if any(isinstance(entry.event, AlertOpened | AlertClosed) for entry in entries):
            self.load()

    def ask_resolve(self, alert: Alert) -> None:
        """Ask what was done about an alert."""

        def text(note: str | None) -> None:
            if note:
                self.resolve(alert, note)

        self.app_base.push_screen(ResolveAlertDialog(alert), text)

    @staticmethod
    def compares(alert: Alert) -> bool:
        """Tell whether two people claim what the alert is about."""
        return alert.kind in alert_text.ABOUT_CLAIMS

    @request("claims")
    async def compare(self, alert: Alert) -> None:
        """Show the claims side by side."""
        viewed = await self.session.call(VIEW_ALERT, alert_id=alert.id)
        await self.app_base.push_screen(ClaimsDialog(viewed))

    @request("resolve")
    async def resolve(self, alert: Alert, note: str) -> None:
        """Resolve an alert."""
        await self.session.call(RESOLVE_ALERT, ResolveAlert(note=note), alert_id=alert.id)
        self.table.remove_row(alert.id)
        self.app_base.notify("Alert resolved.")
        self.load()

    @on(VirtualTable.CursorMoved)
    def _describe(self) -> None:
        """Show the full text of the alert under the cursor."""
        alert = self.table.row
        detail = self.query_one("#alerts-detail", Static)
        detail.display = alert is not None
        if alert is not None:
            about = f"{alert.id} · since {local_time(alert.opened_at)} · {alert.subject}"
            about += f" · order {alert.order_id}" if alert.order_id else ""
            if self.compares(alert):
                about = f"enter compares both claims · {about}"
            detail.update(Content.assemble((about, "$text-muted"), "\n", alert.detail))

    def _since(self, alert: Alert) -> Cell:
        return StyledText(relative_time(alert.opened_at, self.session.now()), Tone.DIM)
