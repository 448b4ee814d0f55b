"""Shows: concerts and matches."""

from sqlalchemy import Index, Table, TypedColumns, UniqueConstraint

from contract.shows import Category
from db.dialect import STRICT
from db.types import (
    METADATA,
    check,
    enum_check,
    integer,
    max_length,
    nullable_foreign_key,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class ShowColumns(TypedColumns):
    """A show. `identity` is name, venue and city without case and accents: the same is one show.

    `name_words`, `city_words` and `words` (everything) are the texts that a search looks through.
    After `cancelled_at` no ticket of the show is sold. `timezone` is NULL for an old show whose
    country does not use its offset. `before` is a `ShowBefore` in JSON. A show that was merged
    keeps its identity, so that its spelling leads to the show it was merged into. `official` is 1
    while its organiser is approved. `doors_open_at` and `entry_closes_at` are NULL where the
    settings decide when the gate admits people.
    `policy` is a `ShowPolicy` in JSON, NULL without any rule. `refund_until` is until when buyers
    can return its tickets, because it was postponed.
    """

    id = primary_key()
    name = text()
    category = text()
    venue = text()
    city = text()
    country = text()
    starts_at = timestamp()
    offset_minutes = integer()
    identity = text()
    name_words = text()
    city_words = text()
    words = text()
    version = integer()
    created_at = timestamp()
    cancelled_at = nullable_timestamp()
    timezone = nullable_text()
    before = nullable_text()
    merged_into = nullable_text()
    organiser_id = nullable_foreign_key("organisers.id")
    official = integer()
    doors_open_at = nullable_timestamp()
    entry_closes_at = nullable_timestamp()
    policy = nullable_text()
    refund_until = nullable_timestamp()


shows = Table(
    "shows", METADATA, ShowColumns,
    UniqueConstraint("identity", "starts_at"), Index(None, "starts_at", "id"),
    enum_check("category", Category), max_length("name", 200), max_length("venue", 200),
    max_length("city", 200), max_length("country", 2),
    check("official", "official IN (0, 1) AND (official = 0 OR organiser_id IS NOT NULL)"),
    check("policy", "policy IS NULL OR organiser_id IS NOT NULL"),
    check("refund_until", "refund_until IS NULL OR organiser_id IS NOT NULL"),
    Index(None, "organiser_id", "id"),
    **STRICT,
)  # fmt: skip
