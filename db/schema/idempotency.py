"""Stored replies: the same key of the same user has one effect and gets one reply."""

from sqlalchemy import Index, Table, TypedColumns

from db.dialect import STRICT
from db.types import METADATA, check, integer, max_length, primary_key, text, timestamp


class ReplyColumns(TypedColumns):
    """One reply. `request` is a hash of the request."""

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
