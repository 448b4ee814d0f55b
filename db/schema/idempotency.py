"""Stored replies: the same key from the same caller gets the same answer, and one effect."""

from sqlalchemy import Index, Table, TypedColumns

from db.dialect import STRICT
from db.types import METADATA, check, integer, max_length, primary_key, text, timestamp


class ReplyColumns(TypedColumns):
    """A reply that was given. `request` is a hash of what was asked for."""

    user_id = primary_key()
    key = primary_key()
    request = text()
    status = integer()
    body = text()
    created_at = timestamp()


replies = Table(
    "replies", METADATA, ReplyColumns,
    max_length("key", 255), check("status", "status BETWEEN 200 AND 499"),
    Index(None, "created_at"),
    **STRICT,
)  # fmt: skip
