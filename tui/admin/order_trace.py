"""Story: one order over the rooms it passed through: who did what, when, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from client.event_text import change, subject
from client.formatting import left, marked
from contract.feed import TRACE_ORDER, FeedEntry, Trace
from contract.flow import FACTS, WORK
from contract.jobs import JobState, JobStatus
from contract.orders import VIEW_ORDER, Order
from tui import actions
from tui.admin.flow_activity import SERVICES, went_wrong
from tui.base_screen import View
from tui.messages import Heard, Stale
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board

#: How often work that is not done yet is looked at again, in seconds.
PACE = 2.0
#: A room's letter on the rail: where it spoke; and where it left work.
SPOKE, WORKED = "●", "◆"
RAIL = " ".join(name[0].upper() for name in SERVICES)


@dataclass(frozen=True)
class Step:
    """A fact, or a piece of work, in its place. `gap` is how long after the one before, in s."""

    at: datetime
    gap: float
    what: FeedEntry | JobStatus

    @property
    def key(self) -> str:
        """What names it for good."""
        return self.what.id

    @property
    def room(self) -> str:
        """The room it happened in."""
        if isinstance(self.what, JobStatus):
            return WORK.get(self.what.kind, "jobs")
        told = FACTS.get(self.what.event.name)
        return told.by if told else ""


def steps(trace: Trace) -> list[Step]:
    """Return facts and work in the order they came; work stands where it was asked for."""
    found: list[tuple[datetime, FeedEntry | JobStatus]] = [
        *((entry.at, entry) for entry in trace.facts),
        *((job.created_at, job) for job in trace.jobs),
    ]
    found.sort(key=lambda each: each[0])
    told: list[Step] = []
    for at, what in found:
        gap = (at - told[-1].at).total_seconds() if told else 0.0
        told.append(Step(at, gap, what))
    return told


class Story(View):
    """An order's whole story, for operators."""

    place = "story"
    CSS_PATH = "order_trace.tcss"
    BINDINGS = actions.bindings("story")
    HELP = "# Story\n\nA dot on the rail is a fact a room told, a diamond the work it left behind."
    AUTO_FOCUS = "#steps"

    def __init__(self, order_id: str, *, called: Callable[[str], str] = str) -> None:
        """Tell of this order. `called` says what people call an actor."""
        super().__init__()
        self._called = called
        self.order_id = order_id
        self._order: Order | None = None

    def body(self) -> ComposeResult:
        yield Static(f"Story of {self.order_id}", id="story-title", markup=False)
        yield Static(id="story-order", markup=False)
        yield Board[Step](
            (
                Column(title="TIME", of=_time, width=12),
                Column(title="AFTER", of=_gap, width=11, right=True, spare=1),
                Column(title=RAIL, of=_rail, width=len(RAIL)),
                Column(title="ROOM", of=_room, width=12),
                Column(title="WHAT", of=_what, width=23),
                Column(title="WHO, AND WHY", of=self._why),
            ),
            key=lambda step: step.key,
            empty="reading…",
            id="steps",
        )
        yield Static(id="step", markup=False)

    def on_mount(self) -> None:
        self.load()
        self.set_interval(PACE, self.look, name="tick")

    @property
    def board(self) -> Board[Step]:
        """What happened, the first thing on top."""
        return self.query_one("#steps", Board)

    @asking("story")
    async def load(self) -> None:
        """Read the order and all that belongs to it."""
        trace = await self.session.call(TRACE_ORDER, order_id=self.order_id)
        self._order = await self.session.call(VIEW_ORDER, order_id=self.order_id)
        self.board.empty = "nothing is known of this order"
        self.board.show(steps(trace))
        self._tell()
        self._describe()

    def look(self) -> None:
        """Read again while work is to be done; it begins and fails without facts."""
        waits = any(
            isinstance(step.what, JobStatus) and step.what.state is JobState.PENDING
            for step in self.board.rows
        )
        if waits and self.is_current and not self.house.why_offline():
            self.load()

    @on(Heard)
    def hear(self, heard: Heard) -> None:
        """Read on when something of this order was told."""
        if any(entry.event.order == self.order_id for entry in heard.entries):
            self.load()

    @on(Stale)
    def read_again(self) -> None:
        """Read everything again."""
        self.load()

    def _tell(self) -> None:
        order, told = self._order, self.board.rows
        if order is None:
            return
        state = order.status.value.replace("_", " ")
        if order.reason is not None:
            state += f": {order.reason.value.replace('_', ' ')}"
        parts = [state, str(marked(order.price, live=order.live))]
        if order.refunded.amount:
            parts.append(f"{order.refunded} went back")
        if order.disputed:
            parts.append("DISPUTED")
        if told:
            seconds = (told[-1].at - told[0].at).total_seconds()
            parts.append(f"{len(told):,} steps in {_long(seconds)}")
        self.query_one("#story-order", Static).update(" · ".join(parts))

    @on(Board.Moved)
    def _describe(self) -> None:
        """Say all of the step the cursor is on: who, what, when, and why."""
        step = self.board.row
        detail = self.query_one("#step", Static)
        detail.display = step is not None
        if step is None:
            return
        what = step.what
        when = f"{step.at.astimezone():%a %d %b %Y %H:%M:%S.%f}"
        if isinstance(what, JobStatus):
            head = f"{what.kind}  {what.id}"
            said = f"asked for {when}, about {what.subject}\n{self._job(what)}"
        else:
            head = f"{what.event.name}  {subject(what.event)}"
            heard = FACTS[what.event.name].to if what.event.name in FACTS else ()
            by = f"{when}, by {self._called(what.actor)}"
            by += f"; heard by {', '.join(heard)}" if heard else ""
            said = f"{by}\n{change(what.event)}"
        detail.update(Content.assemble((head, "bold"), "\n", said))

    def _why(self, step: Step) -> Cell:
        """Say who did it and what it changed; of work, how often it was tried and what failed."""
        what = step.what
        if isinstance(what, JobStatus):
            tone = Tone.WARN if what.state is JobState.FAILED else Tone.DIM
            return Words(self._job(what), tone)
        return Words(f"{self._called(what.actor)}: {change(what.event)}", Tone.PLAIN)

    def _job(self, job: JobStatus) -> str:
        tries = f"{job.attempts} {'try' if job.attempts == 1 else 'tries'}"
        if job.state is JobState.DONE:
            said = f"done after {tries}"
        elif job.state is JobState.FAILED:
            said = f"GIVEN UP after {tries}"
        else:
            now = self.session.now()
            when = "at work" if job.run_at <= now else f"next try {left(job.run_at, now)}"
            said = f"waits, {when}, {tries} so far"
        return f"{said}: {job.last_error}" if job.last_error else said

    def action_back(self) -> None:
        self.house.pop_screen()

    def action_copy(self) -> None:
        self.house.copy(self.order_id, "order")


