"""What attention knows and does: open a matter once, close it, tell what is open."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import bindparam, insert, or_, select, update

from contract.attention import (
    Attention,
    AttentionClosed,
    AttentionClosedAlready,
    AttentionKind,
    AttentionNotFound,
    AttentionOpened,
)
from contract.jobs import JobFailed, JobRetried
from db.schema.attention import attention
from db.statement import Row, Statement
from db.types import from_us
from server.tx import Tx

Fact = TypeVar("Fact", AttentionOpened, AttentionClosed)

COLUMNS = (
    attention.c.id, attention.c.kind, attention.c.subject, attention.c.order_id,
    attention.c.detail, attention.c.opened_at, attention.c.closed_at, attention.c.closed_by,
    attention.c.note, attention.c.version,
)  # fmt: skip
INSERT = Statement(insert(attention).returning(*COLUMNS))
OPEN_ABOUT = Statement(
    select(*COLUMNS).where(
        attention.c.kind == bindparam("about_kind"),
        attention.c.subject == bindparam("about"),
        attention.c.closed_at.is_(None),
    )
)
SETTLED = Statement(
    select(attention.c.id).where(
        attention.c.kind == bindparam("about_kind"),
        attention.c.subject == bindparam("about"),
        attention.c.closed_by != bindparam("itself"),
    )
)
VIEW = Statement(select(*COLUMNS).where(attention.c.id == bindparam("attention_id")))
CLOSE = Statement(
    update(attention)
    .where(attention.c.id == bindparam("attention_id"), attention.c.closed_at.is_(None))
    .values(
        closed_at=bindparam("now"), closed_by=bindparam("by"), note=bindparam("said"),
        version=attention.c.version + 1,
    )
    .returning(*COLUMNS)
)  # fmt: skip
FIND = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("kind_is") == "", attention.c.kind == bindparam("kind_is")),
        or_(bindparam("also_closed") == 1, attention.c.closed_at.is_(None)),
        attention.c.id < bindparam("before"),
    )
    .order_by(attention.c.id.desc())
    .limit(bindparam("most"))
)
#: Who closes what mended itself.
ITSELF = "system"
#: What is said of work that is tried again.
TAKEN_UP = "The work was taken up again."


def open_matter(
    tx: Tx, kind: AttentionKind, subject: str, *, detail: str, order_id: str | None = None
) -> None:
    """Tell operators of something, once as long as it is open."""
    tx.alone(f"attention:{kind}:{subject}")
    if tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject) is not None:
        return
    row = tx.first(
        INSERT,
        id=tx.new_id("att"), kind=kind.value, subject=subject, order_id=order_id,
        detail=detail[:500], version=1, opened_at=tx.now_us, closed_at=None, closed_by=None,
        note=None,
    )  # fmt: skip
    tx.publish(_fact(AttentionOpened, row))


def is_open(tx: Tx, kind: AttentionKind, subject: str) -> bool:
    """Tell whether operators have been told of something and it is not over."""
    return tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject) is not None


def was_settled(tx: Tx, kind: AttentionKind, subject: str) -> bool:
    """Tell whether an operator has seen to this before; what mended itself does not count."""
    return tx.first(SETTLED, about_kind=kind.value, about=subject, itself=ITSELF) is not None


def mended(tx: Tx, kind: AttentionKind, subject: str, *, note: str) -> None:
    """Close a matter that is none any more, if it is open."""
    _over(tx, kind, subject, by=ITSELF, note=note)


def settle(tx: Tx, *, attention_id: str, by: str, note: str) -> Attention:
    """Close a matter. Raises AttentionNotFound, AttentionClosedAlready."""
    if tx.first(VIEW, attention_id=attention_id) is None:
        raise AttentionNotFound
    row = tx.first(CLOSE, attention_id=attention_id, by=by, said=note, now=tx.now_us)
    if row is None:
        raise AttentionClosedAlready
    tx.publish(_fact(AttentionClosed, row))
    return _told(row)


def job_failed(tx: Tx, fact: JobFailed) -> None:
    """Tell operators of work that was given up."""
    open_matter(
        tx, AttentionKind.JOB_FAILED, _work(fact), detail=fact.error, order_id=fact.order_id
    )


def job_retried(tx: Tx, fact: JobRetried) -> None:
    """Close the matter of work that was given up, in the name of who has it taken up again.

    At once, not when the work is done: it is not given up any more, and should it be again, that
    is a matter of its own, which is told of anew. One that stayed open would swallow that.
    """
    _over(tx, AttentionKind.JOB_FAILED, _work(fact), by=tx.actor, note=TAKEN_UP)


def find(
    tx: Tx, *, kind: AttentionKind | None, also_closed: bool, before: str, most: int
) -> tuple[Attention, ...]:
    """List matters, newest first."""
    rows = tx.all(
        FIND, kind_is=kind or "", also_closed=int(also_closed), before=before, most=most
    )  # fmt: skip
    return tuple(_told(row) for row in rows)


def _over(tx: Tx, kind: AttentionKind, subject: str, *, by: str, note: str) -> None:
    """Close what is open about a subject, if anything is."""
    row = tx.first(OPEN_ABOUT, about_kind=kind.value, about=subject)
    if row is not None:
        closed = tx.first(CLOSE, attention_id=row[0], by=by, said=note, now=tx.now_us)
        if closed is not None:  # or an operator was a moment faster
            tx.publish(_fact(AttentionClosed, closed))


def _work(fact: JobFailed | JobRetried) -> str:
    """Name a piece of work as the subject of a matter."""
    return f"{fact.kind}:{fact.subject}"


def _fact(kind: type[Fact], row: Row | None) -> Fact:
    assert row is not None  # noqa: S101  an INSERT … RETURNING always returns
    matter = _told(row)
    return kind(
        id=matter.id, version=row[9], kind=matter.kind, subject=matter.subject,
        order_id=matter.order_id,
    )  # fmt: skip


def _told(row: Row) -> Attention:
    return Attention(
        id=row[0], kind=AttentionKind(row[1]), subject=row[2], order_id=row[3], detail=row[4],
        opened_at=from_us(row[5]), closed_at=None if row[6] is None else from_us(row[6]),
        closed_by=row[7], note=row[8],
    )  # fmt: skip
