"""The migration that adds keys: what was listed twice stays, and operators get an alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database, show, ticket
from tests.db.test_gate_migration import run

KEYS = "SELECT id, seat_key FROM tickets ORDER BY id"
ALERTS = "SELECT kind, subject FROM attention ORDER BY kind, subject"


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, with two sellers and a show."""
    with old_database(request, tmp_path, at="0019_time_zones") as url:
        run(url, account("usr_1"), account("usr_2"), show("shw_1"))
        yield url


def test_tickets_get_the_key_of_their_seat(old: str) -> None:
    run(old, ticket("tkt_1", section="Balcon  Nord", seat="12A"), ticket("tkt_2", seat=""))
    upgrade_to(old, "0020_text_keys")
    assert run(old, KEYS) == [("tkt_1", "balcon nord\x1f1\x1f12a"), ("tkt_2", None)]
    assert run(old, ALERTS) == []


def test_the_first_of_two_tickets_of_a_seat_gets_its_key_and_operators_an_alert(old: str) -> None:
    run(old, ticket("tkt_1"), ticket("tkt_2", seller="usr_2"), ticket("tkt_3", section="a"))
    upgrade_to(old, "0020_text_keys")
    assert [key is not None for _, key in run(old, KEYS)] == [True, False, False]
    assert run(old, ALERTS) == [("seat_taken", "tkt_2"), ("seat_taken", "tkt_3")]


def test_a_withdrawn_ticket_does_not_take_the_seat(old: str) -> None:
    run(old, ticket("tkt_1", status="withdrawn", shelf="off"), ticket("tkt_2"))
    upgrade_to(old, "0020_text_keys")
    assert [key is not None for _, key in run(old, KEYS)] == [True, True]
    assert run(old, ALERTS) == []


def test_a_seat_cannot_be_listed_twice_after_the_migration(old: str) -> None:
    run(old, ticket("tkt_1"))
    upgrade_to(old, "0020_text_keys")
    run(old, ticket("tkt_2"))
    with pytest.raises(Exception, match=r"(?i)unique"):
        run(old, "UPDATE tickets SET seat_key = (SELECT max(seat_key) FROM tickets)")


def test_shows_that_are_the_same_stay_and_are_pointed_out(old: str) -> None:
    run(old, show("shw_2", name="The OKAPI"), show("shw_3", name="Another"))
    upgrade_to(old, "0020_text_keys")
    assert run(old, "SELECT id, identity FROM shows ORDER BY id") == [
        ("shw_1", "okapi\x1fhall\x1flyon"),
        ("shw_2", "okapi\x1fhall\x1flyon\x1fshw_2"),
        ("shw_3", "another\x1fhall\x1flyon"),
    ]
    assert run(old, ALERTS) == [("similar_shows", "shw_2")]


def test_alerts_stay_as_they_are(old: str) -> None:
    kept = """INSERT INTO attention (id, kind, subject, detail, version, opened_at)
              VALUES ('att_1', 'dispute', 'dp_1', 'A dispute.', 1, 7)"""
    run(old, kept)
    upgrade_to(old, "0020_text_keys")
    assert run(old, "SELECT * FROM attention") == [
        ("att_1", "dispute", "dp_1", None, "A dispute.", 1, 7, None, None, None)
    ]
    with pytest.raises(Exception, match=r"(?i)unique"):
        run(old, kept.replace("att_1", "att_2"))
