"""The flow, live: the services with what passes between them, and below them every fact."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from client.event_text import change, subject
from contract.feed import FeedEntry
from tui.admin.flow_activity import Rooms, went_wrong
from tui.admin.flow_diagram import Flow, counts_in_words
from tui.admin.flow_layout import NARROWEST
from tui.admin.pane import Pane, Rows
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.text_input import Line
from tui.widgets.virtual_table import Board

#: How many facts are kept to be looked through.
KEPT = 2_000
#: How often the picture is drawn at most, in seconds.
FRAME = 0.2
#: Below this many rows the list needs the room more than the picture.
LOWEST = 19


class FactsPane(Pane[FeedEntry]):
    """What happens, as it happens."""

    title = "Flow"
    offers = frozenset({"story", "pause", "filter", "errors"})

    def __init__(self) -> None:
        """Begin with nothing: the log is for `ticketing admin events`."""
        super().__init__(id="flow")
        self.rooms = Rooms()
        self.paused = False
        self.only_wrong = False
        self._facts: deque[FeedEntry] = deque(maxlen=KEPT)
        self._fitting: deque[FeedEntry] = deque(maxlen=KEPT)
        self._unseen = 0

    def compose(self) -> ComposeResult:
        yield Flow(self.rooms, id="picture")
        yield Static(id="counts", markup=False)
        with Horizontal(classes="find"):
            yield Line(placeholder="/ filter facts", id="facts-filter", compact=True)
            yield Static(id="facts-state", classes="count", markup=False)
        yield Rows[FeedEntry](
            (
                Column(title="TIME", of=_time, width=12),
                Column(title="FACT", of=_fact, width=22),
                Column(title="ABOUT", of=_about, width=16),
                Column(title="BY", of=self._by, width=18, spare=1),
                Column(title="WHAT CHANGED", of=_change),
            ),
            key=lambda entry: entry.id,
            empty="nothing has happened since you came",
            id="facts",
        )
        yield Static(id="fact", classes="detail", markup=False)

    def on_mount(self) -> None:
        self.set_interval(FRAME, self.draw, name="tick")
        self._tell()

    @property
    def order_id(self) -> str | None:
        row = self.board.row
        return row.event.order if row else None

    @property
    def row_id(self) -> str | None:
        row = self.board.row
        return row.event.id if row else None

    def on_resize(self, event: Resize) -> None:
        fits = event.size.width >= NARROWEST + 2 and event.size.height >= LOWEST
        self.query_one("#picture").display = fits
        self.query_one("#counts").display = not fits

    def draw(self) -> None:
        """Let what was lit go out, and count."""
        now = self.session.clock.monotonic()
        picture = self.query_one(Flow)
        if picture.display:
            picture.notes = self.desk.notes()
            picture.catch_up(now)
        else:
            self.query_one("#counts", Static).update(counts_in_words(self.rooms, now))

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Light what passed and list it; while paused it is only counted."""
        self.rooms.hear(entries, self.session.clock.monotonic())
        self._facts.extendleft(entries)
        self._fitting.extendleft(self._that_fit(entries))
        if self.paused:
            self._unseen += len(entries)
        elif entries:
            self._show()
        self._tell()

    def _that_fit(self, entries: Sequence[FeedEntry]) -> Sequence[FeedEntry]:
        """Return those that fit what is typed, and what went wrong if only that is wanted."""
        if self.only_wrong:
            entries = [entry for entry in entries if went_wrong(entry.event)]
        if not self.typed:
            return entries
        matcher = Matcher(self.typed)
        return [entry for entry in entries if matcher.match(_searched(entry)) > 0]

    def _show(self) -> None:
        """Show the list as it is now; who is at its top stays there."""
        board = self.board
        on_top = board.at == 0
        board.show(self._fitting)
        if on_top and board.rows:
            board.at = 0
            board.scroll_to(y=0, animate=False, force=True)
            self._describe()

    @on(Input.Changed)
    def narrow(self) -> None:
        """Look through everything kept for what fits now."""
        self._fitting = deque(self._that_fit(tuple(self._facts)), KEPT)
        wanted = self.typed or self.only_wrong
        self.board.empty = "no fact fits" if wanted else "nothing has happened since you came"
        self._show()
        self._tell()

    @on(Input.Submitted)
    def to_list(self) -> None:
        """Go from the filter to what it found."""
        self.board.focus()

    @on(Board.Moved)
    def _describe(self) -> None:
        """Say all of what a row has no room for."""
        entry = self.board.row
        detail = self.query_one("#fact", Static)
        detail.display = entry is not None
        if entry is not None:
            fact = entry.event
            about = f"{fact.name}  {subject(fact)}  by {self.desk.called(entry.actor)}"
            detail.update(Content.assemble((about, "$text-muted"), "\n", change(fact)))

    def pause(self) -> None:
        """Hold the list still, or let it run again."""
        self.paused = not self.paused
        self._unseen = 0
        if not self.paused:
            self._show()
        self._tell()

    def errors(self) -> None:
        self.only_wrong = not self.only_wrong
        self.narrow()

    def _tell(self) -> None:
        said = [f"{len(self._fitting):,} of {len(self._facts):,} facts"]
        if self.only_wrong:
            said.insert(0, "only what went wrong")
        if self.paused:
            said.insert(0, f"PAUSED, {self._unseen:,} new")
        state = self.query_one("#facts-state", Static)
        state.update(" · ".join(said))
        state.set_class(self.paused or self.only_wrong, "-held")

    def _by(self, entry: FeedEntry) -> Cell:
        return Words(self.desk.called(entry.actor), Tone.DIM)


def short(name: str) -> str:
    """Shorten an id to what tells it from its neighbours: its end; ids begin with their time."""
    kind, _, rest = name.partition("_")
    return f"{kind}_…{rest[-7:]}" if len(rest) > 8 else name  # noqa: PLR2004  nothing is won below


def _time(entry: FeedEntry) -> Cell:
    at = entry.at.astimezone()
    return Words(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}", Tone.DIM)


def _fact(entry: FeedEntry) -> Cell:
    return Words(entry.event.name, Tone.WARN if went_wrong(entry.event) else Tone.PLAIN)


def _about(entry: FeedEntry) -> Cell:
    fact = entry.event
    return f"{short(fact.id)}{f' v{fact.version}' if fact.version else ''}"


def _change(entry: FeedEntry) -> Cell:
    return Words(change(entry.event), Tone.PLAIN)


def _searched(entry: FeedEntry) -> str:
    fact = entry.event
    parts = (fact.name, fact.id, fact.order or "", entry.actor)
    return " ".join(part for part in parts if part)
