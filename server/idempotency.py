"""Stored replies: a request repeated under the same key is answered the same, and done once."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from contract.problems import KeyReused
from db.schema.idempotency import replies
from db.statement import Statement
from server.clock import SECOND
from server.tx import Tx

#: How long a reply is kept, as Stripe does: a client that retries later than a day must look first.
KEEP = 24 * 3600 * SECOND

FIND = Statement(
    select(replies.c.request, replies.c.status, replies.c.body).where(
        replies.c.user_id == bindparam("user_id"), replies.c.key == bindparam("key")
    )
)
KEEP_REPLY = Statement(insert(replies))
FORGET = Statement(delete(replies).where(replies.c.created_at < bindparam("before")))


class Stored(msgspec.Struct, frozen=True):
    """A reply as it was given the first time."""

    status: int
    body: bytes


def find(tx: Tx, *, user_id: str, key: str, request: str) -> Stored | None:
    """Return the reply already given under this key, or None.

    Raises KeyReused when the key was used for another request. Until the transaction ends, nobody
    else gets past this point with the same key.
    """
    tx.advisory_lock(f"{user_id}:{key}")
    row = tx.first(FIND, user_id=user_id, key=key)
    if row is None:
        return None
    if row[0] != request:
        raise KeyReused
    return Stored(row[1], row[2].encode())


def keep(tx: Tx, *, user_id: str, key: str, request: str, reply: Stored) -> None:
    """Store a reply in the transaction whose effect it tells of."""
    tx.execute(
        KEEP_REPLY,
        user_id=user_id, key=key, request=request, status=reply.status, body=reply.body.decode(),
        created_at=tx.now_us,
    )  # fmt: skip


def delete_expired(tx: Tx) -> None:
    """Drop replies that nobody may ask for any more."""
    tx.execute(FORGET, before=tx.now_us - KEEP)
