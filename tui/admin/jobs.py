"""Jobs pane: the jobs that run after a commit, their state, and a retry for failed ones."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from client.formatting import local_time, relative_time
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
from tui.admin.pane import AdminPane, OrderRows
from tui.requests import request
from tui.widgets.columns import TableColumn
from tui.widgets.styled_text import Cell, StyledText, Tone
from tui.widgets.virtual_table import VirtualTable

PAGE = 100
#: How often the jobs are loaded while the pane is in front, in seconds: they start without events.
POLL_EVERY = 3
STATES = {
    JobState.FAILED: StyledText("FAILED", Tone.LOSS), JobState.DONE: StyledText("done", Tone.DIM),
}  # fmt: skip


class JobsPane(AdminPane[JobStatus]):
    """Pending and failed jobs, the newest first."""

    title = "Jobs"
    offers = frozenset({"trace", "retry", "errors"})

    def __init__(self) -> None:
        """Show pending and failed jobs."""
        super().__init__(id="jobs")
        self.only_failed = False
        self._seconds = 0
        self._next: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="find"):
            yield Static(id="jobs-state", markup=False)
        yield OrderRows[JobStatus](
            (
                TableColumn(title="JOB", of=lambda j: j.kind, width=18),
                TableColumn(
                    title="SUBJECT",
                    of=lambda j: StyledText(j.subject, Tone.DIM),
                    width=26,
                    drop_rank=1,
                ),
                TableColumn(title="STATE", of=self._state, width=20),
                TableColumn(title="TRIES", of=lambda j: str(j.attempts), width=5, right=True),
                TableColumn(title="LAST ERROR", of=_error),
            ),
            key=lambda job: job.id,
            empty="reading…",
            id="jobs-table",
        )
        yield Static(id="jobs-detail", classes="detail", markup=False)

    @property
    def order_id(self) -> str | None:
        return self.table.row.order_id if self.table.row else None

    @request("jobs")
    async def load(self) -> None:
        """Load the newest jobs."""
        page = await self.session.page(LIST_JOBS, self._query())
        self._next = page.next
        self.table.empty = "no failed jobs" if self.only_failed else "no pending jobs"
        self.table.set_rows(page.items)
        text = "failed only" if self.only_failed else "pending and failed"
        self.query_one("#jobs-state", Static).update(text)
        self._describe()

    @on(VirtualTable.NearEnd)
    @request("more jobs")
    async def more(self) -> None:
        """Load the next page, if there is one."""
        if self._next is None:
            return
        page = await self.session.page(LIST_JOBS, self._query(self._next))
        self._next = page.next
        self.table.extend(page.items)

    def _query(self, cursor: str | None = None) -> JobsQuery:
        state = JobState.FAILED if self.only_failed else None
        return JobsQuery(state=state, limit=PAGE, cursor=cursor)

    def handle_events(self, entries: Sequence[FeedEntry]) -> None:
        """Reload when a job failed or was retried."""
        if any(isinstance(entry.event, JobFailed | JobRetried) for entry in entries):
            self.load()

    def tick(self) -> None:
        self._seconds += 1
        if self._seconds % POLL_EVERY == 0 and self.table.scroll_offset.y == 0:
            self.load()
        else:
            self.table.tick(lambda job: job.state is JobState.PENDING)

    def errors(self) -> None:
        self.only_failed = not self.only_failed
        self.load()

    @request("retry")
    async def retry(self, job: JobStatus) -> None:
        """Run a failed job again, with a fresh number of attempts."""
        after = await self.session.call(RETRY_JOB, job_id=job.id)
        self.table.update_row(after)
        self._describe()
        self.app_base.notify(f"{after.kind} is being retried.")
        self.load()

    @on(VirtualTable.CursorMoved)
    def _describe(self) -> None:
        """Show the full text of the job under the cursor."""
        job = self.table.row
        detail = self.query_one("#jobs-detail", Static)
        detail.display = job is not None
        if job is not None:
            about = f"{job.id} · created {local_time(job.created_at)} · {job.subject}"
            about += f" · order {job.order_id}" if job.order_id else ""
            text = job.last_error or "no errors"
            detail.update(Content.assemble((about, "$text-muted"), "\n", text))

    def _state(self, job: JobStatus) -> Cell:
        if job.state is not JobState.PENDING:
            return STATES[job.state]
        now = self.session.now()
        soon = f"next try {relative_time(job.run_at, now)}"
        return StyledText("running" if job.run_at <= now else soon, Tone.ACCENT)


def _error(job: JobStatus) -> Cell:
    tone = Tone.WARN if job.state is JobState.FAILED else Tone.DIM
    return StyledText(job.last_error or "", tone)
