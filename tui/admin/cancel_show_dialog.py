"""Cancel show dialog: cancel a show, and follow the refunds of its buyers."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, ProgressBar, Static

from client.formatting import marked, venue_time
from client.transport import Unreachable
from contract.problems import Problem
from contract.refunds import RefundStatus
from contract.shows import (
    CANCEL_SHOW,
    LIST_SHOWS,
    VIEW_CANCELLATION,
    VIEW_SHOW,
    Show,
    ShowCancellation,
    ShowsQuery,
)
from contract.tickets import VIEW_TICKET
from tui.requests import AppAccess, request
from tui.widgets.text_input import SafeInput

#: How often the progress is loaded, in seconds.
POLL_EVERY = 1.0
UNDERWAY = (RefundStatus.DUE, RefundStatus.SENT)


class CancelShowDialog(ModalScreen[None], AppAccess):
    """Finds the show, asks for its name, and shows the progress. Leaving does not stop it."""

    CSS_PATH = "cancel_show_dialog.tcss"
    BINDINGS = [("escape", "leave", "leave")]
    AUTO_FOCUS = "#which"

    def __init__(self) -> None:
        """Start without a show."""
        super().__init__()
        self.found: Show | None = None
        self._most = 0
        self._started = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Cancel a show", classes="title", markup=False)
            yield Static("Show id, ticket id, or a part of the name",
                         id="which-label", classes="muted", markup=False)  # fmt: skip
            yield SafeInput(id="which", compact=True)
            yield Static(id="found", markup=False)
            yield Static("Type the name to confirm", id="name-label", classes="label",
                         markup=False)  # fmt: skip
            yield SafeInput(id="name", compact=True)
            yield ProgressBar(id="progress", show_eta=True)
            yield Static(id="report", markup=False)
            yield Static(id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Find", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        for name in ("#name-label", "#name", "#progress", "#found", "#report"):
            self.query_one(name).display = False

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        if self._started and self.query_one("#go").display:
            self.app_base.notify("The cancellation continues in the background.")
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def go(self) -> None:
        """Find the show; once its name is confirmed, cancel it."""
        self._show_problem("")
        if self.found is None:
            self.find(self.query_one("#which", Input).value.strip())
        elif self._started:
            self.load_progress()
        elif self.query_one("#name", Input).value.strip() != self.found.name:
            self._show_problem("The name does not match; nothing was cancelled.")
        else:
            self.cancel(self.found)

    @request("find")
    async def find(self, typed: str) -> None:
        """Find the show by id or name."""
        if not typed:
            return
        try:
            self.found = await self._lookup(typed)
        except (Problem, Unreachable) as refusal:
            self._show_problem(refusal.detail)
            return
        if self.found is None:
            self._show_problem("No upcoming show, or more than one, has this in its name.")
            return
        self._show_found(self.found)
        if self.found.cancelled:
            self._start()
            self.load_progress()

    async def _lookup(self, typed: str) -> Show | None:
        if typed.startswith("tkt_"):
            return (await self.session.call(VIEW_TICKET, ticket_id=typed)).show
        if typed.startswith("shw_"):
            return await self.session.call(VIEW_SHOW, show_id=typed)
        page = await self.session.page(LIST_SHOWS, ShowsQuery(q=typed, limit=2))
        return page.items[0].show if len(page.items) == 1 else None

    def _show_found(self, show: Show) -> None:
        text = f"{show.name}\n{venue_time(show.starts_at)} · {show.venue}, {show.city}"
        for name in ("#name-label", "#name", "#found"):
            self.query_one(name).display = True
        self.query_one("#which").display = False
        self.query_one("#which-label", Static).update(
            "Its tickets are withdrawn, its orders cancelled and its buyers refunded."
        )
        self.query_one("#found", Static).update(text)
        self._set_button("Cancel the show")
        self.query_one("#name", Input).focus()

    @request("cancel show")
    async def cancel(self, show: Show) -> None:
        """Cancel the show, then follow the progress."""
        try:
            now = await self.session.call(CANCEL_SHOW, show_id=show.id)
        except (Problem, Unreachable) as refusal:
            self._show_problem(refusal.detail)
            return
        self._start()
        self._show_progress(now)

    def _start(self) -> None:
        self._started = True
        for name in ("#name-label", "#name"):
            self.query_one(name).display = False
        self.query_one("#report").display = True
        self.query_one("#progress").display = True
        self._set_button("Refresh")
        self.query_one("#leave", Button).focus()
        self.set_interval(POLL_EVERY, self.load_progress, name="tick")

    @request("progress")
    async def load_progress(self) -> None:
        """Load the progress; while offline, try again."""
        if self.found is None or not self.query_one("#go").display:
            return
        try:
            self._show_progress(await self.session.call(VIEW_CANCELLATION, show_id=self.found.id))
        except Unreachable as error:
            self._show_problem(f"{error.detail} The cancellation continues.")

    def _show_progress(self, now: ShowCancellation) -> None:
        left = work_left(now)
        self._most = max(self._most, left)
        bar = self.query_one(ProgressBar)
        bar.update(total=max(self._most, 1), progress=max(self._most - left, int(now.done)))
        self.query_one("#report", Static).update(progress_text(now))
        self._show_problem("")
        if now.done:
            self.query_one("#go").display = False
            self.query_one("#leave", Button).label = "Close"

    def _set_button(self, label: str) -> None:
        """Give the button its next label; its width follows."""
        button = self.query_one("#go", Button)
        button.label = Content(label)
        button.refresh(layout=True)

    def _show_problem(self, text: str) -> None:
        self.query_one("#problem", Static).update(text)


def work_left(now: ShowCancellation) -> int:
    """Count the work left: tickets, orders, and refunds that have not arrived."""
    return now.tickets_left + now.orders_left + sum(now.refunds.get(s, 0) for s in UNDERWAY)


def progress_text(now: ShowCancellation) -> str:
    """Return the progress as text."""
    refunds = ", ".join(f"{status} {count:,}" for status, count in now.refunds.items()) or "none"
    back = ", ".join(str(marked(money, live=now.live)) for money in now.refunded) or "nothing"
    state = (
        "DONE: the show is cancelled." if now.done else "CANCELLED; its orders are being cancelled."
    )
    lines = [
        state, f"tickets still on sale  {now.tickets_left:,}",
        f"orders still open      {now.orders_left:,}", f"refunds   {refunds}",
        f"refunded  {back}",
    ]  # fmt: skip
    if failed := now.refunds.get(RefundStatus.FAILED, 0):
        lines.append(f"{failed:,} failed: see the Alerts tab.")
    return "\n".join(lines)
