"""Jobs: the work that is done after a commit, how it stands, and another try for what failed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from client.formatting import left, moment
from contract.feed import FeedEntry
from contract.jobs import (
    LIST_JOBS,
    RETRY_JOB,
    JobFailed,
    JobRetried,
    JobsQuery,
    JobState,
    JobStatus,
)
from tui.admin.pane import Pane, Rows
from tui.requests import asking
from tui.widgets.columns import Column
from tui.widgets.styled_text import Cell, Tone, Words
from tui.widgets.virtual_table import Board

PAGE = 100
#: How often it is read again while it is in front, in seconds: work begins and waits without facts.
PACE = 3
STATES = {
    JobState.FAILED: Words("GIVEN UP", Tone.LOSS), JobState.DONE: Words("done", Tone.DIM),
}  # fmt: skip


class JobsPane(Pane[JobStatus]):
    """Work that waits or was given up, the newest first."""

    title = "Jobs"
    offers = frozenset({"story", "retry", "errors"})

    def __init__(self) -> None:
        """Show what waits and what failed."""
        super().__init__(id="jobs")
        self.only_failed = False
        self._seconds = 0
        self._next: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Static(id="jobs-state", markup=False)
        yield Rows[JobStatus](
            (
                Column(title="JOB", of=lambda j: j.kind, width=18),
                Column(title="ABOUT", of=lambda j: Words(j.subject, Tone.DIM), width=26, spare=1),
                Column(title="STATE", of=self._state, width=20),
                Column(title="TRIES", of=lambda j: str(j.attempts), width=5, right=True),
                Column(title="LAST ERROR, OR WHAT IT WAITS FOR", of=_error),
            ),
            key=lambda job: job.id,
            empty="reading…",
            id="jobs-board",
        )
        yield Static(id="jobs-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.board.row.order_id if self.board.row else None

    @asking("jobs")
    async def load(self) -> None:
        """Read the newest."""
        page = await self.session.page(LIST_JOBS, self._query())
        self._next = page.next
        self.board.empty = "nothing was given up" if self.only_failed else "no work is waiting"
        self.board.show(page.items)
        said = "only what was given up" if self.only_failed else "waiting, and given up"
        self.query_one("#jobs-state", Static).update(said)
        self._describe()

    @on(Board.NearEnd)
    @asking("more jobs")
    async def more(self) -> None:
        """Read the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(LIST_JOBS, self._query(self._next))
        self._next = page.next
        self.board.extend(page.items)

    def _query(self, cursor: str | None = None) -> JobsQuery:
        state = JobState.FAILED if self.only_failed else None
        return JobsQuery(state=state, limit=PAGE, cursor=cursor)

    def hear(self, entries: Sequence[FeedEntry]) -> None:
        """Read again when work was given up or taken up."""
        if any(isinstance(entry.event, JobFailed | JobRetried) for entry in entries):
            self.load()

    def tick(self) -> None:
        self._seconds += 1
        if self._seconds % PACE == 0 and self.board.scroll_offset.y == 0:
            self.load()
        else:
            self.board.tick(lambda job: job.state is JobState.PENDING)

    def errors(self) -> None:
        self.only_failed = not self.only_failed
        self.load()

    @asking("retry")
    async def retry(self, job: JobStatus) -> None:
        """Have work that was given up done now, with all its tries anew."""
        after = await self.session.call(RETRY_JOB, job_id=job.id)
        self.board.put(after)
        self._describe()
        self.house.notify(f"{after.kind} is tried again.")
        self.load()

    @on(Board.Moved)
    def _describe(self) -> None:
        """Say all of what a row has no room for."""
        job = self.board.row
        detail = self.query_one("#jobs-detail", Static)
        detail.display = job is not None
        if job is not None:
            about = f"{job.id} · asked for {moment(job.created_at)} · {job.subject}"
            about += f" · order {job.order_id}" if job.order_id else ""
            said = job.last_error or "nothing has gone wrong"
            detail.update(Content.assemble((about, "$text-muted"), "\n", said))

    def _state(self, job: JobStatus) -> Cell:
        if job.state is not JobState.PENDING:
            return STATES[job.state]
        now = self.session.now()
        return Words("at work" if job.run_at <= now else f"waits, {left(job.run_at, now)}",
                     Tone.ACCENT)  # fmt: skip


def _error(job: JobStatus) -> Cell:
    tone = Tone.WARN if job.state is JobState.FAILED else Tone.DIM
    return Words(job.last_error or "", tone)
