"""Purchase dialog: confirm the price before the ticket is locked, and open the checkout."""

from __future__ import annotations

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from client import terms
from client.formatting import marked, mode, venue_time
from client.transport import Unreachable
from contract.money import Money
from contract.orders import PLACE_ORDER, VIEW_ORDER, CoolingDown, Order, PlaceOrder
from contract.orders import TooManyOpenOrders as TooMany
from contract.problems import NotSignedIn, Problem
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import OwnTicket, Ticket, TicketNotFound, TicketStatus, TicketUpdated
from contract.tickets import TicketUnavailable as Unavailable
from tui.app_base import AppBase
from tui.checkout.screen import CheckoutScreen
from tui.messages import ConnectionChanged, FeedEvents
from tui.requests import AppAccess, request
from tui.ticket_events import seat_line

#: What to do about a refusal, appended to the server's message.
ADVICE: dict[type[Problem], str] = {
    Unavailable: "Somebody else was faster. If they do not pay, it goes back on sale.",
    OwnTicket: "Withdraw it under Account to keep it.",
    TooMany: "Pay or release one of your reserved tickets; they are under Account.",
    CoolingDown: "Choose another seat, or come back later.",
}
#: Refusals that a retry does not change.
FINAL = (Unavailable, OwnTicket, ShowStarted, ShowIsCancelled, TicketNotFound, CoolingDown)


def begin_purchase(app_base: AppBase, ticket: Ticket) -> None:
    """Lead from a ticket to its checkout: sign in if necessary, then confirm the price."""
    app_base.with_account(lambda: _ask(app_base, ticket))


def _ask(app_base: AppBase, ticket: Ticket) -> None:
    order_id = app_base.own_locks.order_of(ticket.id)
    if order_id is not None:
        resume_checkout(app_base, order_id, ticket)
        return

    def placed(order: Order | None) -> None:
        if order is not None:
            open_checkout(app_base, order, ticket)

    app_base.push_screen(PurchaseDialog(ticket), placed)


def resume_checkout(app_base: AppBase, order_id: str, ticket: Ticket | None = None) -> None:
    """Open the checkout of the user's own open order."""

    async def go() -> None:
        try:
            order = await app_base.session.call(VIEW_ORDER, order_id=order_id)
        except Problem as problem:
            app_base.show_problem(problem)
        except Unreachable as error:
            app_base.show_unreachable(error)
        else:
            open_checkout(app_base, order, ticket)

    app_base.run_worker(go(), exclusive=True, group="resume")


def open_checkout(app_base: AppBase, order: Order, ticket: Ticket | None) -> None:
    """Open the checkout, replacing one that has ended."""
    if isinstance(app_base.screen, CheckoutScreen):
        app_base.switch_screen(CheckoutScreen(order, ticket))
    else:
        app_base.push_screen(CheckoutScreen(order, ticket))


