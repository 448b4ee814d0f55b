"""Old databases: empty ones from before a migration, and rows for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests import databases

ACCOUNT = """INSERT INTO accounts (id, email, password_hash, role, status, version, created_at)
             VALUES ('{id}', '{id}@example.org', 'hash', 'member', 'active', 1, 7)"""
SHOW = """INSERT INTO shows (id, name, category, venue, city, country, starts_at, offset_minutes,
                             identity, words, name_words, city_words, version, created_at)
          VALUES ('{id}', '{name}', 'concert', '{venue}', '{city}', '{country}', {starts_at},
                  {offset}, '{identity}', 'w', 'n', 'c', 1, 7)"""
TICKET = """INSERT INTO tickets (id, show_id, starts_at, seller_id, section, row, seat,
                                 price_amount, price_currency, status, shelf, code, version,
                                 created_at, updated_at)
            VALUES ('{id}', '{show}', 9, '{seller}', '{section}', '{row}', '{seat}', 4500, 'EUR',
                    '{status}', '{shelf}', '{id}', 1, 7, 7)"""


@contextmanager
def old_database(request: pytest.FixtureRequest, tmp_path: Path, *, at: str) -> Iterator[str]:
    """Give the URL of a database at a revision; `request.param` is its kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, at)
        yield url
        return
    admin = request.getfixturevalue("postgresql_admin")
    with databases.postgresql_url(admin, "template1") as url:
        upgrade_to(url, at)
        yield url


def account(account_id: str) -> str:
    """Return the statement that adds an account."""
    return ACCOUNT.format(id=account_id)


def show(show_id: str, **changes: object) -> str:
    """Return the statement that adds a show, by default one in Lyon at 20:00 on 7 April 2028."""
    values = {
        "id": show_id, "name": "Okapi", "venue": "Hall", "city": "Lyon", "country": "FR",
        "starts_at": 1_838_743_200_000_000, "offset": 120, "identity": show_id, **changes,
    }  # fmt: skip
    return SHOW.format(**values)


def ticket(ticket_id: str, **changes: object) -> str:
    """Return the statement that adds a ticket, by default one on sale for `shw_1` by `usr_1`."""
    values = {
        "id": ticket_id, "show": "shw_1", "seller": "usr_1", "section": "A", "row": "1",
        "seat": "1", "status": "available", "shelf": "on", **changes,
    }  # fmt: skip
    return TICKET.format(**values)
