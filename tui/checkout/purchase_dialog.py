"""Purchase: what one agrees to before a ticket is locked, and the way to the checkout."""

from __future__ import annotations

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from client import terms
from client.formatting import marked, mode, there
from client.transport import Unreachable
from contract.money import Money
from contract.orders import PLACE_ORDER, VIEW_ORDER, CoolingDown, Order, PlaceOrder
from contract.orders import TooManyOpenOrders as TooMany
from contract.problems import NotSignedIn, Problem
from contract.shows import ShowIsCancelled, ShowStarted
from contract.tickets import OwnTicket, Ticket, TicketNotFound, TicketStatus, TicketUpdated
from contract.tickets import TicketUnavailable as Unavailable
from tui.app_base import House
from tui.checkout.screen import Checkout
from tui.messages import Heard, LinkMoved
from tui.requests import Asks, asking
from tui.ticket_events import seated

#: What to do about a refusal, after what the server says about it.
ADVICE: dict[type[Problem], str] = {
    Unavailable: "Somebody else was quicker. If they do not pay, it is on sale again.",
    OwnTicket: "Take it off sale under Mine if you want to keep it.",
    TooMany: "Pay or give back one of those you hold; they are under Mine.",
    CoolingDown: "Choose another seat, or come back later.",
}
#: Refusals that trying again does not change.
FINAL = (Unavailable, OwnTicket, ShowStarted, ShowIsCancelled, TicketNotFound, CoolingDown)


def begin_purchase(house: House, ticket: Ticket) -> None:
    """Lead from a ticket to its checkout: by way of an account, and of a yes to the price."""
    house.with_account(lambda: _ask(house, ticket))


def _ask(house: House, ticket: Ticket) -> None:
    order_id = house.holds.order_of(ticket.id)
    if order_id is not None:
        resume(house, order_id, ticket)
        return

    def placed(order: Order | None) -> None:
        if order is not None:
            to_checkout(house, order, ticket)

    house.push_screen(Purchase(ticket), placed)


def resume(house: House, order_id: str, ticket: Ticket | None = None) -> None:
    """Go to the checkout of an order that is one's own and open already."""

    async def go() -> None:
        try:
            order = await house.session.call(VIEW_ORDER, order_id=order_id)
        except Problem as problem:
            house.refused(problem)
        except Unreachable as error:
            house.unreachable(error)
        else:
            to_checkout(house, order, ticket)

    house.run_worker(go(), exclusive=True, group="resume")


def to_checkout(house: House, order: Order, ticket: Ticket | None) -> None:
    """Open the checkout, in the place of one that is over."""
    if isinstance(house.screen, Checkout):
        house.switch_screen(Checkout(order, ticket))
    else:
        house.push_screen(Checkout(order, ticket))


