"""The migration that adds keys of addresses: accounts stay, each with its address as its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.migrations.runner import upgrade_to
from tests.conftest import KINDS
from tests.db.old_databases import account, old_database
from tests.db.test_gate_migration import run


@pytest.mark.parametrize("old", KINDS)
def test_an_account_is_found_by_the_address_it_had(
    old: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.param = old
    with old_database(request, tmp_path, at="0021_withdrawals") as url:
        run(url, account("usr_1"), account("usr_2"))
        upgrade_to(url, "head")
        kept = run(url, "SELECT email, email_key FROM accounts ORDER BY id")
        assert kept == [("usr_1@example.org",) * 2, ("usr_2@example.org",) * 2]
        with pytest.raises(Exception, match=r"(?i)unique"):
            run(url, "UPDATE accounts SET email_key = 'usr_1@example.org'")
