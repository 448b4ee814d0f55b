"""The operator's screen: its pages, what stands above them, and what is done from any of them."""

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
from contract.money import Money
from contract.orders import ADMIN_CANCEL_ORDER, STATS, VIEW_ORDER, Order, Stats
from contract.refunds import REFUND_ORDER, RefundOrder
from tui import actions
from tui.admin.alerts import MattersPane
from tui.admin.event_log import FactsPane, short
from tui.admin.flow_activity import FEED, STRIPE
from tui.admin.jobs import JobsPane
from tui.admin.locks import OPEN, LocksPane
from tui.admin.orders import OrdersPane
from tui.admin.pane import Pane
from tui.admin.people import PeoplePane
from tui.admin.refund_dialog import Refunding, rest
from tui.base_screen import View
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.widgets.confirm_dialog import Question, on_yes
from tui.widgets.tab_bar import TabLine
from tui.widgets.virtual_table import Board

PAGES = (FactsPane, LocksPane, JobsPane, OrdersPane, PeoplePane, MattersPane)
#: Pages that must be right also while another is in front: the others read when turned to.
ALWAYS = (FactsPane, LocksPane, PeoplePane, MattersPane)
#: How often the counts above are read again while the screen is in front, in seconds.
RECOUNT = 5.0


class Operator(View):
    """The house as it works."""

    place = "operator"
    CSS_PATH = "screen.tcss"
    BINDINGS = actions.bindings("operator")
    HELP = """\
# Operator

What happens in the house, as it happens, and what can be done about it. `[` and `]` turn the
pages. `enter` tells the story of the order the cursor is on, on every page.
"""
    AUTO_FOCUS = ""

    tab: reactive[str] = reactive(FactsPane.title, init=False)

    def __init__(self) -> None:
        """Begin with the flow."""
        super().__init__()
        self.stats: Stats | None = None

    def body(self) -> ComposeResult:
        with Horizontal(id="operator-head"):
            yield TabLine([page.title for page in PAGES], id="tabs")
            yield Static(id="house-counts", markup=False)
        with ContentSwitcher(initial="flow", id="pages"):
            for page in PAGES:
                yield page()

    def on_mount(self) -> None:
        self.query_one(LocksPane).load()
        self.query_one(PeoplePane).load()
        self.query_one(MattersPane).load()
        self.count()
        self.set_interval(RECOUNT, self.count, name="tick")
        self.set_interval(1.0, self.tick, name="tick")
        self.turned(load=False)

    @property
    def page(self) -> Pane[Any]:
        """The page in front."""
        return next(page for page in self.query(Pane) if page.title == self.tab)

    # What stands above, and what pages know of each other.

    @asking("count")
    async def count(self) -> None:
        """Read the counts, unless something else is in front."""
        if self.is_current and not self.house.why_offline():
            self.stats = await self.session.call(STATS, Empty())
            self.tell()

    def tick(self) -> None:
        """Count down, above and in the page in front."""
        if self.is_current:
            self.page.tick()
            self.tell()

    def tell(self) -> None:
        """Say how the house stands."""
        flow = self.query_one(FactsPane)
        facts = flow.rooms.per_minute(self.session.clock.monotonic())[FEED]
        failed = self.stats.jobs.get("failed", 0) if self.stats else 0
        locks = self.query_one(LocksPane).count
        waiting = self.query_one(MattersPane).open
        said = [f"{waiting:,} need{'s' * (waiting == 1)} you"] if waiting else []
        said += [f"{_counted(failed, 'job')} given up"] if failed else []
        if self.has_class("-wide"):
            said += [f"{facts:,} facts/min", _counted(locks, "open lock")]
        else:
            said = [*said, _counted(locks, "lock"), f"{facts:,}/min"][:2]
        self.query_one("#house-counts", Static).update(" · ".join(said))

    def notes(self) -> Mapping[str, str]:
        locks = self.query_one(LocksPane)
        ends = locks.next_left
        notes = {"expiration": f"next {countdown(ends)}" if ends is not None else "sleeps",
                 "orders": f"{locks.count:,} open"}  # fmt: skip
        if self.stats is not None:
            notes["auth"] = f"{sum(self.stats.accounts.values()):,} in"
            notes["tickets"] = f"{self.stats.tickets.get('available', 0):,} left"
            notes["payments"] = f"{self.stats.jobs.get('pending', 0):,} due"
        terms = self.session.terms
        notes[STRIPE] = "" if terms is None else ("live" if terms.live else "test")
        return notes

    def called(self, actor: str) -> str:
        known = self.query_one(PeoplePane).addresses.get(actor)
        return known or (short(actor) if actor.startswith("usr_") else actor)

    # What moves.

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Let the pages know."""
        for page in self.query(Pane):
            if page.title == self.tab or isinstance(page, ALWAYS):
                page.hear(heard.entries)

    @on(Stale)
    def read_again(self) -> None:
        """Read again what is in front, and what is told above."""
        self.query_one(LocksPane).load()
        self.page.load()
        self.count()

    @on(LinkMoved)
    def redraw(self) -> None:
        """Keys that write are grey while the server is away."""
        self.refresh_bindings()

    def watch_tab(self) -> None:
        if self.is_mounted:
            self.turned()

    def turned(self, *, load: bool = True) -> None:
        """Show the page that was turned to, as things stand now."""
        self.query_one(TabLine).at = self.tab
        page = self.page
        self.query_one("#pages", ContentSwitcher).current = page.id
        page.board.focus()
        if load:
            page.load()
        self.refresh_bindings()

    @on(TabLine.Chosen)
    def choose(self, chosen: TabLine.Chosen) -> None:
        """Turn to the page whose title was clicked."""
        self.tab = chosen.title

    @on(Board.Opened)
    def opened(self) -> None:
        """Tell the story of the order behind a row."""
        self.action_story()

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what means something on the page in front."""
        everywhere = {"copy", "next_tab", "previous_tab", "cancel_show", "back"}
        known = {each.name for each in actions.PLACES[self.place].actions}
        offers = self.page.offers if self.query(Pane) else frozenset()
        if action in known - everywhere and action not in offers:
            return False
        return super().check_action(action, parameters)

    def make_way(self, action: str) -> None:
        """Turn to a page on which an action means something."""
        if any(action in page.offers for page in PAGES) and action not in self.page.offers:
            self.tab = next(page.title for page in PAGES if action in page.offers)

    def action_next_tab(self) -> None:
        self.tab = self.query_one(TabLine).step(1)

    def action_previous_tab(self) -> None:
        self.tab = self.query_one(TabLine).step(-1)

    def action_filter(self) -> None:
        self.page.filter()

    def action_errors(self) -> None:
        self.page.errors()

    def action_back(self) -> None:
        self.page.back()

    def action_pause(self) -> None:
        self.query_one(FactsPane).pause()

    def action_state(self) -> None:
        self.query_one(OrdersPane).next_state()

    def action_copy(self) -> None:
        if self.page.row_id:
            self.house.copy(self.page.row_id, "id")

    def action_story(self) -> None:
        order_id = self.page.order_id
        if order_id is None:
            self.house.notify("No order is behind this line.")
            return
        from tui.admin.order_trace import Story

        self.house.push_screen(Story(order_id, called=self.called))

    def action_retry(self) -> None:
        job = self.query_one(JobsPane).board.row
        if job is None:
            self.house.notify("Choose a job first.")
        else:
            self.query_one(JobsPane).retry(job)

    def action_ban(self) -> None:
        account = self.query_one(PeoplePane).board.row
        if account is None:
            self.house.notify("Choose an account first.")
        else:
            self.query_one(PeoplePane).ask_ban(account)

    def action_settle(self) -> None:
        alert = self.query_one(MattersPane).board.row
        if alert is None:
            self.house.notify("Nothing needs you.")
        else:
            self.query_one(MattersPane).ask_settle(alert)

    def action_cancel_show(self) -> None:
        from tui.admin.cancel_show_dialog import Cancelling

        self.house.push_screen(Cancelling())

    @asking("refund")
    async def action_refund(self) -> None:
        """Ask how much goes back for the order the cursor is on, then whether it is meant."""
        order = await self._order()
        if order is None:
            return
        if order.status in OPEN or not rest(order).amount:
            unpaid = order.status in OPEN
            self.house.notify("It is not paid yet." if unpaid else "All of it has gone back.")
            return
        key = self.session.clock.new_key()

        def sure(amount: Money | None) -> None:
            if amount is None:
                return
            sum_ = marked(amount, live=order.live)
            question = Question(
                f"Send {sum_} back?",
                f"Order {order.id}, to {self.called(order.buyer_id)}. It cannot be undone.\n"
                "The ticket stays the buyer's; seller and house give back their shares.",
                yes=f"Send {sum_}",
            )
            self.house.push_screen(question, on_yes(lambda: self.refund(order, amount, key=key)))

        self.house.push_screen(Refunding(order), sure)

    @asking("refund")
    async def refund(self, order: Order, amount: Money, *, key: str) -> None:
        """Send money back; pressed twice, it goes once."""
        body = RefundOrder(amount=amount.amount)
        made = await self.session.call(REFUND_ORDER, body, key=key, order_id=order.id)
        sum_ = marked(made.amount, live=made.live)
        self.house.notify(f"{sum_} goes back for {order.id}.", title=f"refund {made.status.value}")
        self.page.load()

    @asking("cancel order")
    async def action_cancel_order(self) -> None:
        """Ask whether the order the cursor is on is to end."""
        order = await self._order()
        if order is None:
            return
        question = Question(
            "Cancel this order?",
            f"Order {order.id} of {self.called(order.buyer_id)}, {order.price}. The buyer loses "
            "the lock, and the ticket is on sale again. It cannot be undone.",
            yes="Cancel the order", no="Leave it",
        )  # fmt: skip
        self.house.push_screen(question, on_yes(lambda: self.cancel_order(order)))

    @asking("cancel order")
    async def cancel_order(self, order: Order) -> None:
        """End an order that awaits payment."""
        await self.session.call(ADMIN_CANCEL_ORDER, order_id=order.id)
        self.house.notify(f"Order {order.id} is cancelled; its ticket is on sale again.")
        self.page.load()

    async def _order(self) -> Order | None:
        """Read the order the cursor is on, as it is now."""
        order_id = self.page.order_id
        if order_id is None:
            self.house.notify("Choose an order first.")
            return None
        return await self.session.call(VIEW_ORDER, order_id=order_id)

    @on(Input.Submitted)
    def from_filter(self) -> None:
        """Whatever was typed, the list is next."""
        self.page.board.focus()


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
