"""One database file, whatever it is called, and what happens when it is taken away."""

from __future__ import annotations

import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from server import control_socket
from server.control_socket import socket_address, socket_path
from tests.operate.conftest import Operator
from tests.operate.processes import Running, until
from tests.operate.recording_clients import RecordingClient
from tests.operate.test_backup import change_a_name, events, names

LONG = "/".join(["deep" * 10] * 4)


def linked(kind: str, database: Path, folder: Path) -> str:
    """Give the database another name, and return the URL of that."""
    folder.mkdir()
    name = folder / "other.db"
    match kind:
        case "symbolic link":
            name.symlink_to(database)
        case "hard link":
            name.hardlink_to(database)
        case "linked folder":
            (folder / "away").symlink_to(database.parent)
            return f"sqlite:///{folder}/away/{database.name}"
        case "dots":
            return f"sqlite:///{folder}/../{database.name}"
    return f"sqlite:///{name}"


KINDS = ("symbolic link", "hard link", "linked folder", "dots")


def test_a_database_in_use_is_in_use_under_every_name(
    operator: Operator, tmp_path: Path, database: str
) -> None:
    backup = tmp_path / "monday.db"
    with Running(tmp_path, database) as server:
        operator("backup", str(backup), "--database", database)
        for kind in KINDS:
            other = linked(kind, tmp_path / "shop.db", tmp_path / kind)
            for command in (["run", "--port", "0"], ["migrate"], ["restore", str(backup)]):
                refused = operator(*command, "--database", other)
                assert refused.status == 1
                assert "is in use by another process; stop it first" in refused.err
        assert httpx.get(f"{server.url}/readyz").is_success


def test_commands_reach_a_running_server_under_every_name(
    operator: Operator, tmp_path: Path
) -> None:
    with Running(tmp_path, linked("dots", tmp_path / "shop.db", tmp_path / "dots")):
        for kind in ("symbolic link", "linked folder"):
            other = linked(kind, tmp_path / "shop.db", tmp_path / kind)
            assert operator("check", "--database", other).err == "no problems found\n"


def test_a_restore_through_a_symbolic_link_keeps_the_link(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    other = linked("symbolic link", shop, tmp_path / "elsewhere")
    before, backup = names(shop), str(tmp_path / "monday.db")
    operator("backup", backup, "--database", other)
    change_a_name(shop)
    assert operator("restore", backup, "--database", other).status == 0
    assert (tmp_path / "elsewhere" / "other.db").is_symlink()
    assert names(shop) == before


def test_a_restore_that_another_hard_link_would_miss_is_refused(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    other = linked("hard link", shop, tmp_path / "elsewhere")
    backup = str(tmp_path / "monday.db")
    operator("backup", backup, "--database", f"sqlite:///{shop}")
    change_a_name(shop)
    refused = operator("restore", backup, "--database", other)
    assert (refused.status, "hard links" in refused.err) == (1, True)
    assert names(shop) == {"changed"}


def test_a_database_is_not_restored_from_itself(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    linked("symbolic link", shop, tmp_path / "elsewhere")
    source, before = tmp_path / "elsewhere" / "other.db", events(shop)
    refused = operator("restore", str(source), "--database", f"sqlite:///{shop}")
    assert (refused.status, "is the database itself" in refused.err) == (1, True)
    assert events(shop) == before


def test_a_restore_takes_what_is_only_in_the_log_of_its_source(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    database, killed = f"sqlite:///{shop}", tmp_path / "killed"
    killed.mkdir()
    with Running(tmp_path, database) as server:
        RecordingClient("late").connect(server.url).close()
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{shop}{suffix}", killed / f"copy.db{suffix}")
        server.kill()
    fresh = tmp_path / "fresh.db"
    restored = operator("restore", str(killed / "copy.db"), "--database", f"sqlite:///{fresh}")
    assert (restored.status, "before-restore" in restored.out) == (0, False)
    assert operator("grant-admin", "late@example.org", "--database", f"sqlite:///{fresh}").out


def test_a_backup_does_not_replace_a_link_to_nowhere(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "monday.db"
    target.symlink_to(tmp_path / "gone" / "monday.db")
    refused = operator("backup", str(target), "--database", f"sqlite:///{shop}")
    assert (refused.status, refused.err) == (1, f"error: {target} already exists\n")


def test_the_sandbox_does_not_write_into_the_database(
    operator: Operator, shop: Path, tmp_path: Path
) -> None:
    linked("hard link", shop, tmp_path / "elsewhere")
    sandbox = str(tmp_path / "elsewhere" / "other.db")
    database = ("--database", f"sqlite:///{shop}", "--port", "0")
    refused = operator("run", *database, "--sandbox-database", sandbox)
    assert (refused.status, "sandbox_database must be a file of its own" in refused.err) == (
        2,
        True,
    )


def remove(shop: Path) -> None:
    shop.unlink()


def move(shop: Path) -> None:
    shop.rename(shop.with_name("moved.db"))


def replace(shop: Path) -> None:
    copy = shop.with_name("copy.db")
    shutil.copyfile(shop, copy)
    copy.rename(shop)


def remove_log(shop: Path) -> None:
    shop.with_name("shop.db-wal").unlink()


def remove_folder(shop: Path) -> None:
    shutil.rmtree(shop.parent)


@pytest.mark.parametrize("harm", [remove, move, replace, remove_log, remove_folder])
def test_an_idle_server_whose_database_is_taken_away_stops_with_an_error(
    tmp_path: Path, shop: Path, harm: object
) -> None:
    place = tmp_path / "state"
    place.mkdir()
    shop = shop.rename(place / "shop.db")
    with Running(tmp_path, f"sqlite:///{shop}") as server:
        assert callable(harm)
        harm(shop)
        until(lambda: server.process.poll() is not None, seconds=5)
        assert server.process.returncode == 1
    log = (tmp_path / "server.log").read_text()
    assert f"error: {place}" in log
    assert "was deleted, moved or replaced" in log


def test_nothing_is_acknowledged_after_the_database_was_replaced(
    tmp_path: Path, database: str
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(Running(tmp_path, database))
        client = stack.enter_context(httpx.Client(base_url=server.url))
        owner = RecordingClient("owner")
        owner.connect(server.url).close()
        client.headers["Authorization"] = f"Bearer {owner.token}"
        replace(tmp_path / "shop.db")
        answered = client.post("/v1/auth/logout", json={})
        assert (answered.status_code, answered.json()["code"]) == (503, "busy")
        assert server.process.wait(20) == 1


def test_a_deep_folder_keeps_its_socket_beside_the_database(
    operator: Operator, tmp_path: Path
) -> None:
    shop = tmp_path / LONG / ("shop" * 50 + ".db")
    with Running(tmp_path, f"sqlite:///{shop}"):
        assert socket_path(shop).is_socket()
        assert operator("check", "--database", f"sqlite:///{shop}").err == "no problems found\n"
    assert socket_path(shop).parent == shop.parent


def test_a_socket_of_another_user_is_not_asked(
    operator: Operator, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user cannot be had here, so the system's answer is replaced."""
    with ExitStack() as stack:
        fake = stack.enter_context(socket.socket(socket.AF_UNIX))
        fake.bind(stack.enter_context(socket_address(shop)))
        fake.listen()
        monkeypatch.setattr(control_socket, "peer_user", lambda _: 54321)
        refused = operator("grant-admin", "you@example.org", "--database", f"sqlite:///{shop}")
    assert refused.status == 1
    assert "belongs to a program of the user with the number 54321" in refused.err
