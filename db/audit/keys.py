"""The audit of keys: what rows are compared and searched by is made from what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import text

from contract.codes import code_key
from contract.text_keys import SEPARATOR, email_key, fold, name_key, seat_key, show_key
from db.statement import Connection, Row, Statement

WRONG_KEY: Final = "what a row is compared by differs from what it says"


def _same_seat(section: str, row: str, seat: str, key: str | None) -> bool:
    """Tell whether a seat has its key; a second ticket of a seat, which is old, has none."""
    return key is None or key == seat_key(section, row, seat)


def _same_organiser(organiser_id: str, name: str, key: str) -> bool:
    """Tell whether an organiser has its key; the second of two old ones has its id in it."""
    return key in (name_key(name), f"{name_key(name)}{SEPARATOR}{organiser_id}")


def _same_show(*row: str) -> bool:
    """Tell whether a show has its keys; the second of two old ones has its id in its identity."""
    show_id, name, venue, city, country, identity, *words = row
    expected = show_key(name, venue, city)
    return identity in (expected, f"{expected}{SEPARATOR}{show_id}") and words == [
        fold(name), fold(city), " ".join(map(fold, (name, venue, city, country)))
    ]  # fmt: skip


_CHECKS: dict[str, Callable[..., bool]] = {
    "SELECT id, email, email_key FROM accounts": lambda email, key: email_key(email) == key,
    "SELECT id, id, name, name_key FROM organisers": _same_organiser,
    "SELECT id, code, code_key FROM entry_codes": lambda code, key: code_key(code) == key,
    'SELECT id, section, "row", seat, seat_key FROM tickets': _same_seat,
    "SELECT id, id, name, venue, city, country, identity, name_words, city_words, words "
    "FROM shows": _same_show,
}
_STATEMENTS = [(Statement(text(sql)), fits) for sql, fits in _CHECKS.items()]


def wrong_keys(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the rows whose keys are not those of their names."""
    for statement, fits in _STATEMENTS:
        rows: list[Row] = connection.all(statement)
        yield from ((WRONG_KEY, row[0]) for row in rows if not fits(*row[1:]))