class Purchase(ModalScreen[Order | None], Asks):
    """Says what there is to pay; returns the order once the ticket is locked."""

    CSS_PATH = "purchase_dialog.tcss"
    BINDINGS = [
        ("escape", "leave", "cancel"),
        ("left,h", "app.focus_previous"),
        ("right,l", "app.focus_next"),
    ]
    HELP = "# Buying\n\nBuying locks the ticket for you. You pay on the next screen, or not at all."
    AUTO_FOCUS = "#leave"

    def __init__(self, ticket: Ticket) -> None:
        """One opening is one intent: however often Buy is pressed, one order is placed."""
        super().__init__()
        self.ticket = ticket
        self._key = ""
        self._busy = False
        self._final = False
        #: Whether the words below are about why nothing can be changed.
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
        where = f"{there(show.starts_at)}\n{show.venue}, {show.city}"
        return Content("\n").join(
            [Content.styled(show.name, "bold"), Content.styled(where, "$text-muted"),
             Content(seated(self.ticket))]
        )  # fmt: skip

    def _draw(self) -> None:
        """Say the price, the fee that is a part of it, and whose money it is."""
        if not self.query("#buy"):
            return  # the app ends, or has not begun to show it
        price, agreed = self.ticket.price, self.session.terms
        lines = {"ticket": ("Ticket", str(price)), "fee": ("", ""),
                 "total": ("You pay", str(price))}  # fmt: skip
        then = "You pay on the next screen."
        if agreed is not None:
            share = terms.share(agreed) if agreed.fee_basis_points else ""
            said = f"  of which fee, {share}" if share else "  no fee"
            lines["fee"] = (said, str(agreed.fee(price)) if share else "")
            lines["total"] = ("You pay", str(marked(price, live=agreed.live)))
            real = "the card is charged" if agreed.live else "no real card is charged"
            minutes = agreed.lock_seconds // 60 or 1
            then = (f"Buying locks it for you for {minutes} min; you pay on the next screen. "
                    f"{mode(live=agreed.live)} MONEY: {real}.")  # fmt: skip
            self.query_one("#total-sum").set_class(agreed.live, "-live")
        for name, (word, sum_) in lines.items():
            self.query_one(f"#{name}-word", Static).update(word)
            self.query_one(f"#{name}-sum", Static).update(sum_)
        self.query_one("#then", Static).update(then)
        self._free()

    def _free(self) -> None:
        """Let Buy be pressed only while it can do anything."""
        stopped = self.house.why_not_write()
        button = self.query_one("#buy", Button)
        button.disabled = self._busy or self._final or bool(stopped)
        button.label = "Locking…" if self._busy else "Buy"
        if stopped or self._stopped:
            self.say(stopped)
        self._stopped = bool(stopped)

    def say(self, problem: str) -> None:
        """Say what is in the way, in the dialog itself."""
        said = self.query_one("#problem", Static)
        said.update(problem)
        said.display = bool(problem)

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        if not self._busy:
            self.dismiss(None)

    @on(Button.Pressed, "#buy")
    def buy(self) -> None:
        """Ask for the ticket, once."""
        if self._busy or self._final or self.house.why_not_write():
            return
        self._busy = True
        self.say("")
        self._free()
        self.place_order(self.ticket.price)

    @asking("purchase")
    async def place_order(self, agreed: Money) -> None:
        """Lock the ticket. What is refused is said here, and the dialog stays."""
        try:
            order = await self.session.call(
                PLACE_ORDER, PlaceOrder(ticket_id=self.ticket.id), key=self._key
            )
        except Unreachable as error:
            self._refused(f"{error.detail} Press Buy again: it is still bought only once.")
            self.hear(Heard(()))  # the feed may have told of the order already
        except NotSignedIn:
            self.dismiss(None)
            raise
        except Problem as problem:
            self._final = isinstance(problem, FINAL)
            self._key = self.session.clock.new_key()  # a refusal ends the intent
            self._refused(" ".join([problem.detail, ADVICE.get(type(problem), "")]).strip())
        else:
            if order.price != agreed:
                self.house.notify(
                    f"The price was changed that very moment: it is {order.price} now. Give the "
                    "lock back if that is too much.", severity="warning", timeout=10,
                )  # fmt: skip
            self.dismiss(order)

    @asking("purchase")
    async def go_on(self, order_id: str) -> None:
        """Go on with an order that the feed told of."""
        try:
            order = await self.session.call(VIEW_ORDER, order_id=order_id)
        finally:
            self._busy = False
        self.dismiss(order)

    def _refused(self, words: str) -> None:
        self._busy = False
        self._free()
        self.say(words)
        self.query_one("#leave", Button).focus()

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Notice that the ticket was taken, or its price changed, before the yes."""
        order_id = self.house.holds.order_of(self.ticket.id)
        if order_id is not None and not self._busy:
            self._busy = True
            self.go_on(order_id)  # locked all the same, though the answer was lost
            return
        for entry in heard.entries:
            fact = entry.event
            if fact.id != self.ticket.id or not isinstance(fact, TicketUpdated) or self._busy:
                continue
            if fact.status is TicketStatus.AVAILABLE and fact.price != self.ticket.price:
                self.say(f"The price has changed; it was {self.ticket.price}.")
            elif fact.status is not TicketStatus.AVAILABLE:
                self.say(f"Somebody else was quicker: the ticket is {fact.status}.")
            else:
                self.say("It is on sale again." if self._final else "")
            self._final = fact.status is not TicketStatus.AVAILABLE
            self.ticket = msgspec.structs.replace(
                self.ticket, price=fact.price, status=fact.status, version=fact.version
            )
            self._draw()

    @on(LinkMoved)
    def redraw(self) -> None:
        """Draw again after the line came or went, or the terms are known."""
        self._draw()