class PurchaseDialog(ModalScreen[Order | None], AppAccess):
    """Shows the price; returns the order once the ticket is locked."""

    CSS_PATH = "purchase_dialog.tcss"
    BINDINGS = [
        ("escape", "leave", "cancel"),
        ("left,h", "app.focus_previous"),
        ("right,l", "app.focus_next"),
    ]
    HELP = "# Buying\n\nBuying reserves the ticket for you. You pay on the next screen."
    AUTO_FOCUS = "#leave"

    def __init__(self, ticket: Ticket) -> None:
        """One dialog is one intent: however often Buy is pressed, one order is placed."""
        super().__init__()
        self.ticket = ticket
        self._key = ""
        self._busy = False
        self._final = False
        #: Whether the message below says why nothing can be changed.
        self._stopped = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static("Buy this ticket?", classes="title", markup=False)
            yield Static(self._what(), id="what", markup=False)
            with Vertical(id="lines"):
                for name in ("ticket", "fee", "total"):
                    with Horizontal(classes="line"):
                        yield Static(id=f"{name}-word", classes="word", markup=False)
                        yield Static(id=f"{name}-sum", classes="sum", markup=False)
            yield Static(id="then", classes="muted", markup=False)
            problem = Static(id="problem", classes="problem", markup=False)
            problem.display = False
            yield problem
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Buy", id="buy", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._key = self.session.clock.new_key()
        self._draw()

    def _what(self) -> Content:
        show = self.ticket.show
        where = f"{venue_time(show.starts_at)}\n{show.venue}, {show.city}"
        return Content("\n").join(
            [Content.styled(show.name, "bold"), Content.styled(where, "$text-muted"),
             Content(seat_line(self.ticket))]
        )  # fmt: skip

    def _draw(self) -> None:
        """Show the price, the fee included in it, and whether the money is real."""
        if not self.query("#buy"):
            return  # the app is exiting, or the dialog is not composed yet
        price, agreed = self.ticket.price, self.session.terms
        lines = {"ticket": ("Ticket", str(price)), "fee": ("", ""),
                 "total": ("Total", str(price))}  # fmt: skip
        then = "You pay on the next screen."
        if agreed is not None:
            share = terms.percentage(agreed) if agreed.fee_basis_points else ""
            text = f"  Fee included, {share}" if share else ""
            lines["fee"] = (text, str(agreed.fee(price)) if share else "")
            total = "Total" if share else "Total (no fees)"
            lines["total"] = (total, str(marked(price, live=agreed.live)))
            real = "the card is charged" if agreed.live else "no real card is charged"
            minutes = agreed.lock_seconds // 60 or 1
            then = (f"The ticket is reserved for you for {minutes} min; pay on the next screen. "
                    f"{mode(live=agreed.live)} MONEY: {real}.")  # fmt: skip
            self.query_one("#total-sum").set_class(agreed.live, "-live")
        for name, (word, sum_) in lines.items():
            self.query_one(f"#{name}-word", Static).update(word)
            self.query_one(f"#{name}-sum", Static).update(sum_)
        self.query_one("#then", Static).update(then)
        self._update_buy_button()

    def _update_buy_button(self) -> None:
        """Enable Buy only while it can have an effect."""
        stopped = self.app_base.write_block_reason()
        button = self.query_one("#buy", Button)
        button.disabled = self._busy or self._final or bool(stopped)
        button.label = "Reserving…" if self._busy else "Buy"
        if stopped or self._stopped:
            self.show_problem(stopped)
        self._stopped = bool(stopped)

    def show_problem(self, problem: str) -> None:
        """Show a message in the dialog."""
        text = self.query_one("#problem", Static)
        text.update(problem)
        text.display = bool(problem)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        if not self._busy:
            self.dismiss(None)

    @on(Button.Pressed, "#buy")
    def buy(self) -> None:
        """Place the order, once."""
        if self._busy or self._final or self.app_base.write_block_reason():
            return
        self._busy = True
        self.show_problem("")
        self._update_buy_button()
        self.place_order(self.ticket.price)

    @request("purchase")
    async def place_order(self, agreed: Money) -> None:
        """Lock the ticket. A refusal is shown here, and the dialog stays open."""
        try:
            order = await self.session.call(
                PLACE_ORDER, PlaceOrder(ticket_id=self.ticket.id), key=self._key
            )
        except Unreachable as error:
            self._show_refusal(f"{error.detail} Press Buy again: it is safe to retry.")
            self.handle_events(FeedEvents(()))  # the feed may have delivered the order already
        except NotSignedIn:
            self.dismiss(None)
            raise
        except Problem as problem:
            self._final = isinstance(problem, FINAL)
            self._key = self.session.clock.new_key()  # a refusal ends the intent
            self._show_refusal(" ".join([problem.detail, ADVICE.get(type(problem), "")]).strip())
        else:
            if order.continued:
                self.app_base.notify("This ticket was reserved for you already; here is its order.")
            if order.price != agreed:
                self.app_base.notify(
                    f"The price has just changed: it is {order.price} now. "
                    "Release the ticket if that is too much.", severity="warning", timeout=10,
                )  # fmt: skip
            self.dismiss(order)

    @request("purchase")
    async def continue_with(self, order_id: str) -> None:
        """Continue with an order that the feed delivered."""
        try:
            order = await self.session.call(VIEW_ORDER, order_id=order_id)
        finally:
            self._busy = False
        self.dismiss(order)

    def _show_refusal(self, words: str) -> None:
        self._busy = False
        self._update_buy_button()
        self.show_problem(words)
        self.query_one("#leave", Button).focus()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Notice that the ticket was taken or its price changed before the user confirmed."""
        order_id = self.app_base.own_locks.order_of(self.ticket.id)
        if order_id is not None and not self._busy:
            self._busy = True
            self.continue_with(order_id)  # the lock succeeded although the response was lost
            return
        for entry in message.entries:
            event = entry.event
            if event.id != self.ticket.id or not isinstance(event, TicketUpdated) or self._busy:
                continue
            if event.status is TicketStatus.AVAILABLE and event.price != self.ticket.price:
                self.show_problem(f"The price has changed; it was {self.ticket.price}.")
            elif event.status is not TicketStatus.AVAILABLE:
                self.show_problem(f"Somebody else was faster: the ticket is {event.status}.")
            else:
                self.show_problem("It is on sale again." if self._final else "")
            self._final = event.status is not TicketStatus.AVAILABLE
            self.ticket = msgspec.structs.replace(
                self.ticket, price=event.price, status=event.status, version=event.version
            )
            self._draw()

    @on(ConnectionChanged)
    def redraw(self) -> None:
        """Redraw after the connection or the terms changed."""
        self._draw()
