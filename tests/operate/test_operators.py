"""Operators' commands, with the server running and stopped."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import httpx
import pytest

from db.migrations import newest
from tests.operate.conftest import Operator
from tests.operate.processes import Running, run, until
from tests.operate.recording_clients import ClientPool, RecordingClient
from tests.operate.test_backup import events
from tests.operate.test_kill import SharedIterator


def is_admin(server: Running, client: RecordingClient) -> bool:
    headers = {"Authorization": f"Bearer {client.token}"}
    return httpx.get(f"{server.url}/v1/admin/stats", headers=headers).status_code == 200


def test_migrate_creates_a_database_and_changes_nothing_the_second_time(
    operator: Operator, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/shop.db"
    first = operator("migrate", "--database", database)
    made = (tmp_path / "shop.db").read_bytes()
    again = operator("migrate", "--database", database)
    assert (first.status, first.out) == (0, f"the database is at revision {newest()}\n")
    assert (again.status, again.out) == (0, first.out)
    assert (tmp_path / "shop.db").read_bytes() == made
    assert operator("check", "--database", database).status == 0


def test_a_server_migrates_its_database_when_it_starts(tmp_path: Path) -> None:
    with Running(tmp_path, f"sqlite:///{tmp_path}/shop.db") as server:
        assert httpx.get(f"{server.url}/readyz").text == "ready\n"


def test_admin_can_be_granted_while_the_server_runs(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        owner = RecordingClient("owner")
        owner.connect(server.url).close()
        assert not is_admin(server, owner)
        granted = run(tmp_path, "grant-admin", "Owner@Example.org", "--database", database)
        assert granted.status == 0
        assert granted.out.startswith("owner@example.org is now an operator (usr_")
        assert is_admin(server, owner)


def test_admin_can_be_granted_while_the_server_is_stopped(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    owner = RecordingClient("owner")
    with Running(tmp_path, database) as server:
        owner.connect(server.url).close()
        server.stop()
    assert operator("grant-admin", "owner@example.org", "--database", database).status == 0
    with Running(tmp_path, database) as server:
        assert is_admin(server, owner)


def test_admin_cannot_be_granted_without_an_account(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    said = "error: There is no account with the address nobody@example.org. Sign up first.\n"
    stopped = operator("grant-admin", "nobody@example.org", "--database", database)
    with Running(tmp_path, database):
        running = operator("grant-admin", "nobody@example.org", "--database", database)
    assert (stopped.status, stopped.err) == (running.status, running.err) == (1, said)


def test_a_backup_taken_during_sales_is_a_committed_prefix_of_the_log(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    options = ("--max-open-orders", "1000000")
    copies = [tmp_path / f"copy-{n}.db" for n in range(3)]
    with Running(tmp_path, database, *options) as server:
        tickets = SharedIterator(RecordingClient("seller").list_tickets(server.url, 2000))
        pool = ClientPool([RecordingClient(f"c{n}") for n in range(4)])
        pool.start(server.url, tickets)
        for number, copy in zip(count(1), copies, strict=False):
            until(lambda n=number: pool.acknowledged > n * 10, seconds=30)  # type: ignore[misc]
            assert operator("backup", str(copy), "--database", database).status == 0
        pool.finish()
        pool.close()
        server.stop()
    whole = events(tmp_path / "shop.db")
    for copy in copies:
        assert operator("check", "--database", f"sqlite:///{copy}").err == "no problems found\n"
        assert events(copy) == whole[: len(events(copy))]
    assert len(events(copies[0])) < len(events(copies[-1])) < len(whole)


@pytest.mark.parametrize("target", ["there.db", "nowhere/b.db"])
def test_a_running_server_reports_why_a_backup_cannot_be_written(
    operator: Operator, tmp_path: Path, database: str, target: str
) -> None:
    (tmp_path / "there.db").write_text("mine")
    with Running(tmp_path, database):
        result = operator("backup", str(tmp_path / target), "--database", database)
    assert result.status == 1
    assert "Something broke" not in result.err
    assert result.err.startswith("error: ")
    assert (tmp_path / "there.db").read_text() == "mine"


def test_a_restored_server_continues_from_the_backup(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    seller, backup = RecordingClient("seller"), str(tmp_path / "monday.db")
    with Running(tmp_path, database) as server:
        seller.list_tickets(server.url, 3)
        assert operator("backup", backup, "--database", database).status == 0
        seller.list_tickets(server.url, 4)
        server.kill()
    assert operator("restore", backup, "--database", database).status == 0
    with Running(tmp_path, database) as server:
        assert len(httpx.get(f"{server.url}/v1/tickets").json()["items"]) == 3
        assert len(seller.list_tickets(server.url, 1)) == 1
        assert operator("check", "--database", database).err == "no problems found\n"
