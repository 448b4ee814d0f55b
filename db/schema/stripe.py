"""The inbox of events received from Stripe."""

from sqlalchemy import Index, Table, TypedColumns, column

from db.dialect import STRICT, partial_index
from db.types import METADATA, nullable_timestamp, primary_key, text, timestamp


class InboxColumns(TypedColumns):
    """An event from Stripe, kept once. `handled_at` is set once its effect is committed."""

    id = primary_key()
    type = text()
    object_id = text()
    received_at = timestamp()
    handled_at = nullable_timestamp()


inbox = Table(
    "inbox", METADATA, InboxColumns,
    partial_index("ix_inbox_waiting", "object_id", where=column("handled_at").is_(None)),
    Index(None, "received_at"),
    **STRICT,
)  # fmt: skip
