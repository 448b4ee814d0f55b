"""Ticket screen: one ticket before it is bought: its seat, price, recent sales and seller."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from client import policy_text, terms
from client.formatting import changed_from, origin, relative_time, venue_time
from client.validity import returns
from contract.feed import FeedEntry
from contract.money import Money
from contract.shows import VIEW_PRICES, PriceHistory, PriceHistoryQuery
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    Ticket,
    TicketSort,
    TicketsQuery,
    TicketStatus,
)
from tui import actions
from tui.base_screen import BaseScreen
from tui.market.price_plot import PricePlot
from tui.market.seat_map import SeatMap
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.ticket_events import SHOW_CHANGES, TICKET_EVENTS, apply_event, lock_line, seat_line

PAGE = 100
#: How many pages of the show's tickets are loaded for the seat map: its cheapest 500 tickets.
PAGES = 5
TONES = {
    TicketStatus.AVAILABLE: "bold $accent", TicketStatus.LOCKED: "bold $warning",
    TicketStatus.SOLD: "bold $error", TicketStatus.WITHDRAWN: "bold $error",
}  # fmt: skip


class TicketScreen(BaseScreen):
    """One ticket, updated as events arrive."""

    scope = "ticket"
    CSS_PATH = "ticket_screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (40, "-slim"), (60, "-narrow"), (100, "-wide")]
    BINDINGS = actions.bindings("ticket")
    HELP = (
        "# A ticket\n\n`b` buys it: the ticket is reserved for you, and you pay on the next screen."
    )
    AUTO_FOCUS = ""  # the button is focused without scrolling the ticket away

    def __init__(self, ticket: Ticket) -> None:
        """Show a ticket as it was last loaded; it is loaded again at once."""
        super().__init__()
        self.ticket = ticket
        self.others: dict[str, Ticket] = {}
        self._history: PriceHistory | None = None
        self._knows_others = False

    def body(self) -> ComposeResult:
        with VerticalScroll(id="ticket", can_focus=False):
            with Horizontal(id="above"):
                with Vertical(id="words"):
                    yield Static(id="what", markup=False)
                    yield Static(id="state", markup=False)
                    yield Static(id="fee", classes="muted", markup=False)
                    yield Static(id="seller", classes="muted", markup=False)
                    with Horizontal(id="buttons"):
                        yield Button("Buy", id="buy", variant="primary", compact=True)
                        yield Button("Back", id="back", compact=True)
                with Vertical(id="section"):
                    yield Static(id="section-name", classes="muted", markup=False)
                    yield SeatMap(id="seats")
            with Vertical(id="history"):
                yield Static(id="prices", markup=False)
                yield PricePlot()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._show_state)
        self._draw()
        self.query_one("#buy").focus(scroll_visible=False)
        self.load()
        self.load_prices()

    # Requests.

    @request("ticket")
    async def load(self) -> None:
        """Load the ticket, and the tickets of its section that are on the market."""
        self.ticket = await self.session.call(VIEW_TICKET, ticket_id=self.ticket.id)
        self._draw()
        found: dict[str, Ticket] = {}
        for status in (TicketStatus.AVAILABLE, TicketStatus.LOCKED):
            cursor: str | None = None
            for _ in range(PAGES):
                page = await self.session.page(LIST_TICKETS, self._query(status, cursor))
                found |= {each.id: each for each in page.items}
                cursor = page.next
                if cursor is None:
                    break
        self.others, self._knows_others = found, True
        self._draw()

    def _query(self, status: TicketStatus, cursor: str | None) -> TicketsQuery:
        return TicketsQuery(
            show_id=self.ticket.show.id, status=status, sort=TicketSort.PRICE, limit=PAGE,
            cursor=cursor,
        )  # fmt: skip

    @request("prices")
    async def load_prices(self) -> None:
        """Load the show's recent sale prices."""
        query = PriceHistoryQuery(limit=100)
        show_id = self.ticket.show.id
        self._history = await self.session.call(VIEW_PRICES, query, show_id=show_id)
        self._draw()

    # Updates.

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Update the ticket, its neighbours and the prices."""
        sold = False
        for entry in message.entries:
            event = entry.event
            if isinstance(event, TICKET_EVENTS) and event.show_id == self.ticket.show.id:
                self._take(entry)
                sold = sold or event.status is TicketStatus.SOLD
            elif isinstance(event, SHOW_CHANGES) and event.id == self.ticket.show.id:
                self.reload()
        self._draw()
        if sold:
            self.load_prices()

    def _take(self, entry: FeedEntry) -> None:
        event = entry.event
        if not isinstance(event, TICKET_EVENTS):
            return
        if event.id == self.ticket.id:
            if event.version > self.ticket.version:
                self.ticket = apply_event(event, entry.at, self.ticket, self.ticket.show)
            return
        known = self.others.get(event.id)
        if known is None or event.version > known.version:
            self.others[event.id] = apply_event(event, entry.at, known, self.ticket.show)

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the ticket and the prices."""
        self.load()
        self.load_prices()

    @on(ConnectionChanged)
    def redraw(self) -> None:
        """Redraw what depends on the connection and the account."""
        self._draw()

    # Texts.

    @property
    def is_mine(self) -> bool:
        """Whether the signed-in user sells this ticket."""
        account = self.session.account
        return account is not None and account.id == self.ticket.seller_id

    @property
    def for_sale(self) -> bool:
        """Whether the signed-in user can buy the ticket, or has locked it."""
        if self.app_base.own_locks.order_of(self.ticket.id):
            return True
        free = self.ticket.status is TicketStatus.AVAILABLE and not self.ticket.show.cancelled
        return free and not self.is_mine

    def _draw(self) -> None:
        if not self.query("#seats"):
            return  # the app is exiting, or the screen is not composed yet
        ticket, agreed = self.ticket, self.session.terms
        self.query_one("#what", Static).update(_what(ticket))
        self._show_state()
        fee = terms.for_buyer(agreed, ticket.price) if agreed else ""
        self.query_one("#fee", Static).update(fee)
        seller = f"sold by {ticket.seller_id}" + (" (you)" if self.is_mine else "")
        seller += f"\n{ticket.id}\n{origin(ticket)}"
        if window := returns(ticket.show):
            seller += f"\nreturns {window}"
        if ticket.show.policy is not None:
            seller += f"\n{policy_text.limits(ticket.show.policy)}"
        self.query_one("#seller", Static).update(seller)
        section = f"Section {ticket.section}" if ticket.section else "No section"
        self.query_one("#section-name", Static).update(section)
        if self._knows_others:
            self.query_one(SeatMap).draw(ticket, self.others)
        self._draw_prices()

    def _show_state(self) -> None:
        """Show price and status; a lock counts down."""
        if not self.query("#buy"):
            return
        ticket = self.ticket
        words = Content.styled(self._state(), TONES[ticket.status])
        price = Content.styled(str(ticket.price), "bold")
        self.query_one("#state", Static).update(Content("   ").join([price, words]))
        own_lock = self.app_base.own_locks.order_of(ticket.id) is not None
        button = self.query_one("#buy", Button)
        label = "Go to checkout" if own_lock else f"Buy for {ticket.price}"
        if str(button.label) != label:
            button.label = Content(label)
        button.display = self.for_sale
        disabled = not self.for_sale or (bool(self.app_base.write_block_reason()) and not own_lock)
        if button.disabled is not disabled:
            button.disabled = disabled
            self.refresh_bindings()

    def _state(self) -> str:
        ticket = self.ticket
        if ticket.show.cancelled:
            return "THE SHOW IS CANCELLED"
        if ticket.status is not TicketStatus.LOCKED:
            text = "available" if ticket.status is TicketStatus.AVAILABLE else ticket.status.upper()
            return f"{text}, yours" if self.is_mine else text
        own_lock = self.app_base.own_locks.order_of(ticket.id) is not None
        word = "RESERVED FOR YOU" if own_lock else "LOCKED by another buyer"
        return lock_line(word, ticket, self.session.now())

    def _draw_prices(self) -> None:
        currency = self.ticket.price.currency
        sales = self._history.sales if self._history else ()
        same = [sale for sale in sales if sale.price.currency == currency]
        plot = self.query_one(PricePlot)
        plot.sold = tuple(sale.price for sale in reversed(same))
        plot.asked = self.ticket.price if self._history else None
        parts = [Content.styled("Recent sale prices", "bold")]
        if same:
            ago = relative_time(same[0].at, self.session.now())
            count = f"{len(same)} sale{'s' * (len(same) != 1)}, the last {ago}"
            parts.append(Content.styled(count, "$text-muted"))
        if (lowest := self._lowest_now()) is not None:
            parts.append(Content.assemble(("lowest ", "$text-muted"), (str(lowest), "bold")))
        self.query_one("#prices", Static).update(Content("   ").join(parts))

    def _lowest_now(self) -> Money | None:
        """Return the show's lowest price on sale in the same currency, this ticket included."""
        if not self._knows_others:
            return None
        every = {**self.others, self.ticket.id: self.ticket}.values()
        prices = [each.price for each in every
                  if each.status is TicketStatus.AVAILABLE
                  and each.price.currency == self.ticket.price.currency]  # fmt: skip
        return min(prices, key=lambda price: price.amount, default=None)

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable Buy while the ticket cannot be bought."""
        if action == "buy" and self.is_mounted and not self.for_sale:
            return None
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#buy")
    def action_buy(self) -> None:
        self.app_base.buy(self.ticket)

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.app_base.copy(self.ticket.id, "ticket")


def _what(ticket: Ticket) -> Content:
    show = ticket.show
    where = f"{venue_time(show.starts_at)}\n{show.venue}, {show.city}"
    before = changed_from(show)
    return Content("\n").join(
        [Content.styled(show.name, "bold"), Content.styled(where, "$text-muted"),
         Content.styled(f"before: {before}" if before else "", "$warning"),
         Content.styled(seat_line(ticket), "bold")]
    )  # fmt: skip
