"""Fixtures for every test: a fresh database, a world on it, a real server, an empty home."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from server.app import serve
from server.clock import Clock, Rng, SystemClock, system_rng
from server.settings import Settings
from tests import databases
from tests.clock import DOORS_OPEN
from tests.signals import let_children_start_with_default_handlers
from tests.world import World

KINDS = ("sqlite", "postgresql")
#: Prefix of the variables that name what the tests must find; the program does not read them.
REQUIRED = "TICKETING_REQUIRE_"
# Examples have no deadline and are the same on every machine.
hypothesis.settings.register_profile("ticketing", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ticketing")
let_children_start_with_default_handlers()


def pytest_collection_finish() -> None:
    """Collect garbage less often.

    The modules and items of 11,000 tests stay for ever; traversing them again and again took a
    fifth of the processor time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the path of a new directory for each test.

    `mktemp` lists all directories to find a free number: 5 ms of processor time after 3,000 tests.
    """
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def _empty_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test its own home directory, so that it cannot see or change the user's."""
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("TICKETING_", "XDG_")) and not name.startswith(REQUIRED):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TICKETING_CREDENTIAL_STORE", "file")
    monkeypatch.setenv("TICKETING_CONFIG_DIR", str(home / "config"))


LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  compared with, never bound to


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection to another machine.

    This covers connections that Python code of this process makes. It does not cover libraries in
    C, such as PostgreSQL's client (whose tests use a Unix socket), nor child processes, which are
    our own programs with settings that name loopback.
    """
    real, real_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_others(address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            msg = f"a test may not connect to {address[0]}:{address[1]}"
            raise RuntimeError(msg)

    def connect(self: socket.socket, address: Any) -> None:
        refuse_others(address)
        real(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse_others(address)
        return real_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)


@pytest.fixture(autouse=True)
def _default_logging() -> Iterator[None]:
    """Reset logging after a test, which may have sent the log to a stream that is closed now."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a migrated database file to copy."""
    return databases.make_sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgresql_admin() -> Iterator[str]:
    """Start a real PostgreSQL server, shared by the tests of one worker.

    Where none can start, tests are skipped with the reason. TICKETING_REQUIRE_POSTGRESQL, which
    continuous integration sets, makes that a failure.
    """
    with ExitStack() as stack:
        try:
            url = stack.enter_context(databases.postgresql_server())
        except Exception as why:  # whatever the reason is, it is printed
            if os.environ.get("TICKETING_REQUIRE_POSTGRESQL"):
                raise
            pytest.skip(f"no PostgreSQL server can start here: {why}")
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_admin: str) -> str:
    """Make a migrated database to copy."""
    return databases.make_postgresql_template(postgresql_admin)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each kind of database, or on SQLite only if it is marked so."""
    if "database_kind" in metafunc.fixturenames:
        sqlite_only = metafunc.definition.get_closest_marker("sqlite_only")
        kinds = ("sqlite",) if sqlite_only else KINDS
        metafunc.parametrize("database_kind", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def database_kind(request: pytest.FixtureRequest) -> str:
    """Give the kind of the test's database, one of `KINDS`."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[str]:
    """Give a fresh database of each kind, with production settings."""
    with fresh_database(request, database_kind, tmp_path) as url:
        yield url


@contextmanager
def fresh_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """Give a fresh database of one of `KINDS`. The first that is PostgreSQL starts the server."""
    if kind == "sqlite":
        yield databases.sqlite_url(folder, request.getfixturevalue("sqlite_template"))
        return
    admin = request.getfixturevalue("postgresql_admin")
    template = request.getfixturevalue("postgresql_template")
    with databases.postgresql_url(admin, template) as url:
        yield url


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give a whole application on a fresh database of each kind, without sockets."""
    made = World(database_url)
    yield made
    made.close()


@dataclass(frozen=True)
class Server:
    """A real server in this process, on a free loopback port."""

    url: str
    settings: Settings


class Serving:
    """Run a real server in a thread while the context is open."""

    def __init__(self, settings: Settings, clock: Clock, *, rng: Rng | None = None) -> None:
        self._settings, self._clock = settings, clock
        self._rng = rng or system_rng()
        self._ready, self._failed = threading.Event(), list[BaseException]()
        self.url = ""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        self._ready.wait(30)
        if self._failed:
            raise self._failed[0]
        return Server(self.url, self._settings)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:  # noqa: BLE001  __enter__ raises it
            self._failed.append(failure)
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(address: str) -> None:
            self.url = address
            self._ready.set()

        await serve(self._settings, clock=self._clock, rng=self._rng, ready=ready, stop=self._stop)


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[Server]:
    """Run a real server over HTTP, on a fresh SQLite database."""
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with Serving(Settings(database=url, port=0, doors_before=DOORS_OPEN), SystemClock()) as serving:
        yield serving


@pytest.fixture
def any_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """Run a real server over HTTP, on a fresh database of each kind."""
    settings = Settings(
        database=database_url, port=0, sandbox_database=str(tmp_path / "sandbox"),
        doors_before=DOORS_OPEN,
    )  # fmt: skip
    with Serving(settings, SystemClock()) as serving:
        yield serving
