"""Jobs: work that leaves the process, done after commit, at least once."""

from sqlalchemy import Table, TypedColumns, UniqueConstraint, column

from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    integer,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class JobColumns(TypedColumns):
    """One job. There is one for each kind and `subject`, which is what it is about.

    `leased_until` keeps other runners away while one runs it. `wanted` is its generation: how often
    it was enqueued, so that a request made during a run is not lost.
    """

    id = primary_key()
    kind = text()
    subject = text()
    order_id = nullable_text()
    state = text()
    attempts = integer()
    wanted = integer()
    run_at = timestamp()
    leased_until = timestamp()
    last_error = nullable_text()
    created_at = timestamp()
    finished_at = nullable_timestamp()


jobs = Table(
    "jobs", METADATA, JobColumns,
    UniqueConstraint("kind", "subject"),
    check("state", "state IN ('pending', 'done', 'failed')"),
    partial_index("ix_jobs_due", "run_at", where=column("state") == "pending"),
    # The jobs that operators look at, among all that are done.
    partial_index("ix_jobs_left", "state", "id", where=column("state") != "done"),
    partial_index("ix_jobs_order", "order_id", where=column("order_id").is_not(None)),
    **STRICT,
)  # fmt: skip
