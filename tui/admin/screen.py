"""Operator screen: its tabs, the summary above them, and the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import ContentSwitcher, Input, Static

from client.formatting import countdown, marked
from contract.base import Empty
from contract.orders import ADMIN_CANCEL_ORDER, OPEN_STATUSES, VIEW_ORDER, Order
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.system import VIEW_STATS, Stats
from tui import actions
from tui.admin.alerts import AlertsPane
from tui.admin.event_log import EventLogPane, short_id
from tui.admin.flow_activity import FEED, STRIPE
from tui.admin.jobs import JobsPane
from tui.admin.locks import LocksPane
from tui.admin.orders import OrdersPane
from tui.admin.pane import AdminPane
from tui.admin.people import PeoplePane
from tui.admin.refund_dialog import OUTCOMES, RefundChoice, RefundDialog, refundable
from tui.base_screen import BaseScreen
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.confirm_dialog import ConfirmDialog, on_yes
from tui.widgets.tab_bar import TabBar
from tui.widgets.virtual_table import VirtualTable

PANES = (EventLogPane, LocksPane, JobsPane, OrdersPane, PeoplePane, AlertsPane)
#: Panes that are updated also in the background; the others load when they are selected.
BACKGROUND_PANES = (EventLogPane, LocksPane, PeoplePane, AlertsPane)
#: How often the summary is loaded while the screen is in front, in seconds.
RECOUNT = 5.0


class OperatorScreen(BaseScreen):
    """The server at work."""

    scope = "operator"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("operator")
    HELP = """\
# Operator

