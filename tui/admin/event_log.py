"""Event log pane: the live flow diagram, and below it every event."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Resize
from textual.fuzzy import Matcher
from textual.geometry import Size
from textual.widgets import Input, Static

from client.event_text import describe_change, subject
from client.transport import Unreachable
from contract.base import Empty
from contract.feed import FeedEntry
from contract.flow import VIEW_FLOW
from contract.problems import Problem
from tui.admin.flow_activity import FlowActivity, is_failure
from tui.admin.flow_diagram import FlowDiagram, counts_text
from tui.admin.flow_layout import MIN_WIDTH
from tui.admin.pane import AdminPane, OrderRows
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.text_input import SafeInput
from tui.widgets.virtual_table import VirtualTable

#: How many events are kept for filtering.
MAX_EVENTS = 2_000
#: How often the diagram is drawn at most, in seconds.
DRAW_EVERY = 0.2
#: Below this many rows the diagram makes way for the list.
MIN_HEIGHT = 19


class EventLogPane(AdminPane[FeedEntry]):
    """Events as they happen."""

    title = "Flow"
    offers = frozenset({"trace", "pause", "filter", "errors"})

    def __init__(self) -> None:
        """Start empty: past events are shown by `ticketing admin events`."""
        super().__init__(id="flow")
        self.activity = FlowActivity()
        #: Why the flow could not be loaded.
        self._flow_error = ""
        self.paused = False
        self.failures_only = False
        self._events: deque[FeedEntry] = deque(maxlen=MAX_EVENTS)
        self._matching: deque[FeedEntry] = deque(maxlen=MAX_EVENTS)
        self._unseen = 0

    def compose(self) -> ComposeResult:
        yield FlowDiagram(self.activity, id="diagram")
        yield Static(id="counts", markup=False)
        with Horizontal(classes="find"):
            yield SafeInput(placeholder="/ filter events", id="events-filter", compact=True)
            yield Static(id="events-state", classes="count", markup=False)
        yield OrderRows[FeedEntry](
            (
                TableColumn(title="TIME", of=_time, width=12),
                TableColumn(title="EVENT", of=_event, width=22),
                TableColumn(title="SUBJECT", of=_about, width=16),
                TableColumn(title="BY", of=self._by, width=18, drop_rank=1),
                TableColumn(title="CHANGE", of=_change),
            ),
            key=lambda entry: entry.id,
            empty="no events yet",
            id="events",
        )
        yield Static(id="event", classes="detail", markup=False)

    def on_mount(self) -> None:
        self.set_interval(DRAW_EVERY, self.draw, name="tick")
        self._show_counts()
        self.load()

    @request("flow")
    async def load(self) -> None:
        """Load the flow between the services, once; an error is shown in its place."""
        if self.activity.loaded:
            return
        try:
            flow = await self.session.call(VIEW_FLOW, Empty())
        except (Problem, Unreachable) as refusal:
            self._flow_error = refusal.detail
        else:
            self._flow_error = ""
            self.activity.use_flow(flow)
            self.query_one(FlowDiagram).redraw()
        self._fit(self.size)
        self.draw()

    @property
    def order_id(self) -> str | None:
        row = self.table.row
        return row.event.order if row else None

    @property
    def row_id(self) -> str | None:
        row = self.table.row
        return row.event.id if row else None

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Show the diagram if it is loaded and fits, else one line."""
        fits = size.width >= MIN_WIDTH + 2 and size.height >= MIN_HEIGHT
        self.query_one(FlowDiagram).display = fits and self.activity.loaded
        self.query_one("#counts").display = not (fits and self.activity.loaded)

    def draw(self) -> None:
        """Update the diagram and its counts."""
        now = self.session.clock.monotonic()
        diagram = self.query_one(FlowDiagram)
        if diagram.display:
            diagram.notes = self.host.notes()
            diagram.refresh_content(now)
        else:
            self.query_one("#counts", Static).update(self._counts_line(now))

    def _counts_line(self, now: float) -> str:
        if self.activity.loaded:
            return counts_text(self.activity, now)
        if self._flow_error:
            return f"The flow cannot be shown: {self._flow_error}"
        return "loading the flow…"

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Light the arrows of the events and list them; while paused, only count them."""
        self.activity.handle_events(entries, self.session.clock.monotonic())
        self._events.extendleft(entries)
        self._matching.extendleft(self._matching_events(entries))
        if self.paused:
            self._unseen += len(entries)
        elif entries:
            self._show()
        self._show_counts()

    def _matching_events(self, entries: Sequence[FeedEntry]) -> Sequence[FeedEntry]:
        """Return the events that match the filter, only failures if that is chosen."""
        if self.failures_only:
            entries = [entry for entry in entries if is_failure(entry.event)]
        if not self.typed:
            return entries
        matcher = Matcher(self.typed)
        return [entry for entry in entries if matcher.match(_search_text(entry)) > 0]

    def _show(self) -> None:
        """Update the list; a cursor at the top stays at the top."""
        table = self.table
        on_top = table.at == 0
        table.set_rows(self._matching)
        if on_top and table.rows:
            table.at = 0
            table.scroll_to(y=0, animate=False, force=True)
            self._describe()

    @on(Input.Changed)
    def filter_changed(self) -> None:
        """Filter the kept events again."""
        self._matching = deque(self._matching_events(tuple(self._events)), MAX_EVENTS)
        wanted = self.typed or self.failures_only
        self.table.empty = "no match" if wanted else "no events yet"
        self._show()
        self._show_counts()

    @on(Input.Submitted)
    def focus_list(self) -> None:
        """Go from the filter to the list."""
        self.table.focus()

    @on(VirtualTable.CursorMoved)
    def _describe(self) -> None:
        """Show the full text of the event under the cursor."""
        entry = self.table.row
        detail = self.query_one("#event", Static)
        detail.display = entry is not None
        if entry is not None:
            event = entry.event
            about = f"{event.name}  {subject(event)}  by {self.host.display_name(entry.actor)}"
            detail.update(Content.assemble((about, "$text-muted"), "\n", describe_change(event)))

    def pause(self) -> None:
        """Pause or resume the list."""
        self.paused = not self.paused
        self._unseen = 0
        if not self.paused:
            self._show()
        self._show_counts()

    def errors(self) -> None:
        self.failures_only = not self.failures_only
        self.filter_changed()

    def _show_counts(self) -> None:
        text = [f"{len(self._matching):,} of {len(self._events):,} events"]
        if self.failures_only:
            text.insert(0, "failures only")
        if self.paused:
            text.insert(0, f"PAUSED, {self._unseen:,} new")
        state = self.query_one("#events-state", Static)
        state.update(" · ".join(text))
        state.set_class(self.paused or self.failures_only, "-active")

    def _by(self, entry: FeedEntry) -> Cell:
        return StyledText(self.host.display_name(entry.actor), Tone.DIM)


def short_id(name: str) -> str:
    """Shorten an id to its end, which differs from other ids: ids begin with their time."""
    kind, _, refundable = name.partition("_")
    return f"{kind}_…{refundable[-7:]}" if len(refundable) > 8 else name  # noqa: PLR2004  nothing is won below


def _time(entry: FeedEntry) -> Cell:
    at = entry.at.astimezone()
    return StyledText(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}", Tone.DIM)


def _event(entry: FeedEntry) -> Cell:
    return StyledText(entry.event.name, Tone.WARN if is_failure(entry.event) else Tone.PLAIN)


def _about(entry: FeedEntry) -> Cell:
    event = entry.event
    return f"{short_id(event.id)}{f' v{event.version}' if event.version else ''}"


def _change(entry: FeedEntry) -> Cell:
    return StyledText(describe_change(entry.event), Tone.PLAIN)


def _search_text(entry: FeedEntry) -> str:
    event = entry.event
    parts = (event.name, event.id, event.order or "", entry.actor)
    return " ".join(part for part in parts if part)
