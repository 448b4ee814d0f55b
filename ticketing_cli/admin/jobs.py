"""Jobs: the work that is done after a commit, how it stands, and another try for what failed."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.jobs import LIST_JOBS, RETRY_JOB, JobsQuery, JobState, JobStatus
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import As, Column

COLUMNS = (
    Column[JobStatus](title="Job", of=lambda j: j.id),
    Column[JobStatus](title="What", of=lambda j: j.kind),
    Column[JobStatus](title="About", of=lambda j: j.subject),
    Column[JobStatus](title="Order", of=lambda j: j.order_id),
    Column[JobStatus](title="State", of=lambda j: j.state),
    Column[JobStatus](title="Tries", of=lambda j: j.attempts),
    Column[JobStatus](title="Run", of=lambda j: j.run_at, how=As.LEFT),
    Column[JobStatus](title="Last error", of=lambda j: j.last_error),
    Column[JobStatus](title="Ended", of=lambda j: j.finished_at, how=As.LEFT),
)


def jobs(
    ctx: typer.Context,
    state: Annotated[JobState | None, typer.Option(help="Only work in this state.")] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only work of this kind, as payment.void.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List work that is pending or was given up, newest first.

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
    """Have work that was given up done now, with all its tries anew.

    Examples:
      ticketing admin jobs retry job_4h
      ticketing admin jobs retry job_4h --json state,run_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, JobStatus)
    after = run.api.call(RETRY_JOB, job_id=job)
    sentence = f"{after.id} is tried again: {after.kind} {after.subject}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing admin jobs")
