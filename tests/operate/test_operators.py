"""What an operator does by hand, while the server runs and while it does not."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import httpx
import pytest

from db.migrations import newest
from tests.operate.conftest import Operator
from tests.operate.customers import Crowd, Customer
from tests.operate.processes import Running, run, until
from tests.operate.test_backup import events
from tests.operate.test_kill import Handout


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop.db"


def is_admin(server: Running, customer: Customer) -> bool:
    headers = {"Authorization": f"Bearer {customer.token}"}
    return httpx.get(f"{server.url}/v1/admin/stats", headers=headers).status_code == 200


def test_migrate_makes_a_database_and_does_nothing_the_second_time(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    first = operator("migrate", "--database", database)
    made = (tmp_path / "shop.db").read_bytes()
    again = operator("migrate", "--database", database)
    assert (first.status, first.out) == (0, f"at step {newest()}\n")
    assert (again.status, again.out) == (0, first.out)
    assert (tmp_path / "shop.db").read_bytes() == made
    assert operator("check", "--database", database).status == 0


def test_a_server_migrates_what_it_starts_on(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        assert httpx.get(f"{server.url}/readyz").text == "ready\n"


def test_an_operator_is_made_while_the_server_runs(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        owner = Customer("owner")
        owner.arrive(server.url).close()
        assert not is_admin(server, owner)
        granted = run(tmp_path, "grant-admin", "Owner@Example.org", "--database", database)
        assert granted.status == 0
        assert granted.out.startswith("owner@example.org is an operator now (usr_")
        assert is_admin(server, owner)


def test_an_operator_is_made_while_the_server_is_stopped(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    owner = Customer("owner")
    with Running(tmp_path, database) as server:
        owner.arrive(server.url).close()
        server.stop()
    assert operator("grant-admin", "owner@example.org", "--database", database).status == 0
    with Running(tmp_path, database) as server:
        assert is_admin(server, owner)


def test_nobody_can_be_made_an_operator_who_has_no_account(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    said = "error: There is no account with the address nobody@example.org. Sign up first.\n"
    operator("migrate", "--database", database)
    stopped = operator("grant-admin", "nobody@example.org", "--database", database)
    with Running(tmp_path, database):
        running = operator("grant-admin", "nobody@example.org", "--database", database)
    assert (stopped.status, stopped.err) == (running.status, running.err) == (1, said)


def test_a_backup_taken_in_the_middle_of_sales_is_a_committed_beginning_of_them(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    options = ("--max-open-orders", "1000000")
    copies = [tmp_path / f"copy-{n}.db" for n in range(3)]
    with Running(tmp_path, database, *options) as server:
        tickets = Handout(Customer("seller").lists(server.url, 3000))
        crowd = Crowd([Customer(f"c{n}") for n in range(4)])
        crowd.start(server.url, tickets)
        for number, copy in zip(count(1), copies, strict=False):
            until(lambda n=number: crowd.promised > n * 10, seconds=30)  # type: ignore[misc]
            assert operator("backup", str(copy), "--database", database).status == 0
        crowd.finish()
        crowd.close()
        server.stop()
    whole = events(tmp_path / "shop.db")
    for copy in copies:
        assert operator("check", "--database", f"sqlite:///{copy}").err == "sound\n"
        assert events(copy) == whole[: len(events(copy))]
    assert len(events(copies[0])) < len(events(copies[-1])) < len(whole)


@pytest.mark.parametrize("target", ["there.db", "nowhere/b.db"])
def test_a_backup_that_cannot_be_written_says_why_while_the_server_runs(
    operator: Operator, tmp_path: Path, database: str, target: str
) -> None:
    (tmp_path / "there.db").write_text("mine")
    with Running(tmp_path, database):
        ended = operator("backup", str(tmp_path / target), "--database", database)
    assert ended.status == 1
    assert "Something broke" not in ended.err
    assert ended.err.startswith("error: ")
    assert (tmp_path / "there.db").read_text() == "mine"


def test_a_restored_server_goes_on_from_the_backup(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    seller, backup = Customer("seller"), str(tmp_path / "monday.db")
    with Running(tmp_path, database) as server:
        seller.lists(server.url, 3)
        assert operator("backup", backup, "--database", database).status == 0
        seller.lists(server.url, 4)
        server.kill()
    assert operator("restore", backup, "--database", database).status == 0
    with Running(tmp_path, database) as server:
        assert len(httpx.get(f"{server.url}/v1/tickets").json()["items"]) == 3
        assert len(seller.lists(server.url, 1)) == 1
        assert operator("check", "--database", database).err == "sound\n"
