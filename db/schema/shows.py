"""Shows: concerts and matches."""

from sqlalchemy import Index, Table, TypedColumns, UniqueConstraint

from contract.shows import Category
from db.dialect import STRICT
from db.types import METADATA, at_most, key, maybe_moment, moment, number, one_of, text


class ShowColumns(TypedColumns):
    """A show. `identity` folds name, venue and city: two spellings are one show.

    `name_words`, `city_words` and `words` (everything) are folded too, to be searched. A show that
    is `cancelled_at` some moment sells nothing from then on.
    """

    id = key()
    name = text()
    category = text()
    venue = text()
    city = text()
    country = text()
    starts_at = moment()
    offset_minutes = number()
    identity = text()
    name_words = text()
    city_words = text()
    words = text()
    version = number()
    created_at = moment()
    cancelled_at = maybe_moment()


shows = Table(
    "shows", METADATA, ShowColumns,
    UniqueConstraint("identity", "starts_at"), Index(None, "starts_at", "id"),
    one_of("category", Category), at_most("name", 200), at_most("venue", 200),
    at_most("city", 200), at_most("country", 2),
    **STRICT,
)  # fmt: skip
