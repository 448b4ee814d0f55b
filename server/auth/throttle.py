"""The throttle: the wait after failed sign-ins doubles, which makes guessing passwords pointless.

Failures count against the account and against the address they come from. The owner of an account
is never locked out for ever: the wait ends, and a successful sign-in clears the count.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from contract.auth import TooManyAttempts
from db.dialect import upsert
from db.schema.auth import attempts
from db.statement import Statement
from server.clock import SECOND
from server.tx import Tx

#: This many failures have no effect; each further one doubles the wait, from a minute to an hour.
FREE_FAILURES = 10
FIRST_WAIT = 60 * SECOND
LONGEST_WAIT = 3600 * SECOND
#: The count starts again after a day without a failure.
RESET_AFTER = 24 * 3600 * SECOND

FIND = Statement(
    select(attempts.c.key, attempts.c.failures, attempts.c.last_at, attempts.c.blocked_until).where(
        attempts.c.key.in_((bindparam("account"), bindparam("source")))
    )
)
UPSERT = Statement(
    lambda backend: upsert(backend, attempts).on_conflict_do_update(
        index_elements=["key"],
        set_={
            name: upsert(backend, attempts).excluded[name]
            for name in ("failures", "last_at", "blocked_until")
        },
    )
)
DELETE = Statement(delete(attempts).where(attempts.c.key == bindparam("account")))


def check(tx: Tx, *, email: str, source: str) -> None:
    """Raise TooManyAttempts while the account or the source must wait."""
    rows = tx.all(FIND, account=_account(email), source=_source(source))
    until = max((row[3] for row in rows), default=0)
    if until > tx.now_us:
        seconds = -(-(until - tx.now_us) // SECOND)
        detail = f"Too many failed attempts. Try again in {seconds} seconds."
        raise TooManyAttempts(detail, retry_after=seconds)


def record_failure(tx: Tx, *, email: str, source: str) -> None:
    """Count a failed attempt against the account and its source.

    Attempts on one account are counted one after another. Raises TooManyAttempts when concurrent
    attempts were too many already.
    """
    tx.advisory_lock(_account(email))
    check(tx, email=email, source=source)
    rows = {row[0]: row for row in tx.all(FIND, account=_account(email), source=_source(source))}
    for key, allowed in ((_account(email), FREE_FAILURES), (_source(source), FREE_FAILURES * 5)):
        row = rows.get(key)
        recent = row is not None and tx.now_us - row[2] < RESET_AFTER
        failures = (row[1] if row is not None and recent else 0) + 1
        over = failures - allowed
        wait = min(LONGEST_WAIT, FIRST_WAIT << min(over, 16)) if over >= 0 else 0
        blocked = tx.now_us + wait if wait else 0
        tx.execute(UPSERT, key=key, failures=failures, last_at=tx.now_us, blocked_until=blocked)


def reset(tx: Tx, *, email: str) -> None:
    """Clear the failures of an account: its owner has signed in."""
    tx.execute(DELETE, account=_account(email))


def _account(email: str) -> str:
    return f"account:{email}"


def _source(source: str) -> str:
    return f"source:{source}"