What happens on the server, live, and what you can do about it. `[` and `]` switch tabs. `enter`
shows the trace of the selected order, on every tab.
"""
    AUTO_FOCUS = ""

    tab: reactive[str] = reactive(EventLogPane.title, init=False)

    def __init__(self) -> None:
        """Start with the event log."""
        super().__init__()
        self.stats: Stats | None = None

    def body(self) -> ComposeResult:
        with Horizontal(id="operator-head"):
            yield TabBar([pane.title for pane in PANES], id="tabs")
            yield Static(id="summary", markup=False)
        with ContentSwitcher(initial="flow", id="pages"):
            for pane in PANES:
                yield pane()

    def on_mount(self) -> None:
        self.query_one(LocksPane).load()
        self.query_one(PeoplePane).load()
        self.query_one(AlertsPane).load()
        self.count()
        self.set_interval(RECOUNT, self.count, name="tick")
        self.set_interval(1.0, self.tick, name="tick")
        self.show_pane(load=False)

    @property
    def pane(self) -> AdminPane[Any]:
        """The selected pane."""
        return next(pane for pane in self.query(AdminPane) if pane.title == self.tab)

    # The summary, and what panes need from each other.

    @request("count")
    async def count(self) -> None:
        """Load the counts, unless another screen is in front."""
        if self.is_current and not self.app_base.offline_message():
            self.stats = await self.session.call(VIEW_STATS, Empty())
            self.show_summary()

    def tick(self) -> None:
        """Update the countdowns of the summary and of the selected pane."""
        if self.is_current:
            self.pane.tick()
            self.show_summary()

    def show_summary(self) -> None:
        """Update the summary."""
        flow = self.query_one(EventLogPane)
        events = flow.activity.per_minute(self.session.clock.monotonic())[FEED]
        failed = self.stats.jobs.get("failed", 0) if self.stats else 0
        locks = self.query_one(LocksPane).count
        waiting = self.query_one(AlertsPane).open
        text = [f"{waiting:,} need{'s' * (waiting == 1)} attention"] if waiting else []
        text += [f"{_counted(failed, 'failed job')}"] if failed else []
        if self.has_class("-wide"):
            text += [f"{events:,} events/min", _counted(locks, "open lock")]
        else:
            text = [*text, _counted(locks, "lock"), f"{events:,}/min"][:2]
        self.query_one("#summary", Static).update(" · ".join(text))

    def notes(self) -> Mapping[str, str]:
        locks = self.query_one(LocksPane)
        ends = locks.next_left
        notes = {"expiration": f"next {countdown(ends)}" if ends is not None else "idle",
                 "orders": f"{locks.count:,} open"}  # fmt: skip
        if self.stats is not None:
            notes["auth"] = f"{sum(self.stats.accounts.values()):,} acc."
            notes["tickets"] = f"{self.stats.tickets.get('available', 0):,} left"
            notes["payments"] = f"{self.stats.jobs.get('pending', 0):,} due"
        terms = self.session.terms
        notes[STRIPE] = "" if terms is None else ("live" if terms.live else "test")
        return notes

    def display_name(self, actor: str) -> str:
        known = self.query_one(PeoplePane).addresses.get(actor)
        return known or (short_id(actor) if actor.startswith("usr_") else actor)

    # Updates.

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Pass events to the panes."""
        for pane in self.query(AdminPane):
            if pane.title == self.tab or isinstance(pane, BACKGROUND_PANES):
                pane.handle_events(message.entries)

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the selected pane and the summary."""
        self.query_one(LocksPane).load()
        self.pane.load()
        self.count()

    @on(ConnectionChanged)
    def redraw(self) -> None:
        """Update the key hints: writing is disabled while offline."""
        self.refresh_bindings()

    def watch_tab(self) -> None:
        if self.is_mounted:
            self.show_pane()

    def show_pane(self, *, load: bool = True) -> None:
        """Show the selected pane."""
        self.query_one(TabBar).at = self.tab
        pane = self.pane
        self.query_one("#pages", ContentSwitcher).current = pane.id
        pane.table.focus()
        if load:
            pane.load()
        self.refresh_bindings()

    @on(TabBar.TabSelected)
    def choose(self, chosen: TabBar.TabSelected) -> None:
        """Select the tab that was clicked."""
        self.tab = chosen.title

    @on(VirtualTable.RowOpened)
    def opened(self) -> None:
        """Show the trace of the order behind a row."""
        self.action_trace()

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only the actions of the selected pane."""
        everywhere = {"copy", "next_tab", "previous_tab", "cancel_show", "back"}
        known = {each.name for each in actions.SCOPES[self.scope].actions}
        offers = self.pane.offers if self.query(AdminPane) else frozenset()
        if action in known - everywhere and action not in offers:
            return False
        return super().check_action(action, parameters)

    def prepare_for(self, action: str) -> None:
        """Select a pane on which the action is available."""
        if any(action in pane.offers for pane in PANES) and action not in self.pane.offers:
            self.tab = next(pane.title for pane in PANES if action in pane.offers)

    def action_next_tab(self) -> None:
        self.tab = self.query_one(TabBar).step(1)

    def action_previous_tab(self) -> None:
        self.tab = self.query_one(TabBar).step(-1)

    def action_filter(self) -> None:
        self.pane.filter()

    def action_errors(self) -> None:
        self.pane.errors()

    def action_back(self) -> None:
        self.pane.back()

    def action_pause(self) -> None:
        self.query_one(EventLogPane).pause()

    def action_state(self) -> None:
        self.query_one(OrdersPane).next_state()

    def action_copy(self) -> None:
        if self.pane.row_id:
            self.app_base.copy(self.pane.row_id, "id")

    def action_trace(self) -> None:
        alert = self.query_one(AlertsPane).table.row
        if isinstance(self.pane, AlertsPane) and alert is not None and self.pane.compares(alert):
            self.pane.compare(alert)
            return
        order_id = self.pane.order_id
        if order_id is None:
            self.app_base.notify("This row belongs to no order.")
            return
        from tui.admin.order_trace import OrderTraceScreen

        flow = self.query_one(EventLogPane).activity.flow
        self.app_base.push_screen(
            OrderTraceScreen(order_id, flow=flow, display_name=self.display_name)
        )

    def action_retry(self) -> None:
        job = self.query_one(JobsPane).table.row
        if job is None:
            self.app_base.notify("Choose a job first.")
        else:
            self.query_one(JobsPane).retry(job)

    def action_ban(self) -> None:
        account = self.query_one(PeoplePane).table.row
        if account is None:
            self.app_base.notify("Choose an account first.")
        else:
            self.query_one(PeoplePane).ask_ban(account)

    def action_resolve(self) -> None:
        alert = self.query_one(AlertsPane).table.row
        if alert is None:
            self.app_base.notify("All clear.")
        else:
            self.query_one(AlertsPane).ask_resolve(alert)

    def action_cancel_show(self) -> None:
        from tui.admin.cancel_show_dialog import CancelShowDialog

        self.app_base.push_screen(CancelShowDialog())

    @request("refund")
    async def action_refund(self) -> None:
        """Ask for the amount to refund for the order under the cursor, then confirm it."""
        order = await self._order()
        if order is None:
            return
        if order.status in OPEN_STATUSES or not refundable(order).amount:
            unpaid = order.status in OPEN_STATUSES
            self.app_base.notify(
                "This order is not paid yet." if unpaid else "This order is fully refunded."
            )
            return
        key = self.session.clock.new_key()

        def sure(choice: RefundChoice | None) -> None:
            if choice is None:
                return
            sum_ = marked(choice.amount, live=order.live)
            question = ConfirmDialog(
                f"Refund {sum_}?",
                f"Order {order.id}, to {self.display_name(order.buyer_id)}.\n"
                f"Once all is refunded, the ticket {OUTCOMES[choice.ticket]}.\n"
                "This cannot be undone. Seller and marketplace pay.",
                yes=f"Refund {sum_}",
            )
            self.app_base.push_screen(question, on_yes(lambda: self.refund(order, choice, key=key)))

        self.app_base.push_screen(RefundDialog(order), sure)

    @request("refund")
    async def refund(self, order: Order, choice: RefundChoice, *, key: str) -> None:
        """Refund an amount; pressing twice refunds once."""
        body = RefundOrder(amount=choice.amount.amount, ticket=choice.ticket)
        made = await self.session.call(REFUND_ORDER, body, key=key, order_id=order.id)
        sum_ = marked(made.amount, live=made.live)
        self.app_base.notify(
            f"{sum_} is refunded for {order.id}.", title=f"refund {made.status.value}"
        )
        self.pane.load()

    @request("cancel order")
    async def action_cancel_order(self) -> None:
        """Confirm the cancellation of the order under the cursor."""
        order = await self._order()
        if order is None:
            return
        question = ConfirmDialog(
            "Cancel this order?",
            f"Order {order.id} of {self.display_name(order.buyer_id)}, {order.price}. "
            "The ticket goes back on sale. This cannot be undone.",
            yes="Cancel the order",
            no="Keep it",
        )
        self.app_base.push_screen(question, on_yes(lambda: self.cancel_order(order)))

    @request("cancel order")
    async def cancel_order(self, order: Order) -> None:
        """Cancel an order that awaits payment."""
        await self.session.call(ADMIN_CANCEL_ORDER, order_id=order.id)
        self.app_base.notify(f"Order {order.id} is cancelled; its ticket is on sale again.")
        self.pane.load()

    async def _order(self) -> Order | None:
        """Load the current state of the order under the cursor."""
        order_id = self.pane.order_id
        if order_id is None:
            self.app_base.notify("Choose an order first.")
            return None
        return await self.session.call(VIEW_ORDER, order_id=order_id)

    @on(Input.Submitted)
    def from_filter(self) -> None:
        """Go from a filter to the list."""
        self.pane.table.focus()


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
