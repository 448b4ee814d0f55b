"""The migration after which withdrawn tickets say why: existing ones get their reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests import databases
from tests.conftest import KINDS
from tests.db.test_code_keys_migration import SHOW, TICKET
from tests.db.test_gate_migration import ACCOUNT, run

BEFORE, AFTER = "0020_text_keys", "0021_withdrawals"
CANCELLED = SHOW.replace("'shw_1'", "'shw_2'").replace("'show',", "'another',", 1)


@pytest.fixture(params=KINDS)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database from before the migration, without rows."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        upgrade_to(url, BEFORE)
        yield url
        return
    with databases.postgresql_url(request.getfixturevalue("postgresql_admin"), "template1") as url:
        upgrade_to(url, BEFORE)
        yield url


def test_withdrawn_tickets_get_their_reason_and_others_none(old_url: str) -> None:
    run(
        old_url, ACCOUNT, SHOW, CANCELLED, *(TICKET.format(n=n, code=n) for n in (1, 2, 3)),
        "UPDATE shows SET cancelled_at = 5 WHERE id = 'shw_2'",
        "UPDATE tickets SET status = 'withdrawn', shelf = 'off' WHERE id <> 'tkt_1'",
        "UPDATE tickets SET show_id = 'shw_2' WHERE id = 'tkt_3'",
    )  # fmt: skip
    upgrade_to(old_url, AFTER)
    assert run(old_url, "SELECT id, withdraw_reason FROM tickets ORDER BY id") == [
        ("tkt_1", None), ("tkt_2", "seller"), ("tkt_3", "show_cancelled"),
    ]  # fmt: skip
