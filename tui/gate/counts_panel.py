"""Counts: what the server counted at all entrances, what was done here, and each entrance."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from client.formatting import venue_time
from client.transport import Unreachable
from contract.gate import VIEW_GATE, Direction, EntranceCounts, GateCounts
from tui.gate.scan_log import ReadOnlyTable
from tui.gate.worker import GateWorker
from tui.requests import AppAccess, request
from tui.widgets.columns import TableColumn


class CountsPanel(Horizontal, AppAccess):
    """The head of the gate: the show and the entrance on the left, the counts on the right."""

    DEFAULT_CSS = """
    CountsPanel { height: 2; padding: 0 2; }
    CountsPanel #which-show {
        width: 1fr; height: 2; text-wrap: nowrap; text-overflow: ellipsis;
    }
    CountsPanel #counts { width: auto; height: 2; text-align: right; margin-left: 2; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Start without counts."""
        super().__init__(id=id)
        #: The server's counts; None until they came for the first time.
        self.counts: GateCounts | None = None
        self._worker: GateWorker | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="which-show", markup=False)
        yield Static(id="counts", markup=False)

    def open(self, worker: GateWorker) -> None:
        """Forget the counts of another gate."""
        self._worker, self.counts = worker, None

    @request("recount")
    async def recount(self, worker: GateWorker) -> None:
        """Load the server's counts for all entrances. While offline, the last counts stay."""
        try:
            counts = await self.session.call(VIEW_GATE, show_id=worker.show.id)
        except Unreachable:
            return
        if worker is self._worker:
            self.counts = counts

    def redraw(self, worker: GateWorker, direction: Direction) -> None:
        """Draw the counts as they are now."""
        self.query_one("#which-show", Static).update(_show_title(worker, direction))
        self.query_one("#counts", Static).update(_count_summary(worker, self.counts))


class EntranceTable(ReadOnlyTable[EntranceCounts]):
    """What each entrance did, in place of the last scans."""

    def __init__(self, *, id: str | None = None) -> None:
        """Start without entrances."""
        columns = (
            TableColumn[EntranceCounts](title="ENTRANCE", of=lambda each: each.gate or "no name"),
            _number("IN", lambda each: each.entered, drop_rank=3),
            _number("OUT", lambda each: each.left, drop_rank=4),
            _number("INSIDE", lambda each: each.inside),
            _number("REFUSED", lambda each: each.refused, drop_rank=1),
            _number("OVERRIDES", lambda each: each.overrides, drop_rank=2),
        )
        super().__init__(
            columns, key=lambda each: each.gate, empty="the server has counted nothing yet", id=id
        )


def _number(
    title: str, of: Callable[[EntranceCounts], int], *, drop_rank: int = 0
) -> TableColumn[EntranceCounts]:
    return TableColumn(
        title=title, of=lambda each: f"{of(each):,}", width=9, right=True, drop_rank=drop_rank
    )


def _show_title(worker: GateWorker, direction: Direction) -> Content:
    """Return the show, whether it is official, the entrance or exit, and the start."""
    show = worker.show
    where = f"{worker.entrance} · " if worker.entrance else ""
    return Content("\n").join(
        (
            Content.assemble((show.name, "bold"), ("  official" * show.official, "$success")),
            Content.assemble(
                ("EXIT · " * (direction is Direction.OUT), "bold $primary"),
                (f"{where}{venue_time(show.starts_at)}", "$text-muted"),
            ),
        )
    )


def _count_summary(worker: GateWorker, counts: GateCounts | None) -> Content:
    """Return the server's counts for all entrances, and the counts of this machine below them."""
    here = worker.counters
    if counts is None:
        all_ = Content.styled("not counted yet", "$text-muted")
    else:
        all_ = Content.assemble(
            (f"{counts.inside:,}", "bold $accent"), f" inside of {counts.sold:,} sold",
            f" · {counts.refused:,} refused",
            f" · {counts.left:,} left" if counts.left else "",
            f" · {_overrides(counts.overrides)}" if counts.overrides else "",
        )  # fmt: skip
    waits = (f" · {here.waiting:,} to sync", "bold $warning")
    doubtful = f" · {here.conflicts:,} conflict{'s' * (here.conflicts != 1)}"
    out = f"{here.left:,} out · " if here.left else ""
    told = f" · {_overrides(here.overrides)}" if here.overrides else ""
    below = Content.assemble(
        (f"here {here.admitted:,} in · {out}{here.refused:,} refused{told}", "$text-muted"),
        waits if here.waiting else "",
        (doubtful if here.conflicts else "", "bold $error"),
    )
    return Content("\n").join((all_, below))


def _overrides(number: int) -> str:
    return f"{number:,} override{'s' * (number != 1)}"
