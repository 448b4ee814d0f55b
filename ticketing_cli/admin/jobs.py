"""Jobs: list the work that runs after a commit, and retry what failed."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.jobs import LIST_JOBS, RETRY_JOB, JobsQuery, JobState, JobStatus
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

COLUMNS = (
    OutputColumn[JobStatus](title="Job", of=lambda j: j.id),
    OutputColumn[JobStatus](title="Kind", of=lambda j: j.kind),
    OutputColumn[JobStatus](title="About", of=lambda j: j.subject),
    OutputColumn[JobStatus](title="Order", of=lambda j: j.order_id),
    OutputColumn[JobStatus](title="State", of=lambda j: j.state),
    OutputColumn[JobStatus](title="Tries", of=lambda j: j.attempts),
    OutputColumn[JobStatus](title="Runs", of=lambda j: j.run_at, style=CellStyle.RELATIVE),
    OutputColumn[JobStatus](title="Last error", of=lambda j: j.last_error),
    OutputColumn[JobStatus](title="Ended", of=lambda j: j.finished_at, style=CellStyle.RELATIVE),
)


def jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only jobs of this kind, e.g. payment.void.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List jobs that are pending or failed, newest first.

    Examples:
      ticketing admin jobs
      ticketing admin jobs --state failed --json id,kind,last_error
    """
    run = Run.of(ctx)
    fields = run.fields(json, JobStatus)
    found = run.api.pages(LIST_JOBS, JobsQuery(state=state, kind=kind), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="jobs")


def retry(
    ctx: typer.Context,
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id.")],
    json: options.Json = None,
) -> None:
    """Retry a failed job now, with its attempts reset.

    Examples:
      ticketing admin jobs retry job_4h
      ticketing admin jobs retry job_4h --json state,run_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, JobStatus)
    after = run.api.call(RETRY_JOB, job_id=job)
    message = f"retrying {after.id}: {after.kind} {after.subject}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin jobs")
