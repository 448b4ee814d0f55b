"""The SQL of shows."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from db.schema.shows import shows
from db.statement import Statement

#: The columns of a show; `service.from_row` reads them in this order.
COLUMNS = (
    shows.c.id, shows.c.name, shows.c.category, shows.c.venue, shows.c.city, shows.c.country,
    shows.c.starts_at, shows.c.offset_minutes, shows.c.cancelled_at,
    shows.c.timezone, shows.c.before, shows.c.merged_into, shows.c.organiser_id,
    shows.c.official, shows.c.doors_open_at, shows.c.entry_closes_at, shows.c.policy,
    shows.c.refund_until,
)  # fmt: skip
BY_ID = Statement(select(*COLUMNS).where(shows.c.id == bindparam("show_id")))
BY_IDENTITY = Statement(
    select(*COLUMNS).where(
        shows.c.identity == bindparam("identity"), shows.c.starts_at == bindparam("starts_at")
    )
)
OF_ORGANISER = Statement(
    select(*COLUMNS)
    .where(
        shows.c.organiser_id == bindparam("organiser"), shows.c.merged_into.is_(None),
        shows.c.id < bindparam("before"),
    )
    .order_by(shows.c.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip
INSERT = Statement(insert(shows))
IDENTITY = Statement(select(shows.c.identity).where(shows.c.id == bindparam("show_id")))
CANCEL = Statement(
    update(shows)
    .where(shows.c.id == bindparam("show_id"), shows.c.cancelled_at.is_(None))
    .values(cancelled_at=bindparam("now"), version=shows.c.version + 1)
    .returning(*COLUMNS, shows.c.version)
)
EDITABLE = (
    "name", "category", "venue", "city", "country", "starts_at", "offset_minutes", "identity",
    "name_words", "city_words", "words", "timezone", "before",
    "doors_open_at", "entry_closes_at", "refund_until",
)  # fmt: skip
EDIT = Statement(
    update(shows)
    .where(shows.c.id == bindparam("show_id"))
    .values(
        version=shows.c.version + 1, **{name: bindparam(f"new_{name}") for name in EDITABLE}
    )
    .returning(*COLUMNS, shows.c.version)
)  # fmt: skip
SET_POLICY = Statement(
    update(shows)
    .where(shows.c.id == bindparam("show_id"))
    .values(version=shows.c.version + 1, policy=bindparam("new_policy"))
    .returning(*COLUMNS, shows.c.version)
)
SET_OFFICIAL = Statement(
    update(shows)
    .where(shows.c.organiser_id == bindparam("organiser"))
    .values(official=bindparam("is_official"))
)
# What was merged into the show before follows it.
MERGE_EARLIER = Statement(
    update(shows)
    .where(shows.c.merged_into == bindparam("show_id"))
    .values(merged_into=bindparam("into"))
)
MERGE = Statement(
    update(shows)
    .where(shows.c.id == bindparam("show_id"))
    .values(merged_into=bindparam("into"), version=shows.c.version + 1)
    .returning(*COLUMNS, shows.c.version)
)
