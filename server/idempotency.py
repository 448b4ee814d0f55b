"""Stored replies: a request repeated with the same key is done once and gets the same reply."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from contract.problems import KeyReused
from db.schema.idempotency import replies
from db.statement import Statement
from server.clock import SECOND
from server.tx import Tx

#: How long a reply is stored, as at Stripe. Whoever retries later must check the state first.
RETENTION = 24 * 3600 * SECOND

FIND = Statement(
    select(replies.c.request, replies.c.status, replies.c.body).where(
        replies.c.user_id == bindparam("user_id"), replies.c.key == bindparam("key")
    )
)
INSERT = Statement(insert(replies))
DELETE_EXPIRED = Statement(delete(replies).where(replies.c.created_at < bindparam("before")))


class StoredReply(msgspec.Struct, frozen=True):
    """A reply as it was given the first time."""

    status: int
    body: bytes


def find_reply(tx: Tx, *, user_id: str, key: str, request: str) -> StoredReply | None:
    """Return the reply that was given under this key, or None.

    Raises KeyReused when the key was used for another request. Until the transaction ends, no other
    one gets past this point with the same key.
    """
    tx.advisory_lock(f"{user_id}:{key}")
    row = tx.first(FIND, user_id=user_id, key=key)
    if row is None:
        return None
    if row[0] != request:
        raise KeyReused
    return StoredReply(row[1], row[2].encode())


def store_reply(tx: Tx, *, user_id: str, key: str, request: str, reply: StoredReply) -> None:
    """Store a reply in the transaction that it is the result of."""
    tx.execute(
        INSERT,
        user_id=user_id, key=key, request=request, status=reply.status, body=reply.body.decode(),
        created_at=tx.now_us,
    )  # fmt: skip


def delete_expired(tx: Tx) -> None:
    """Delete replies that are older than the retention period."""
    tx.execute(DELETE_EXPIRED, before=tx.now_us - RETENTION)
