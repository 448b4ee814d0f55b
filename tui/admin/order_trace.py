"""Order trace: everything that happened to one order, in which service, when, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from client.event_text import describe_change, subject
from client.formatting import marked, relative_time
from contract.base import Empty
from contract.feed import TRACE_ORDER, FeedEntry, Trace
from contract.flow import VIEW_FLOW, Flow
from contract.jobs import JobState, JobStatus
from contract.orders import VIEW_ORDER, Order
from tui import actions
from tui.admin.flow_activity import NO_FLOW, SERVICES, is_failure
from tui.base_screen import BaseScreen
from tui.messages import FeedEvents, ReloadNeeded
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

#: How often unfinished jobs are loaded again, in seconds.
POLL_EVERY = 2.0
#: The mark on a service's rail: of an event, and of a job.
EVENT_MARK, JOB_MARK = "●", "◆"
RAIL = " ".join(name[0].upper() for name in SERVICES)


@dataclass(frozen=True)
class TraceStep:
    """An event or a job in its place. `gap` is the time since the step before, in seconds."""

    at: datetime
    gap: float
    what: FeedEntry | JobStatus
    service: str

    @property
    def key(self) -> str:
        """The id of the event or job."""
        return self.what.id


def steps(trace: Trace, flow: Flow) -> list[TraceStep]:
    """Return events and jobs in order; a job stands where it was created."""
    found: list[tuple[datetime, FeedEntry | JobStatus]] = [
        *((entry.at, entry) for entry in trace.events),
        *((job.created_at, job) for job in trace.jobs),
    ]
    found.sort(key=lambda each: each[0])
    publishers = {event.name: event.publisher for event in flow.events}
    job_services = {job.kind: job.service for job in flow.jobs}
    ordered: list[TraceStep] = []
    for at, what in found:
        gap = (at - ordered[-1].at).total_seconds() if ordered else 0.0
        if isinstance(what, JobStatus):
            service = job_services.get(what.kind, "jobs")
        else:
            service = publishers.get(what.event.name, "")
        ordered.append(TraceStep(at, gap, what, service))
    return ordered


class OrderTraceScreen(BaseScreen):
    """The whole trace of an order, for operators."""

    scope = "trace"
    CSS_PATH = "order_trace.tcss"
    BINDINGS = actions.bindings("trace")
    HELP = "# Order trace\n\nA dot on a service's rail is an event, a diamond is a job."
    AUTO_FOCUS = "#steps"

    def __init__(
        self, order_id: str, *, flow: Flow = NO_FLOW, display_name: Callable[[str], str] = str
    ) -> None:
        """Show the trace of this order. The flow is loaded if it is not given.

        `display_name` returns the display name of an actor.
        """
        super().__init__()
        self._flow = flow
        self._display_name = display_name
        self.order_id = order_id
        self._order: Order | None = None

    def body(self) -> ComposeResult:
        yield Static(f"Trace of {self.order_id}", id="trace-title", markup=False)
        yield Static(id="trace-order", markup=False)
        yield VirtualTable[TraceStep](
            (
                TableColumn(title="TIME", of=_time, width=12),
                TableColumn(title="AFTER", of=_gap, width=11, right=True, drop_rank=1),
                TableColumn(title=RAIL, of=_rail, width=len(RAIL)),
                TableColumn(title="SERVICE", of=_service, width=12),
                TableColumn(title="STEP", of=_what, width=23),
                TableColumn(title="DETAILS", of=self._why),
            ),
            key=lambda step: step.key,
            empty="reading…",
            id="steps",
        )
        yield Static(id="step", markup=False)

    def on_mount(self) -> None:
        self.load()
        self.set_interval(POLL_EVERY, self.poll, name="tick")

    @property
    def table(self) -> VirtualTable[TraceStep]:
        """The steps, the first one on top."""
        return self.query_one("#steps", VirtualTable)

    @request("trace")
    async def load(self) -> None:
        """Load the order and its trace."""
        if not self._flow.services:
            self._flow = await self.session.call(VIEW_FLOW, Empty())
        trace = await self.session.call(TRACE_ORDER, order_id=self.order_id)
        self._order = await self.session.call(VIEW_ORDER, order_id=self.order_id)
        self.table.empty = "no events for this order"
        self.table.set_rows(steps(trace, self._flow))
        self._show_summary()
        self._describe()

    def poll(self) -> None:
        """Reload while a job is pending: jobs start and fail without events."""
        waits = any(
            isinstance(step.what, JobStatus) and step.what.state is JobState.PENDING
            for step in self.table.rows
        )
        if waits and self.is_current and not self.app_base.offline_message():
            self.load()

    @on(FeedEvents)
    def handle_events(self, message: FeedEvents) -> None:
        """Reload after an event about this order."""
        if any(entry.event.order == self.order_id for entry in message.entries):
            self.load()

    @on(ReloadNeeded)
    def reload(self) -> None:
        """Reload the trace."""
        self.load()

    def _show_summary(self) -> None:
        order, found = self._order, self.table.rows
        if order is None:
            return
        state = order.status.value.replace("_", " ")
        if order.reason is not None:
            state += f": {order.reason.value.replace('_', ' ')}"
        parts = [state, str(marked(order.price, live=order.live))]
        if order.refunded.amount:
            parts.append(f"{order.refunded} refunded")
        if order.disputed:
            parts.append("DISPUTED")
        if found:
            seconds = (found[-1].at - found[0].at).total_seconds()
            parts.append(f"{len(found):,} steps in {duration_text(seconds)}")
        self.query_one("#trace-order", Static).update(" · ".join(parts))

    @on(VirtualTable.CursorMoved)
    def _describe(self) -> None:
        """Show the full text of the step under the cursor."""
        step = self.table.row
        detail = self.query_one("#step", Static)
        detail.display = step is not None
        if step is None:
            return
        what = step.what
        when = f"{step.at.astimezone():%a %d %b %Y %H:%M:%S.%f}"
        if isinstance(what, JobStatus):
            head = f"{what.kind}  {what.id}"
            text = f"created {when}, subject {what.subject}\n{self._job(what)}"
        else:
            head = f"{what.event.name}  {subject(what.event)}"
            known = (event for event in self._flow.events if event.name == what.event.name)
            handlers = next((event.subscribers for event in known), ())
            by = f"{when}, by {self._display_name(what.actor)}"
            by += f"; handled by {', '.join(handlers)}" if handlers else ""
            text = f"{by}\n{describe_change(what.event)}"
        detail.update(Content.assemble((head, "bold"), "\n", text))

    def _why(self, step: TraceStep) -> Cell:
        """Return who did it and what changed; for a job, its attempts and its last error."""
        what = step.what
        if isinstance(what, JobStatus):
            tone = Tone.WARN if what.state is JobState.FAILED else Tone.DIM
            return StyledText(self._job(what), tone)
        return StyledText(
            f"{self._display_name(what.actor)}: {describe_change(what.event)}", Tone.PLAIN
        )

    def _job(self, job: JobStatus) -> str:
        tries = f"{job.attempts} {'try' if job.attempts == 1 else 'tries'}"
        if job.state is JobState.DONE:
            text = f"done after {tries}"
        elif job.state is JobState.FAILED:
            text = f"FAILED after {tries}"
        else:
            now = self.session.now()
            when = "running" if job.run_at <= now else f"next try {relative_time(job.run_at, now)}"
            text = f"pending, {when}, {tries} so far"
        return f"{text}: {job.last_error}" if job.last_error else text

    def action_back(self) -> None:
        self.app_base.pop_screen()

    def action_copy(self) -> None:
        self.app_base.copy(self.order_id, "order")


def _time(step: TraceStep) -> Cell:
    at = step.at.astimezone()
    return StyledText(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}", Tone.DIM)


def _gap(step: TraceStep) -> Cell:
    return StyledText(f"+{duration_text(step.gap)}" if step.gap else "", Tone.DIM)


def duration_text(seconds: float) -> str:
    """Write a duration with a precision that fits: `0.012 s`, `42.1 s`, `3 min 05 s`."""
    if seconds < 10:  # noqa: PLR2004  below this the thousandths tell something
        return f"{seconds:.3f} s"
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _rail(step: TraceStep) -> Cell:
    """Draw a rail for each service, with a mark where this step happened."""
    mark = JOB_MARK if isinstance(step.what, JobStatus) else EVENT_MARK
    rails = [mark if name == step.service else "│" for name in SERVICES]
    return StyledText(" ".join(rails), _tone(step))


def _service(step: TraceStep) -> Cell:
    return StyledText(step.service, Tone.STRONG)


def _what(step: TraceStep) -> Cell:
    if isinstance(step.what, JobStatus):
        return StyledText(f"job {step.what.kind}", Tone.DIM)
    return StyledText(step.what.event.name, _tone(step))


def _tone(step: TraceStep) -> Tone:
    what = step.what
    if isinstance(what, JobStatus):
        return Tone.WARN if what.state is JobState.FAILED else Tone.DIM
    return Tone.WARN if is_failure(what.event) else Tone.PLAIN
