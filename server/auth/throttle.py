"""The throttle: whoever keeps guessing waits longer each time.

Failures count for the account and for where they come from. The owner of an account is never
locked out for ever: the wait ends, and a sign-in that works clears it.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from contract.auth import TooManyAttempts
from db.dialect import upsert
from db.schema.auth import attempts
from db.statement import Statement
from server.clock import SECOND
from server.tx import Tx

#: This many failures are free; from then on each doubles the wait, from a minute to an hour.
FREE = 10
FIRST_WAIT = 60 * SECOND
LONGEST_WAIT = 3600 * SECOND
#: Failures are forgotten after a day without one.
FORGET = 24 * 3600 * SECOND

FIND = Statement(
    select(attempts.c.key, attempts.c.failures, attempts.c.last_at, attempts.c.blocked_until).where(
        attempts.c.key.in_((bindparam("account"), bindparam("source")))
    )
)
NOTE = Statement(
    lambda backend: upsert(backend, attempts).on_conflict_do_update(
        index_elements=["key"],
        set_={
            name: upsert(backend, attempts).excluded[name]
            for name in ("failures", "last_at", "blocked_until")
        },
    )
)
CLEAR = Statement(delete(attempts).where(attempts.c.key == bindparam("account")))


def refuse_guessing(tx: Tx, *, email: str, source: str) -> None:
    """Raise TooManyAttempts while the account or the source has to wait."""
    rows = tx.all(FIND, account=_account(email), source=_source(source))
    until = max((row[3] for row in rows), default=0)
    if until > tx.now_us:
        seconds = -(-(until - tx.now_us) // SECOND)
        detail = f"Too many failed attempts. Try again in {seconds} seconds."
        raise TooManyAttempts(detail, retry_after=seconds)


def note_failure(tx: Tx, *, email: str, source: str) -> None:
    """Count a failed attempt against the account and its source, one at a time.

    Raises TooManyAttempts when others made at the same time were too many already.
    """
    tx.advisory_lock(_account(email))
    refuse_guessing(tx, email=email, source=source)
    known = {row[0]: row for row in tx.all(FIND, account=_account(email), source=_source(source))}
    for key, allowed in ((_account(email), FREE), (_source(source), FREE * 5)):
        row = known.get(key)
        recent = row is not None and tx.now_us - row[2] < FORGET
        failures = (row[1] if row is not None and recent else 0) + 1
        over = failures - allowed
        wait = min(LONGEST_WAIT, FIRST_WAIT << min(over, 16)) if over >= 0 else 0
        blocked = tx.now_us + wait if wait else 0
        tx.execute(NOTE, key=key, failures=failures, last_at=tx.now_us, blocked_until=blocked)


def clear(tx: Tx, *, email: str) -> None:
    """Forget an account's failures: its owner has signed in."""
    tx.execute(CLEAR, account=_account(email))


def _account(email: str) -> str:
    return f"account:{email}"


def _source(source: str) -> str:
    return f"source:{source}"
