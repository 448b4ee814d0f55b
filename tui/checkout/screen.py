"""Checkout screen: from a locked ticket to a paid one, or to the reason why not."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button

from client.browser import open_page
from client.transport import Unreachable
from contract.base import PageQuery
from contract.cards import LIST_CARDS, Card, CardRemoved, CardSaved
from contract.orders import (
    CANCEL_ORDER,
    ENDED_STATUSES,
    VIEW_ORDER,
    VIEW_WALLET,
    CancelReason,
    Order,
    OrderStatus,
    WalletTicket,
)
from contract.payments import (
    START_PAYMENT,
    VIEW_PAYMENT,
    Payment,
    PaymentDeclined,
    PaymentNotStarted,
    PaymentStatus,
    StartPayment,
)
from contract.problems import Problem
from contract.shows import ShowCancelled, ShowMerged, ShowUpdated
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    Ticket,
    TicketSort,
    TicketsQuery,
)
from tui import actions
from tui.base_screen import BaseScreen
from tui.checkout.card_picker import CardPicker, named
from tui.checkout.panel import CheckoutPanel
from tui.checkout.progress import CheckoutState
from tui.feed_listener import ConnectionState
from tui.messages import ConnectionChanged, FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.confirm_dialog import ConfirmDialog

#: How often the countdown is drawn, in seconds.
TICK = 0.5
#: How often the order is loaded in case the feed misses an event, in seconds.
POLL_EVERY = 5.0
#: How often it is loaded while a payment is under way or the time is up, in seconds.
POLL_SOON = 1.0
#: The actions that are possible only while the order can be paid; otherwise they are hidden.
WHILE_OPEN = frozenset({"open_page", "pay", "release"})


class CheckoutScreen(BaseScreen):
    """One of the user's own orders."""

    scope = "checkout"
    CSS_PATH = "screen.tcss"
    BINDINGS = [
        *actions.bindings("checkout"),
        Binding("up,k", "card(-1)", "card above", show=False),
        Binding("down,j", "card(1)", "card below", show=False),
    ]
    HELP = """\
# Checkout

The ticket is reserved for you until the countdown ends. Pay on the payment page (`o` opens it, or
scan the code with your phone), or with a saved card: choose it with the arrow keys and pay with
`p`. `x` releases the ticket. If you leave, the ticket stays reserved; the order is under Account.
"""
    # Nothing is focused at first: one Enter too many must not pay.
    AUTO_FOCUS = ""

    def __init__(self, order: Order, ticket: Ticket | None = None) -> None:
        """Show an order; its ticket is loaded if it is not given."""
        super().__init__()
        self.order = order
        self.ticket = ticket
        self.payment: Payment | None = None
        self.bought: WalletTicket | None = None
        #: The cheapest other seat of the show, once this one is lost.
        self.alternative: Ticket | None = None
        self._tries: int | None = None
        self._paying = ""
        #: The card that pays, and the idempotency key of that intent.
        self._intent: tuple[str, str] | None = None
        self._last_read = 0.0
        self._was_open = order.status not in ENDED_STATUSES

    def body(self) -> ComposeResult:
        yield CheckoutPanel()

    def on_mount(self) -> None:
        self.draw()
        self.set_interval(TICK, self.tick)
        self.reload()

    @property
    def panel(self) -> CheckoutPanel:
        """The widget that shows the checkout."""
        return self.query_one(CheckoutPanel)

    @property
    def state(self) -> CheckoutState:
        """The state of the checkout now."""
        left = (self.order.expires_at - self.session.now()).total_seconds()
        lost = self.order.status is OrderStatus.CANCELLED
        return CheckoutState(
            order=self.order, left=left, ticket=self.ticket, payment=self.payment,
            bought=self.bought, alternative=self.alternative if lost else None, paying=self._paying,
            tries=self._tries,
        )  # fmt: skip

    # Requests.

    @request("order")
    async def read(self) -> None:
        """Load the order and its payment; while offline, keep what is known."""
        self._last_read = self.session.clock.monotonic()
        try:
            self._apply_order(await self.session.call(VIEW_ORDER, order_id=self.order.id))
            if self.ticket is None:
                self.ticket = await self.session.call(VIEW_TICKET, ticket_id=self.order.ticket_id)
            self._apply_payment(await self.session.call(VIEW_PAYMENT, order_id=self.order.id))
        except PaymentNotStarted:
            pass
        except Unreachable:
            return  # the banner shows it
        self.draw()
        if self.order.status is OrderStatus.COMPLETE:
            is_new, ticket_id = self.bought is None, self.order.ticket_id
            self.bought = await self.session.call(VIEW_WALLET, ticket_id=ticket_id)
            if self._was_open and is_new:
                self.panel.celebrate()
        elif self.order.status is OrderStatus.CANCELLED:
            await self._find_alternative()
        self.draw()

    @request("cards")
    async def read_cards(self) -> None:
        """Load the saved cards."""
        page = await self.session.page(LIST_CARDS, PageQuery(limit=100))
        self.panel.cards.set_cards(page.items)
        self.draw()

    async def _find_alternative(self) -> None:
        """Find the cheapest other ticket of the show that is not the user's own."""
        if self.ticket is None or self.order.show_cancelled:
            return
        query = TicketsQuery(
            show_id=self.ticket.show.id, currency=self.order.price.currency,
            sort=TicketSort.PRICE, limit=100,
        )  # fmt: skip
        page = await self.session.page(LIST_TICKETS, query)
        me = self.order.buyer_id
        others = (t for t in page.items if t.id != self.order.ticket_id and t.seller_id != me)
        self.alternative = next(others, None)

    def _apply_order(self, order: Order) -> None:
        """Apply an order, unless a newer version is known."""
        if order.version >= self.order.version:
            self.order = order
        if self.order.status is not OrderStatus.AWAITING_PAYMENT:
            self._paying = ""

    def _apply_payment(self, payment: Payment) -> None:
        """Apply a payment; the charge of the saved card ends when the payment shows its result."""
        self.payment = payment
        if self._intent is None:
            return
        card_id, _ = self._intent
        if payment.saved_card != card_id or payment.status is not PaymentStatus.NEW:
            self._intent, self._paying = None, ""

    # Updates.

    def tick(self) -> None:
        """Draw the countdown, and poll now and then."""
        self.draw()
        if (
            self.order.status in ENDED_STATUSES
            or self.session.feed.state is ConnectionState.OFFLINE
        ):
            return
        near = bool(self._paying) or self.state.left <= 0
        if self.session.clock.monotonic() - self._last_read >= (POLL_SOON if near else POLL_EVERY):
            self.read()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Reload after an event about this order, the alternative ticket, or a card."""
        for entry in message.entries:
            event = entry.event
            if isinstance(event, PaymentDeclined) and event.order_id == self.order.id:
                self._tries = event.attempts_left
            if event.order == self.order.id or (
                self.alternative and event.id == self.alternative.id
            ):
                self.read()
            elif isinstance(event, ShowCancelled):
                self.alternative = None
                self.read()
            elif isinstance(event, ShowUpdated | ShowMerged):
                self.ticket = None  # it is loaded again, with its show
                self.read()
            elif isinstance(event, CardSaved | CardRemoved):
                self.read_cards()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the order and the cards."""
        self.read()
        if self.order.status not in ENDED_STATUSES:
            self.read_cards()

    @on(ConnectionChanged)
    @on(CardPicker.CardSelected)
    def draw(self) -> None:
        """Redraw everything."""
        if not self.query("#lock-word"):
            return  # the app is exiting, or the screen is not composed yet
        self.panel.show(self.state, stopped=bool(self.app_base.write_block_reason()))
        if (possible := self._possible()) != self._possible_before:
            self._possible_before = possible
            self.refresh_bindings()

    _possible_before: frozenset[str] = frozenset()

    # Actions.

    def _possible(self) -> frozenset[str]:
        """Return the actions that are possible now, besides leaving."""
        possible = {"copy"}
        if self.state.payable:
            possible |= WHILE_OPEN if self.panel.cards.chosen else WHILE_OPEN - {"pay"}
            possible -= {"pay", "release"} if self._paying else set()
        if self.order.status is OrderStatus.CANCELLED and self.alternative is not None:
            possible.add("next_seat")
        return frozenset(possible)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only the actions that are possible in the current state."""
        if action in {*WHILE_OPEN, "next_seat"} and self.is_mounted:
            allowed = action in self._possible()
            return super().check_action(action, parameters) if allowed else False
        return super().check_action(action, parameters)

    @on(Button.Pressed)
    def press(self, pressed: Button.Pressed) -> None:
        """Run the action of the button."""
        name = (pressed.button.id or "").replace("-", "_")
        self.call_later(self.run_action, name)

    def action_card(self, by: int) -> None:
        self.panel.cards.move(by)

    @request("page")
    async def action_open_page(self) -> None:
        """Open the payment page in a browser, or explain why that is not possible."""
        url = self.order.payment_url
        if not await self.session.run_blocking(lambda: open_page(url, self.session.env)):
            self.app_base.notify(
                "No browser can be opened here. Use your phone's camera, or copy the link "
                "with c.", severity="warning",
            )  # fmt: skip

    def action_copy(self) -> None:
        if code := self.state.entry_code:
            self.app_base.copy(code, "entry code")
        elif self.bought is None:
            self.app_base.copy(self.order.payment_url, "payment link")

    def action_pay(self) -> None:
        card = self.panel.cards.chosen
        if card is None or self._paying or not self.state.payable:
            return
        if self._intent is None or self._intent[0] != card.id:
            self._intent = (card.id, self.session.clock.new_key())
        self._paying = named(card)
        self._tries = None
        self.draw()
        self.charge(card, self._intent[1])

    @request("charge")
    async def charge(self, card: Card, key: str) -> None:
        """Charge a saved card. If the outcome is unknown, the next press retries the intent."""
        request = StartPayment(card_id=card.id)
        try:
            payment = await self.session.call(
                START_PAYMENT, request, key=key, order_id=self.order.id
            )
        except Unreachable:
            self._paying = ""
            raise
        except Problem:
            self._intent, self._paying = None, ""
            raise
        else:
            self._apply_payment(payment)
        finally:
            self.read()

    def action_release(self) -> None:
        def answered(yes: object) -> None:
            if yes:
                self.release_ticket()

        detail = "It goes back on sale. No money was taken."
        question = ConfirmDialog("Release this ticket?", detail, yes="Release", no="Keep it")
        self.app_base.push_screen(question, answered)

    @request("release")
    async def release_ticket(self) -> None:
        """Cancel the order; the ticket is on sale again."""
        try:
            self._apply_order(await self.session.call(CANCEL_ORDER, order_id=self.order.id))
        finally:
            self.read()
        if self.order.reason is CancelReason.BUYER:
            self.app_base.notify("The ticket is on sale again.")

    def action_next_seat(self) -> None:
        if self.alternative is not None:
            self.app_base.buy(self.alternative)

    def action_wallet(self) -> None:
        self.app_base.action_go("wallet")

    def action_back(self) -> None:
        self.dismiss()
