"""Demo and serve: real servers as child processes, none of which is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from client.csv_listings import ListingRow, read
from tests.cli.processes import TICKETING, isolated, piped

LISTINGS = Path(__file__).parents[2] / "ticketing_cli" / "demo" / "listings.csv"


@pytest.fixture
def short() -> Iterator[Path]:
    """Create an empty folder with a short path: a socket's path has at most about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="td-") as folder:
        yield Path(folder)


def servers(folder: Path) -> list[str]:
    """Return the command lines of servers whose database is under a folder."""
    lines = (
        path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.exists()
    )
    return [line for line in lines if "-m server run" in line and str(folder) in line]


def test_the_demos_listings_are_forty_valid_seats() -> None:
    rows = read(LISTINGS.read_bytes())
    assert len(rows) == 40
    assert all(
        isinstance(row, ListingRow) and row.ticket.show.starts_at.year >= 2028 for row in rows
    )


@pytest.mark.slow
def test_the_demo_plays_a_complete_sale_and_succeeds(short: Path) -> None:
    ran = piped(short, "demo", timeout=60, TMPDIR=str(short))
    output = ran.out.decode()
    assert ran.status == 0, output + ran.err.decode()
    for words in (
        "created 40, updated 0, unchanged 0, refused 0",
        "(exit code 6)",
        "with TEST money",
        "Code    ",
        "█▀",
        "Status       available",
        "ticketing serve",
    ):
        assert words in output
    assert not servers(short)
    assert not list(short.glob("ticketing-demo-*"))


def test_ctrl_c_during_the_demo_leaves_nothing_behind(short: Path) -> None:
    demo = subprocess.Popen(
        [*TICKETING, "demo"],
        env=isolated(short, TMPDIR=str(short)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if b"signed up as" in line:
            break
    os.killpg(demo.pid, signal.SIGINT)
    rest, _ = demo.communicate(timeout=20)
    assert demo.returncode == 130, rest
    assert not servers(short)
    assert not list(short.glob("ticketing-demo-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_forwards_signals_and_ends_with_the_server(
    tmp_path: Path, number: signal.Signals
) -> None:
    database = f"sqlite:///{tmp_path / 'market.db'}"
    serving = subprocess.Popen(
        [*TICKETING, "serve", "--database", database, "--port", "0"],
        env=isolated(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert serving.stdout is not None
    assert serving.stdout.readline().startswith("listening on http://127.0.0.1:")
    serving.send_signal(number)
    serving.communicate(timeout=20)
    assert serving.returncode == 0
    for _ in range(50):
        if not servers(tmp_path):
            return
        time.sleep(0.1)
    raise AssertionError(servers(tmp_path))


def test_serve_reports_invalid_options(tmp_path: Path) -> None:
    ran = piped(tmp_path, "serve", "--lock-for", "soon")
    assert ran.status == 2
    assert b"soon" in ran.err


def test_a_server_stops_when_the_command_that_serves_it_is_killed(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shop.db'}"
    with subprocess.Popen(
        [*TICKETING, "serve", "--database", database, "--port", "0"],
        env=isolated(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as serving:  # fmt: skip
        assert serving.stdout is not None
        url = serving.stdout.readline().decode().removeprefix("listening on ").strip()
        assert httpx.get(f"{url}/healthz").is_success
        serving.kill()
        # The server writes to the same stdout, so that the end of it is the server's end.
        assert serving.stdout.read() == b""
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz")
