"""The inbox of events received from Stripe."""

from sqlalchemy import Index, Table, TypedColumns, column

from db.dialect import STRICT, partial_index
from db.types import METADATA, key, maybe_moment, moment, text


class InboxColumns(TypedColumns):
    """An event from Stripe, kept once. `handled_at` is set once its effect is committed."""

    id = key()
    type = text()
    object_id = text()
    received_at = moment()
    handled_at = maybe_moment()


inbox = Table(
    "inbox", METADATA, InboxColumns,
    partial_index("ix_inbox_waiting", "object_id", where=column("handled_at").is_(None)),
    Index(None, "received_at"),
    **STRICT,
)  # fmt: skip
