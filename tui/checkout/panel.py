"""Till: what a checkout shows: words and buttons at the left, a code to scan at the right."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from client.formatting import marked, there
from contract.orders import OrderStatus
from tui.checkout.card_picker import SavedCards, named
from tui.checkout.confetti import Cheer
from tui.checkout.lock_countdown import Deadline
from tui.checkout.progress import ENDS, STEP, Standing
from tui.checkout.steps import Steps
from tui.ticket_events import seated
from tui.widgets.qr_code import QrCode
from tui.widgets.styled_text import Tone

#: How long the screen may be happy, in seconds.
HAPPY = 2.0
#: What the words need beside a code, in cells; with less room the code is left out.
WORDS = 34
STYLES = {
    Tone.WARN: "bold $warning", Tone.LOSS: "bold $error", Tone.GOOD: "bold $success",
    Tone.ACCENT: "bold $accent",
}  # fmt: skip
OPEN = "open-page"


class Till(Vertical):
    """Everything of a checkout but what is done about it."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="till"):
            with VerticalScroll(id="left", can_focus=False):
                yield Static(id="what", markup=False)
                yield Deadline()
                yield Static(id="said", markup=False)
                yield Static(id="sum", markup=False)
                yield Static(id="link", markup=False)
                yield Static("or with a saved card:", id="or", classes="muted", markup=False)
                yield SavedCards(id="cards")
                yield Static(id="instead", markup=False)
                with Horizontal(classes="ways"):
                    yield Button("Open page", id=OPEN, compact=True)
                    yield Button("Copy", id="copy", compact=True)
                    yield Button("Give back", id="give-back", compact=True)
                with Horizontal(classes="ways"):
                    yield Button("Pay", id="pay", variant="primary", compact=True)
                    yield Button("Next seat", id="next-seat", variant="primary", compact=True)
                    yield Button("To the wallet", id="wallet", variant="primary", compact=True)
                    yield Button("Leave", id="back", compact=True)
                cheer = Cheer()
                cheer.display = False
                yield cheer  # last, so that nothing moves under the mouse when it ends
            with Vertical(id="right"):
                yield QrCode()
        yield Steps()

    @property
    def cards(self) -> SavedCards:
        """The saved cards and which of them is chosen."""
        return self.query_one(SavedCards)

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def cheer(self) -> None:
        """Be happy for two seconds."""
        self.query_one(Cheer).display = True
        self.set_timer(HAPPY, self.calm)

    def calm(self) -> None:
        """Be as before, if it is still there."""
        for cheer in self.query(Cheer):
            cheer.display = False

    # What is shown.

    def show(self, standing: Standing, *, stopped: bool) -> None:
        """Show how an order stands; `stopped` says that nothing can be changed now."""
        order = standing.order
        self._show_seat(standing)
        self._show_clock(standing)
        words, tone = standing.words
        self._say("#said", Content.styled(words, STYLES.get(tone, "")) if words else None)
        self._show_sum(standing)
        self._show_ways(standing, stopped=stopped)
        self._show_code(standing)
        steps = self.query_one(Steps)
        steps.at = STEP[order.status]
        steps.ended = ENDS[order.reason] if order.reason else ""

    def _say(self, name: str, words: Content | None) -> None:
        """Say something in its place; without words the place is not there."""
        static = self.query_one(name, Static)
        static.display = words is not None
        if words is not None:
            static.update(words)

    def _show_seat(self, standing: Standing) -> None:
        ticket, instead = standing.ticket, standing.instead
        if ticket is not None:
            show = ticket.show
            where = f"{there(show.starts_at)}\n{show.venue}, {show.city}"
            self._say("#what", Content("\n").join(
                [Content.styled(show.name, "bold"), Content.styled(where, "$text-muted"),
                 Content.styled(seated(ticket), "bold")]
            ))  # fmt: skip
        offered = instead and Content.assemble(
            ("Next cheapest of this show:\n", "$text-muted"),
            f"{seated(instead)}   ", (str(instead.price), "bold"),
        )  # fmt: skip
        self._say("#instead", offered or None)

    def _show_clock(self, standing: Standing) -> None:
        order, clock = standing.order, self.query_one(Deadline)
        if order.status is OrderStatus.AWAITING_PAYMENT:
            whole = (order.expires_at - order.created_at).total_seconds()
            clock.run(left=max(standing.left, 0.0), whole=whole,
                      word="LOCKED FOR YOU" if standing.left > 0 else "TIME IS UP",
                      until=f"{order.expires_at.astimezone():%H:%M:%S}")  # fmt: skip
        elif order.reason is not None:
            clock.end(ENDS[order.reason].upper(), done=False)
        else:
            done = order.status is OrderStatus.COMPLETE
            clock.end("YOURS" if done else "CONFIRMING", done=True)

    def _show_sum(self, standing: Standing) -> None:
        order = standing.order
        word = {OrderStatus.COMPLETE: "Paid", OrderStatus.CANCELLED: "Price"}.get(
            order.status, "You pay"
        )
        parts = [Content.assemble((f"{word}  ", "$text-muted"),
                                  (str(marked(order.price, live=order.live)), "bold"))]  # fmt: skip
        if order.fee.amount:
            parts.append(Content.styled(f"of which fee {order.fee}", "$text-muted"))
        if order.status is OrderStatus.COMPLETE:
            code = standing.bought.code if standing.bought else "reading…"
            parts.append(Content.assemble(("Code  ", "$text-muted"), (code, "bold")))
        self._say("#sum", Content("\n").join(parts))
        link = Content.assemble(
            ("Pay on the web page (card, 3-D Secure):\n", "$text-muted"),
            (order.payment_url, "$accent"),
        )  # fmt: skip
        self._say("#link", link if standing.payable else None)

    def _show_ways(self, standing: Standing, *, stopped: bool) -> None:
        """Show the cards and the buttons that are of use now."""
        payable, card = standing.payable, self.cards.chosen
        with_card = payable and card is not None
        self.cards.display = self.query_one("#or").display = with_card
        paid = standing.order.status is OrderStatus.COMPLETE
        shown = {
            "pay": with_card, OPEN: payable, "give-back": payable, "copy": payable or paid,
            "wallet": paid, "next-seat": standing.instead is not None, "back": True,
        }  # fmt: skip
        for name, wanted in shown.items():
            button = self.query_one(f"#{name}", Button)
            button.display = wanted
            writes = name in {"pay", "give-back"}
            button.disabled = writes and (stopped or bool(standing.paying))
        self.query_one("#next-seat", Button).disabled = stopped
        pay = self.query_one("#pay", Button)
        label = f"Pay with {named(card)}" if card else "Pay"
        if str(pay.label) != label:
            pay.label = Content(label)

    def _show_code(self, standing: Standing) -> None:
        """Draw the link for a telephone; once it is paid, what opens the gate."""
        bought = standing.bought
        text = bought.code if bought else standing.order.payment_url if standing.payable else ""
        code = self.query_one(QrCode)
        if code.text != text:
            code.text = text
            self._fit()

    def _fit(self) -> None:
        """Show the code only whole: what is cut off is not read."""
        code, room = self.query_one(QrCode), self.size
        width = code.get_content_width(room, room)
        height = code.get_content_height(room, room, width)
        fits = bool(width) and room.width - width - 4 >= WORDS and room.height - 1 >= height
        self.query_one("#right").display = fits