def _time(step: Step) -> Cell:
    at = step.at.astimezone()
    return Words(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}", Tone.DIM)


def _gap(step: Step) -> Cell:
    return Words(f"+{_long(step.gap)}" if step.gap else "", Tone.DIM)


def _long(seconds: float) -> str:
    """Write a span as exactly as it is short: `0.012 s`, `42.1 s`, `3 min 05 s`."""
    if seconds < 10:  # noqa: PLR2004  below this the thousandths tell something
        return f"{seconds:.3f} s"
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _rail(step: Step) -> Cell:
    """Draw a rail for each service; a mark where this happened."""
    mark = WORKED if isinstance(step.what, JobStatus) else SPOKE
    rails = [mark if name == step.room else "│" for name in SERVICES]
    return Words(" ".join(rails), _tone(step))


def _room(step: Step) -> Cell:
    return Words(step.room, Tone.STRONG)


def _what(step: Step) -> Cell:
    if isinstance(step.what, JobStatus):
        return Words(f"job {step.what.kind}", Tone.DIM)
    return Words(step.what.event.name, _tone(step))


def _tone(step: Step) -> Tone:
    what = step.what
    if isinstance(what, JobStatus):
        return Tone.WARN if what.state is JobState.FAILED else Tone.DIM
    return Tone.WARN if went_wrong(what.event) else Tone.PLAIN
