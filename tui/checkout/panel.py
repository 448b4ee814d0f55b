"""Checkout panel: texts and buttons on the left, a QR code on the right."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from client.formatting import marked, venue_time
from contract.orders import OrderStatus
from tui.checkout.card_picker import CardPicker, named
from tui.checkout.confetti import Confetti
from tui.checkout.lock_countdown import LockCountdown
from tui.checkout.progress import END_LABELS, STEP_OF_STATUS, CheckoutState
from tui.checkout.steps import ProgressSteps
from tui.ticket_events import seat_line
from tui.widgets.qr_code import QrCode
from tui.widgets.styled_text import Tone

#: How long the celebration lasts, in seconds.
CELEBRATION_SECONDS = 2.0
#: The minimum width of the text beside the QR code; with less space the code is left out.
WORDS = 34
STYLES = {
    Tone.WARN: "bold $warning", Tone.LOSS: "bold $error", Tone.GOOD: "bold $success",
    Tone.ACCENT: "bold $accent",
}  # fmt: skip
OPEN_PAGE = "open-page"


class CheckoutPanel(Vertical):
    """Shows a checkout; the screen handles its actions."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="checkout"):
            with VerticalScroll(id="left", can_focus=False):
                yield Static(id="what", markup=False)
                yield LockCountdown()
                yield Static(id="message", markup=False)
                yield Static(id="sum", markup=False)
                yield Static(id="link", markup=False)
                yield Static("Or pay with a saved card:", id="or", classes="muted", markup=False)
                yield CardPicker(id="cards")
                yield Static(id="instead", markup=False)
                with Horizontal(classes="ways"):
                    yield Button("Open page", id=OPEN_PAGE, compact=True)
                    yield Button("Copy", id="copy", compact=True)
                    yield Button("Release", id="release", compact=True)
                with Horizontal(classes="ways"):
                    yield Button("Pay", id="pay", variant="primary", compact=True)
                    yield Button("Next seat", id="next-seat", variant="primary", compact=True)
                    yield Button("View in wallet", id="wallet", variant="primary", compact=True)
                    yield Button("Leave", id="back", compact=True)
                celebrate = Confetti()
                celebrate.display = False
                yield celebrate  # last, so that nothing moves under the mouse when it ends
            with Vertical(id="right"):
                yield QrCode()
        yield ProgressSteps()

    @property
    def cards(self) -> CardPicker:
        """The picker for the saved cards."""
        return self.query_one(CardPicker)

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def celebrate(self) -> None:
        """Show the confetti for two seconds."""
        self.query_one(Confetti).display = True
        self.set_timer(CELEBRATION_SECONDS, self.stop_celebrating)

    def stop_celebrating(self) -> None:
        """Hide the confetti, if the panel still exists."""
        for celebrate in self.query(Confetti):
            celebrate.display = False

    # What is shown.

    def show(self, state: CheckoutState, *, stopped: bool) -> None:
        """Show the state of the checkout; `stopped` means that nothing can be changed now."""
        order = state.order
        self._show_seat(state)
        self._show_clock(state)
        words, tone = state.message
        self._set_text("#message", Content.styled(words, STYLES.get(tone, "")) if words else None)
        self._show_total(state)
        self._show_buttons(state, stopped=stopped)
        self._show_code(state)
        steps = self.query_one(ProgressSteps)
        steps.at = STEP_OF_STATUS[order.status]
        steps.ended = END_LABELS[order.reason] if order.reason else ""

    def _set_text(self, name: str, words: Content | None) -> None:
        """Set the text of a line; None hides it."""
        static = self.query_one(name, Static)
        static.display = words is not None
        if words is not None:
            static.update(words)

    def _show_seat(self, state: CheckoutState) -> None:
        ticket, alternative = state.ticket, state.alternative
        if ticket is not None:
            show = ticket.show
            where = f"{venue_time(show.starts_at)}\n{show.venue}, {show.city}"
            self._set_text("#what", Content("\n").join(
                [Content.styled(show.name, "bold"), Content.styled(where, "$text-muted"),
                 Content.styled(seat_line(ticket), "bold")]
            ))  # fmt: skip
        offered = alternative and Content.assemble(
            ("Next cheapest of this show:\n", "$text-muted"),
            f"{seat_line(alternative)}   ", (str(alternative.price), "bold"),
        )  # fmt: skip
        self._set_text("#instead", offered or None)

    def _show_clock(self, state: CheckoutState) -> None:
        order, clock = state.order, self.query_one(LockCountdown)
        if order.status is OrderStatus.AWAITING_PAYMENT:
            whole = (order.expires_at - order.created_at).total_seconds()
            clock.update_running(left=max(state.left, 0.0), whole=whole,
                      word="RESERVED FOR YOU" if state.left > 0 else "TIME IS UP",
                      until=f"{order.expires_at.astimezone():%H:%M:%S}")  # fmt: skip
        elif order.reason is not None:
            clock.finish(END_LABELS[order.reason].upper(), done=False)
        else:
            done = order.status is OrderStatus.COMPLETE
            clock.finish("YOURS" if done else "CONFIRMING", done=True)

    def _show_total(self, state: CheckoutState) -> None:
        order = state.order
        word = {OrderStatus.COMPLETE: "Paid", OrderStatus.CANCELLED: "Price"}.get(
            order.status, "Total"
        )
        parts = [Content.assemble((f"{word}  ", "$text-muted"),
                                  (str(marked(order.price, live=order.live)), "bold"))]  # fmt: skip
        if order.fee.amount:
            parts.append(Content.styled(f"Fee included  {order.fee}", "$text-muted"))
        if order.status is OrderStatus.COMPLETE:
            code = state.entry_code if state.bought else "reading…"
            parts.append(Content.assemble(("Code  ", "$text-muted"), (code, "bold")))
        self._set_text("#sum", Content("\n").join(parts))
        link = Content.assemble(
            ("Pay on the web page (card, 3-D Secure):\n", "$text-muted"),
            (order.payment_url, "$accent"),
        )  # fmt: skip
        self._set_text("#link", link if state.payable else None)

    def _show_buttons(self, state: CheckoutState, *, stopped: bool) -> None:
        """Show the cards and buttons that can be used now."""
        payable, card = state.payable, self.cards.chosen
        with_card = payable and card is not None
        self.cards.display = self.query_one("#or").display = with_card
        paid = state.order.status is OrderStatus.COMPLETE
        shown = {
            "pay": with_card, OPEN_PAGE: payable, "release": payable, "copy": payable or paid,
            "wallet": paid, "next-seat": state.alternative is not None, "back": True,
        }  # fmt: skip
        for name, wanted in shown.items():
            button = self.query_one(f"#{name}", Button)
            button.display = wanted
            writes = name in {"pay", "release"}
            button.disabled = writes and (stopped or bool(state.paying))
        self.query_one("#next-seat", Button).disabled = stopped
        pay = self.query_one("#pay", Button)
        label = f"Pay with {named(card)}" if card else "Pay"
        if str(pay.label) != label:
            pay.label = Content(label)

    def _show_code(self, state: CheckoutState) -> None:
        """Show the payment link as a QR code; after payment, the entry code."""
        text = state.entry_code or (state.order.payment_url if state.payable else "")
        code = self.query_one(QrCode)
        if code.text != text:
            code.text = text
            self._fit()

    def _fit(self) -> None:
        """Show the QR code only if it fits whole: a cut-off code cannot be scanned."""
        code, space = self.query_one(QrCode), self.size
        width = code.get_content_width(space, space)
        height = code.get_content_height(space, space, width)
        fits = bool(width) and space.width - width - 4 >= WORDS and space.height - 1 >= height
        self.query_one("#right").display = fits
