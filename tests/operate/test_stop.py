"""Starting twice, stopping, and the files of a server."""

from __future__ import annotations

import json
import socket
import stat
from contextlib import ExitStack, closing
from pathlib import Path
from signal import SIGINT
from time import monotonic
from urllib.parse import urlsplit

import httpx

from db.sqlite import connect
from server.control_socket import socket_path
from tests.operate.conftest import Operator
from tests.operate.processes import Running, run
from tests.operate.recording_clients import PASSWORD, RecordingClient
from tests.races.wire import Wire

#: Requests in flight when the server is asked to stop.
IN_FLIGHT = 20


def answers(server: Running) -> bool:
    try:
        return httpx.get(f"{server.url}/healthz", timeout=1).is_success
    except httpx.TransportError:
        return False


def test_a_second_server_on_the_same_file_is_refused_and_the_first_keeps_running(
    tmp_path: Path, database: str
) -> None:
    with Running(tmp_path, database) as server:
        second = run(tmp_path, "run", "--port", "0", "--database", database)
        assert (second.status, second.out) == (1, "")
        assert (
            second.err == f"error: {tmp_path}/shop.db is in use by another process; stop it first\n"
        )
        assert answers(server)


def test_migrate_and_restore_are_refused_while_a_server_runs(
    tmp_path: Path, database: str, operator: Operator
) -> None:
    with Running(tmp_path, database):
        operator("backup", str(tmp_path / "b.db"), "--database", database)
        for command in (["migrate"], ["restore", str(tmp_path / "b.db")]):
            refused = operator(*command, "--database", database)
            assert refused.status == 1
            assert "in use by another process; stop it first" in refused.err


def test_a_port_in_use_is_reported_without_a_traceback(database: str, operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = operator("run", "--port", port, "--database", database)
    assert refused.status == 1
    assert "in use" in refused.err.lower()
    assert "Traceback" not in refused.err


def test_a_stopping_server_finishes_its_requests_and_accepts_no_new_ones(
    tmp_path: Path, database: str
) -> None:
    """Passwords are hashed two at a time, so most of these requests still wait."""
    with Running(tmp_path, database) as server:
        wires = [Wire(server.url) for _ in range(IN_FLIGHT)]
        for number, wire in enumerate(wires):
            account = {"email": f"n{number}@example.org", "password": PASSWORD}
            wire.connection.request(
                "POST", "/v1/auth/signup", json.dumps(account), {"Content-Type": "application/json"}
            )
        assert answers(server)  # by then it has read the requests sent before
        server.process.terminate()
        replies = [wire.connection.getresponse() for wire in wires]
        assert {reply.status for reply in replies} == {201}
        assert not answers(server)
        assert server.process.wait(20) == 0
        for wire in wires:
            wire.close()
    with closing(connect(tmp_path / "shop.db", read_only=True)) as raw:
        assert raw.execute("SELECT count(*) FROM accounts").fetchone() == (IN_FLIGHT,)


def test_an_open_feed_does_not_delay_the_stop(tmp_path: Path, database: str) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(Running(tmp_path, database))
        feed = stack.enter_context(httpx.stream("GET", f"{server.url}/v1/feed"))
        assert next(feed.iter_lines()).startswith("id: ")
        began = monotonic()
        assert server.stop() == 0
        assert monotonic() - began < 5


def test_ctrl_c_stops_the_server(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        server.process.send_signal(SIGINT)
        assert server.process.wait(20) == 0


def test_a_stopped_server_leaves_only_its_database(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        RecordingClient("somebody").connect(server.url).close()
        assert server.stop() == 0
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"shop.db", "shop.db.sandbox", "server.log"}


def test_only_the_owner_can_read_the_files_of_the_server(tmp_path: Path) -> None:
    with Running(tmp_path, f"sqlite:///{tmp_path}/shop.db"):
        kept = [tmp_path / "shop.db", tmp_path / "shop.db-wal", socket_path(tmp_path / "shop.db")]
        modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in kept}
    assert set(modes.values()) == {"0o600"}, modes


def test_a_socket_left_by_a_killed_server_is_replaced(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        RecordingClient("owner").connect(server.url).close()
        server.kill()
    assert run(tmp_path, "check", "--database", database).err == "no problems found\n"
    with Running(tmp_path, database):
        assert run(tmp_path, "check", "--database", database).err == "no problems found\n"


def test_input_that_is_not_http_logs_no_traceback(tmp_path: Path, database: str) -> None:
    with Running(tmp_path, database) as server:
        address = urlsplit(server.url)
        for _ in range(5):
            with socket.create_connection((str(address.hostname), address.port or 80)) as wire:
                wire.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
                assert wire.recv(12) == b"HTTP/1.0 400"
        server.stop()
    assert "Traceback" not in (tmp_path / "server.log").read_text()
