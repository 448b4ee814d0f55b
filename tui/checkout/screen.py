"""Checkout: from a ticket that is locked for somebody to the ticket in hand, or to why not."""

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
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    Ticket,
    TicketSort,
    TicketsQuery,
)
from tui import actions
from tui.base_screen import View
from tui.checkout.card_picker import SavedCards, named
from tui.checkout.panel import Till
from tui.checkout.progress import OVER, Standing
from tui.feed_listener import Link
from tui.messages import Heard, LinkMoved, Stale
from tui.requests import asking
from tui.widgets.confirm_dialog import Question

#: How often the clock is drawn, in seconds.
TICK = 0.5
#: Look at least this often, in seconds, in case the feed tells nothing.
LOOK_EVERY = 5.0
#: And this often while the end is near: the time is up, or a bank is asked.
LOOK_SOON = 1.0
#: Which actions are possible when: others are not shown.
WHILE_OPEN = frozenset({"open_page", "pay", "give_back"})


class Checkout(View):
    """One open order. It is one's own; anybody else's is not found."""

    place = "checkout"
    CSS_PATH = "screen.tcss"
    BINDINGS = [
        *actions.bindings("checkout"),
        Binding("up,k", "card(-1)", "card above", show=False),
        Binding("down,j", "card(1)", "card below", show=False),
    ]
    HELP = """\
# Checkout

The ticket is locked for you until the clock is at zero. Pay on the web page (`o` opens it, or use
your telephone's camera), or with a saved card: choose it with the arrows, pay with `p`. `x` gives
the ticket back. Leaving keeps the lock; the order is under Mine.
"""
    # Nothing has the focus at first: an Enter too many must not pay.
    AUTO_FOCUS = ""

    def __init__(self, order: Order, ticket: Ticket | None = None) -> None:
        """Show an order; its ticket is fetched if it is not given."""
        super().__init__()
        self.order = order
        self.ticket = ticket
        self.payment: Payment | None = None
        self.bought: WalletTicket | None = None
        #: The cheapest other seat of the show, once this one is lost.
        self.instead: Ticket | None = None
        self._tries: int | None = None
        self._paying = ""
        #: The card that is to pay, and the key of that intent.
        self._intent: tuple[str, str] | None = None
        self._looked = 0.0
        self._was_open = order.status not in OVER

    def body(self) -> ComposeResult:
        yield Till()

    def on_mount(self) -> None:
        self.draw()
        self.set_interval(TICK, self.tick)
        self.read_again()

    @property
    def till(self) -> Till:
        """What is drawn."""
        return self.query_one(Till)

    @property
    def standing(self) -> Standing:
        """How the order stands this moment."""
        left = (self.order.expires_at - self.session.now()).total_seconds()
        lost = self.order.status is OrderStatus.CANCELLED
        return Standing(
            order=self.order, left=left, ticket=self.ticket, payment=self.payment,
            bought=self.bought, instead=self.instead if lost else None, paying=self._paying,
            tries=self._tries,
        )  # fmt: skip

    # What is read.

    @asking("order")
    async def read(self) -> None:
        """Read how the order stands; while the server is away, go on with what is known."""
        self._looked = self.session.clock.monotonic()
        try:
            self._take(await self.session.call(VIEW_ORDER, order_id=self.order.id))
            if self.ticket is None:
                self.ticket = await self.session.call(VIEW_TICKET, ticket_id=self.order.ticket_id)
            self._paid(await self.session.call(VIEW_PAYMENT, order_id=self.order.id))
        except PaymentNotStarted:
            pass
        except Unreachable:
            return  # the banner says so
        self.draw()
        if self.order.status is OrderStatus.COMPLETE and self.bought is None:
            self.bought = await self.session.call(VIEW_WALLET, ticket_id=self.order.ticket_id)
            if self._was_open:
                self.till.cheer()
        elif self.order.status is OrderStatus.CANCELLED:
            await self._look_for_another()
        self.draw()

    @asking("cards")
    async def read_cards(self) -> None:
        """Read which cards are saved."""
        page = await self.session.page(LIST_CARDS, PageQuery(limit=100))
        self.till.cards.offer(page.items)
        self.draw()

    async def _look_for_another(self) -> None:
        """Find the cheapest seat of the show that is neither this one nor one's own."""
        if self.ticket is None:
            return
        query = TicketsQuery(
            show_id=self.ticket.show.id, currency=self.order.price.currency,
            sort=TicketSort.PRICE, limit=100,
        )  # fmt: skip
        page = await self.session.page(LIST_TICKETS, query)
        me = self.order.buyer_id
        others = (t for t in page.items if t.id != self.order.ticket_id and t.seller_id != me)
        self.instead = next(others, None)

    def _take(self, order: Order) -> None:
        """Believe an order, unless something newer is known already."""
        if order.version >= self.order.version:
            self.order = order
        if self.order.status is not OrderStatus.AWAITING_PAYMENT:
            self._paying = ""

    def _paid(self, payment: Payment) -> None:
        """Believe a payment, and see whether the saved card has had its answer."""
        self.payment = payment
        if self._intent is None:
            return
        card_id, _ = self._intent
        if payment.saved_card != card_id or payment.status is not PaymentStatus.NEW:
            self._intent, self._paying = None, ""

    # What moves.

    def tick(self) -> None:
        """Draw the clock, and look again now and then."""
        self.draw()
        if self.order.status in OVER or self.session.live.link is Link.LOST:
            return
        near = bool(self._paying) or self.standing.left <= 0
        if self.session.clock.monotonic() - self._looked >= (LOOK_SOON if near else LOOK_EVERY):
            self.read()

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Wake up when the feed tells of this order, its offer, or a card."""
        for entry in heard.entries:
            fact = entry.event
            if isinstance(fact, PaymentDeclined) and fact.order_id == self.order.id:
                self._tries = fact.attempts_left
            if fact.order == self.order.id or (self.instead and fact.id == self.instead.id):
                self.read()
            elif isinstance(fact, CardSaved | CardRemoved):
                self.read_cards()

    @on(Stale)
    def read_again(self) -> None:
        """Read everything again."""
        self.read()
        if self.order.status not in OVER:
            self.read_cards()

    @on(LinkMoved)
    @on(SavedCards.Chosen)
    def draw(self) -> None:
        """Show everything as it stands."""
        if not self.query("#lock-word"):
            return  # the app ends, or has not begun to show it
        self.till.show(self.standing, stopped=bool(self.house.why_not_write()))
        if (possible := self._possible()) != self._possible_before:
            self._possible_before = possible
            self.refresh_bindings()

    _possible_before: frozenset[str] = frozenset()

    # Actions.

    def _possible(self) -> frozenset[str]:
        """Return what can be done now, beyond leaving."""
        possible = {"copy"}
        if self.standing.payable:
            possible |= WHILE_OPEN if self.till.cards.chosen else WHILE_OPEN - {"pay"}
            possible -= {"pay", "give_back"} if self._paying else set()
        if self.order.status is OrderStatus.CANCELLED and self.instead is not None:
            possible.add("next_seat")
        return frozenset(possible)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Show only what can be done as the order stands."""
        if action in {*WHILE_OPEN, "next_seat"} and self.is_mounted:
            allowed = action in self._possible()
            return super().check_action(action, parameters) if allowed else False
        return super().check_action(action, parameters)

    @on(Button.Pressed)
    def press(self, pressed: Button.Pressed) -> None:
        """Do what the button says, if it can be done."""
        name = (pressed.button.id or "").replace("-", "_")
        self.call_later(self.run_action, name)

    def action_card(self, by: int) -> None:
        self.till.cards.move(by)

    @asking("page")
    async def action_open_page(self) -> None:
        """Open the payment page in a browser, or say why there is none."""
        url = self.order.payment_url
        if not await self.session.beside(lambda: open_page(url, self.session.env)):
            self.house.notify(
                "No browser can be opened here. Use your telephone's camera, or copy the link "
                "with c.", severity="warning",
            )  # fmt: skip

    def action_copy(self) -> None:
        if self.bought is not None:
            self.house.copy(self.bought.code, "entry code")
        else:
            self.house.copy(self.order.payment_url, "payment link")

    def action_pay(self) -> None:
        card = self.till.cards.chosen
        if card is None or self._paying or not self.standing.payable:
            return
        if self._intent is None or self._intent[0] != card.id:
            self._intent = (card.id, self.session.clock.new_key())
        self._paying = named(card)
        self._tries = None
        self.draw()
        self.charge(card, self._intent[1])

    @asking("charge")
    async def charge(self, card: Card, key: str) -> None:
        """Let a saved card pay. With an unknown outcome the next press repeats this intent."""
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
            self._paid(payment)
        finally:
            self.read()

    def action_give_back(self) -> None:
        def answered(yes: object) -> None:
            if yes:
                self.give_back()

        detail = "Anybody can buy it then. No money was taken."
        question = Question("Give this ticket back?", detail, yes="Give it back", no="Keep it")
        self.house.push_screen(question, answered)

    @asking("give back")
    async def give_back(self) -> None:
        """End the order; the ticket is on sale again."""
        try:
            self._take(await self.session.call(CANCEL_ORDER, order_id=self.order.id))
        finally:
            self.read()
        if self.order.reason is CancelReason.BUYER:
            self.house.notify("The ticket is on sale again.")

    def action_next_seat(self) -> None:
        if self.instead is not None:
            self.house.buy(self.instead)

    def action_wallet(self) -> None:
        self.house.action_go("wallet")

    def action_back(self) -> None:
        self.dismiss()
