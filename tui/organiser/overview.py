"""Overview: one show of an organiser: its seats by section, its sales over time, its gate."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from client.formatting import origin_of_show, venue_time
from client.show_totals import income
from contract.gate import VIEW_GATE, GateCounts
from contract.show_overview import VIEW_SHOW_OVERVIEW, ShowOverview
from contract.shows import Show
from tui.organiser.charts import SalesPlot, SeatBars
from tui.requests import AppAccess, request

#: How long after an event the counts are loaded again, in seconds: events come in bursts.
RELOAD_DELAY = 0.3
READING = Content.styled("reading…", "$text-muted")


class OverviewPanel(VerticalScroll, AppAccess):
    """The counts of one show, loaded again when something was sold, locked or scanned."""

    def __init__(self, *, id: str | None = None) -> None:
        """Start without a show."""
        super().__init__(id=id, can_focus=True)
        self.current_show: Show | None = None
        self.overview: ShowOverview | None = None
        self.gate: GateCounts | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="own-name", markup=False)
        yield Static(id="own-place", classes="muted", markup=False)
        yield Static(id="own-totals", markup=False)
        yield SeatBars(id="own-seats")
        yield Static(id="own-sales", markup=False)
        yield SalesPlot(id="own-plot")
        yield Static(id="own-gate", markup=False)

    def show_overview_of(self, show: Show | None) -> None:
        """Show another show, or none."""
        if show == self.current_show:
            return
        if self.current_show is None or show is None or show.id != self.current_show.id:
            self.overview = self.gate = None
        self.current_show = show
        self.draw()
        if show is not None:
            self.load_soon()

    def load_soon(self) -> None:
        """Load the counts soon, once for all that happens together."""
        if self._timer is None:
            self._timer = self.set_timer(RELOAD_DELAY, self._load)

    def _load(self) -> None:
        self._timer = None
        self.load()
        self.load_gate()

    @request("overview")
    async def load(self) -> None:
        """Load the seats and sales."""
        if self.current_show is not None:
            show_id = self.current_show.id
            seen = await self.session.call(VIEW_SHOW_OVERVIEW, show_id=show_id)
            if self.current_show.id == show_id:
                self.overview = seen
                self.draw()

    @request("own gate")
    async def load_gate(self) -> None:
        """Load what the gate has counted."""
        if self.current_show is not None:
            show_id = self.current_show.id
            counts = await self.session.call(VIEW_GATE, show_id=show_id)
            if self.current_show.id == show_id:
                self.gate = counts
                self.draw()

    # Texts.

    def draw(self) -> None:
        """Draw what is known."""
        show, seen = self.current_show, self.overview
        for widget in self.query("OverviewPanel > *"):
            widget.display = show is not None
        if show is None:
            return
        cancelled = [Content.styled("  CANCELLED", "bold $error")] if show.cancelled else []
        mark = Content.styled(
            f"  {origin_of_show(show)}", "$success" if show.official else "$text-muted"
        )
        name = Content("").join([Content.styled(show.name, "bold"), mark, *cancelled])
        self.query_one("#own-name", Static).update(name)
        place = f"{venue_time(show.starts_at)} · {show.venue}, {show.city}"
        self.query_one("#own-place", Static).update(place)
        self.query_one("#own-totals", Static).update(self._totals(seen) if seen else READING)
        self.query_one(SeatBars).sections = seen.sections if seen else ()
        self.query_one(SeatBars).display = seen is not None
        self.query_one("#own-sales", Static).update(self._sales(seen) if seen else "")
        plot = self.query_one(SalesPlot)
        plot.sales = seen.sales if seen else ()
        plot.until = min(self.session.now(), show.starts_at)
        plot.display = seen is not None
        self.query_one("#own-gate", Static).update(self._gate(self.gate) if self.gate else "")

    def _totals(self, seen: ShowOverview) -> Content:
        seats = seen.seats
        share = f" ({100 * seats.sold // seats.total} %)" if seats.total else ""
        parts = [
            Content.styled(f"{seats.sold:,} of {seats.total:,} sold{share}", "bold"),
            Content.styled(
                f"{seats.locked:,} locked", "$warning" if seats.locked else "$text-muted"
            ),
            Content.styled(f"{seats.left:,} left", "$text-muted"),
        ]  # fmt: skip
        return Content(" · ").join(parts)

    def _sales(self, seen: ShowOverview) -> Content:
        parts = [Content.styled("Sales", "bold")]
        parts += [Content.styled(str(each), "bold") for each in income(seen)]
        return Content("   ").join(parts)

    def _gate(self, counts: GateCounts) -> Content:
        lines = [
            Content.assemble(
                ("Gate", "bold"), "   ",
                (f"{counts.inside:,} of {counts.sold:,} inside", "bold $success"),
                f" · {counts.refused:,} refused",
            )
        ]  # fmt: skip
        for each in counts.entrances:
            numbers = f"{each.inside:,} inside · {each.refused:,} refused"
            lines.append(Content.assemble((f"{each.gate or 'no name'}  ", "$text-muted"), numbers))
        return Content("\n").join(lines)
