"""Stored replies: the same key from the same caller gets the same answer, and one effect."""

from sqlalchemy import Index, Table, TypedColumns

from db.dialect import STRICT
from db.types import METADATA, at_most, holds, key, moment, number, text


class ReplyColumns(TypedColumns):
    """A reply that was given. `request` is a hash of what was asked for."""

    user_id = key()
    key = key()
    request = text()
    status = number()
    body = text()
    created_at = moment()


replies = Table(
    "replies", METADATA, ReplyColumns,
    at_most("key", 255), holds("status", "status BETWEEN 200 AND 499"), Index(None, "created_at"),
    **STRICT,
)  # fmt: skip
