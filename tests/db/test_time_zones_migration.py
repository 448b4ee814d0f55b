"""The migration that adds time zones: each show gets the likeliest zone that fits its offset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import old_database, show
from tests.db.test_gate_migration import run


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration."""
    with old_database(request, tmp_path, at="0018_cancel_reasons") as url:
        yield url


@pytest.mark.parametrize(
    ("country", "city", "offset", "expected"),
    [
        ("FR", "Lyon", 120, "Europe/Paris"),
        ("US", "Phoenix", -420, "America/Phoenix"),
        ("FR", "Lyon", 0, None),
        ("XX", "Nowhere", 0, None),
    ],
)
def test_a_show_gets_the_zone_that_fits_and_keeps_its_offset_where_none_does(
    old: str, country: str, city: str, offset: int, expected: str | None
) -> None:
    run(old, show("shw_1", country=country, city=city, offset=offset))
    upgrade_to(old, "head")
    kept = run(old, "SELECT timezone, offset_minutes, version FROM shows")
    assert kept == [(expected, offset, 1)]
