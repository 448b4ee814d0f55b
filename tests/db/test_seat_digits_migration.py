"""The migration of digits in seats: what was listed twice stays, and operators get an alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database, show, ticket
from tests.db.test_gate_migration import run

ARABIC, DEVANAGARI = "\u0661\u0665", "\u0967\u096b"
KEYS = "SELECT id, seat_key FROM tickets ORDER BY id"
ALERTS = "SELECT kind, subject FROM attention ORDER BY subject"


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a migrated database in which some tickets were for one seat."""
    tickets = {
        "both1": {"seat": "15"}, "both2": {"seat": ARABIC}, "both3": {"seat": DEVANAGARI},
        "alone": {"section": "B", "row": ARABIC, "seat": ARABIC},
        "gone": {"seat": ARABIC, "status": "withdrawn", "shelf": "off"},
        "letter": {"section": "\u00c9", "seat": "1"}, "show": {"show": "shw_2", "seat": ARABIC},
    }  # fmt: skip
    with old_database(request, tmp_path, at="0021_withdrawals") as url:
        run(url, account("usr_1"), show("shw_1"), show("shw_2", name="Other"))
        for number, (name, changes) in enumerate(tickets.items()):
            given = f"UPDATE tickets SET code_key = 'K{number}' WHERE id = 'tkt_{name}'"  # noqa: S608
            run(url, ticket(f"tkt_{name}", **changes), given)
        upgrade_to(url, "0037_returns")
        for name, changes in tickets.items():
            parts = (changes.get("section", "A"), changes.get("row", "1"), changes["seat"])
            key = "\x1f".join(parts).lower()
            run(url, f"UPDATE tickets SET seat_key = '{key}' WHERE id = 'tkt_{name}'")  # noqa: S608
        upgrade_to(url, "head")
        yield url


def test_one_ticket_keeps_a_seat_and_operators_get_an_alert_about_the_others(
    migrated: str,
) -> None:
    assert run(migrated, KEYS) == [
        ("tkt_alone", "b\x1f15\x1f15"), ("tkt_both1", "a\x1f1\x1f15"), ("tkt_both2", None),
        ("tkt_both3", None), ("tkt_gone", "a\x1f1\x1f15"), ("tkt_letter", "\u00e9\x1f1\x1f1"),
        ("tkt_show", "a\x1f1\x1f15"),
    ]  # fmt: skip
    assert run(migrated, ALERTS) == [("seat_taken", "tkt_both2"), ("seat_taken", "tkt_both3")]
