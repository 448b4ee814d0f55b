"""Versions of the program and of its tables that do not belong together."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.engine import open_database
from db.errors import WrongRevision
from db.migrations import newest
from db.migrations.runner import check_newest, engine_of, upgrade
from server import control_socket
from server.settings import Settings
from tests.operate.conftest import Operator

NEWER = "9999_from_the_future"
SET = "UPDATE alembic_version SET version_num = "


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"{SET}?", [revision])
        raw.commit()


@pytest.mark.parametrize(
    "command",
    [["run", "--port", "0"], ["migrate"], ["check"], ["grant-admin", "you@example.org"]],
    ids=lambda command: command[0],
)
def test_an_older_program_refuses_a_newer_database_in_one_line(
    operator: Operator, shop: Path, command: list[str]
) -> None:
    set_revision(shop, NEWER)
    refused = operator(*command, "--database", f"sqlite:///{shop}")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith(f"error: {shop} is at revision {NEWER}, and this version")
    assert "install the newer version again, or restore a backup" in refused.err
    assert refused.err.count("\n") == 1


def test_a_newer_backup_is_not_restored(operator: Operator, shop: Path, tmp_path: Path) -> None:
    backup, database = tmp_path / "monday.db", f"sqlite:///{shop}"
    operator("backup", str(backup), "--database", database)
    set_revision(backup, NEWER)
    refused = operator("restore", str(backup), "--database", database)
    assert (refused.status, NEWER in refused.err) == (1, True)
    assert operator("check", "--database", database).status == 0


def test_a_newer_database_can_still_be_backed_up(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    set_revision(shop, NEWER)
    done = operator("backup", str(tmp_path / "monday.db"), "--database", f"sqlite:///{shop}")
    assert done.status == 0


def test_check_asks_to_migrate_an_older_database(operator: Operator, shop: Path) -> None:
    set_revision(shop, "0003_tickets")
    refused = operator("check", "--database", f"sqlite:///{shop}")
    assert refused.status == 1
    said = f"{shop} is at revision 0003_tickets, not at {newest()}; run `ticketing-server migrate`"
    assert said in refused.err


def test_check_does_not_call_an_empty_file_sound(operator: Operator, tmp_path: Path) -> None:
    empty = tmp_path / "shop.db"
    empty.touch()
    refused = operator("check", "--database", f"sqlite:///{empty}")
    assert (refused.status, "has no tables of this program" in refused.err) == (1, True)


def test_postgresql_of_a_newer_program_is_refused_too(database_url: str) -> None:
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"{SET}'{NEWER}'")
    engine.dispose()
    with pytest.raises(WrongRevision, match="install the newer version again"):
        upgrade(database_url)
    with pytest.raises(WrongRevision, match="install the newer version again"):
        check_newest(database_url)
    open_database(database_url, on_fatal_error=lambda _: None).close()
    with pytest.raises(WrongRevision):
        control_socket.run_command(Settings(database=database_url), "check", "")
