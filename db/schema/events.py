"""The event log: audit trail, live feed and outbox in one; rows are only added."""

from sqlalchemy import Column, FetchedValue, Table, TypedColumns, column

from db.dialect import COUNTED, WHOLE_NUMBER, partial_index
from db.types import METADATA, integer, nullable_text, text, timestamp


class EventColumns(TypedColumns):
    """One event. `body` is its wire format; `order_id` is the order whose trace it belongs to.

    `txid` orders the events of concurrent writers; `audience` is the only user who receives it.
    """

    seq = Column(WHOLE_NUMBER, primary_key=True, autoincrement=True)
    txid = integer(server_default=FetchedValue())
    id = text(unique=True)
    type = text()
    entity_id = text()
    version = integer()
    order_id = nullable_text()
    actor = text()
    audience = nullable_text()
    body = text()
    at = timestamp()


events = Table(
    "events", METADATA, EventColumns,
    # A version is used once: two writers cannot both have made the same change.
    partial_index("ux_events_version", "entity_id", "version", unique=True,
                  where=column("version") > 0),
    partial_index("ix_events_order", "order_id", "seq", where=column("order_id").is_not(None)),
    # Empty on SQLite, where txid is always 0.
    partial_index("ix_events_place", "txid", "seq", where=column("txid") > 0),
    **COUNTED,
)  # fmt: skip
