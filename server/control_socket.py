"""The control socket: operators' commands on a database, whether its server is running or not.

A running server holds the lock of its database, so commands reach it through a Unix socket beside
the database that only the same user may open. Whoever may write to that folder can put another
socket there, so a command checks who answers before it asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import os
import socket
import sqlite3
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from contract.problems import Invalid, Problem, ProblemDocument
from db.audit import audit_file
from db.engine import open_database, sqlite_path
from db.sqlite import SqliteDatabase, copy_database
from server import auth
from server.bus import Bus
from server.clock import SystemClock, system_rng
from server.routing import HttpRequest, HttpResponse, RawRoute
from server.settings import Settings

#: Every system allows a Unix socket's path to be about this long, in bytes.
MAX_SOCKET_PATH = 100
#: A longer name of a database is replaced by its digest in the name of the socket.
MAX_NAME = 60

#: A check or a backup of a large database may take this long.
TIMEOUT_SECONDS = 600

Command = Callable[[Bus, str], dict[str, Any]]


def grant_admin(bus: Bus, email: str) -> dict[str, Any]:
    """Make an account an operator. Raises NotFound."""
    account = bus.write_now(lambda tx: auth.grant_admin(tx, email=email), actor="operator")
    return {"id": account.id, "email": account.email, "role": str(account.role)}


def check(bus: Bus, _: str) -> dict[str, Any]:
    """Audit the database, and the file that it is in."""
    findings = bus.database.read(audit_file)
    return {"findings": [{"rule": each.rule, "id": each.id} for each in findings]}


def backup(bus: Bus, target: str) -> dict[str, Any]:
    """Copy the database to a new file while it is in use."""
    if not isinstance(bus.database, SqliteDatabase):
        msg = "use pg_dump to back up a PostgreSQL database"
        raise TypeError(msg)
    copy_database(bus.database.path, Path(target))
    return {"file": target, "bytes": Path(target).stat().st_size}


COMMANDS: dict[str, Command] = {"grant-admin": grant_admin, "check": check, "backup": backup}


def run_command(settings: Settings, command: str, argument: str) -> dict[str, Any]:
    """Run a command in the server that runs on this database, or here if none does.

    Raises WrongRevision, Problem.
    """
    from db.migrations.runner import check_newest  # noqa: PLC0415  Alembic takes 9 MB

    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        msg = f"there is no database at {path}"
        raise FileNotFoundError(msg)
    if path is not None and socket_path(path).exists():
        try:
            return _send(path, command, argument)
        except ConnectionRefusedError:
            pass  # left behind by a server that was killed
    database = open_database(settings.database, on_fatal_error=_raise)
    try:
        if command != "backup":  # which copies the tables of any version
            check_newest(settings.database)
        bus = Bus(database, SystemClock(), system_rng(), settings)
        return COMMANDS[command](bus, argument)
    finally:
        database.close()


def routes(bus: Bus) -> tuple[RawRoute, ...]:
    """Return the routes of the control socket: one path for each command."""
    return tuple(
        RawRoute("POST", f"/{name}", _handler(bus, command)) for name, command in COMMANDS.items()
    )


def socket_path(database: Path) -> Path:
    """Return the path of the socket, which is beside the database."""
    name = os.fsencode(database.name)
    if len(name) > MAX_NAME:
        return database.with_name(f"{hashlib.sha256(name).hexdigest()[:16]}.sock")
    return database.with_name(f"{database.name}.sock")


@contextlib.contextmanager
def socket_address(database: Path) -> Iterator[str]:
    """Yield the path of the socket in a form that is short enough to bind or connect."""
    path = socket_path(database)
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _handler(bus: Bus, command: Command) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def handler(request: HttpRequest) -> HttpResponse:
        try:
            result = await asyncio.to_thread(command, bus, request.body.decode())
        except (OSError, TypeError, sqlite3.Error) as failure:
            raise Invalid(str(failure)) from failure  # the operator can fix this; it is not a bug
        return HttpResponse(200, msgspec.json.encode(result).decode(), "application/json")

    return handler


def _send(database: Path, command: str, argument: str) -> dict[str, Any]:
    with contextlib.closing(_UnixConnection(database)) as connection:
        connection.request("POST", f"/{command}", argument.encode())
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise Problem.from_document(msgspec.json.decode(body, type=ProblemDocument))
    result: dict[str, Any] = msgspec.json.decode(body)
    return result


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket. httpx would take 7 MB in a server that sends none."""

    def __init__(self, database: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._database = database

    def connect(self) -> None:
        """Connect to the socket. Raises PermissionError when somebody else answers there."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        with socket_address(self._database) as address:
            self.sock.connect(address)
        _check_peer(self.sock, self._database)


def peer_user(connected: socket.socket) -> int:
    """Return the number of the user whose program answers, or ours where the system hides it."""
    if sys.platform != "linux":
        return os.geteuid()
    peer = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", peer)[1])


def _check_peer(connected: socket.socket, database: Path) -> None:
    """Raise PermissionError unless the server runs as the owner of the database or as we do."""
    user = peer_user(connected)
    if user not in {os.geteuid(), database.stat().st_uid}:
        msg = (
            f"{socket_path(database)} belongs to a program of the user with the number {user}, "
            "not of the database's owner; find out who put it there, and delete it"
        )
        raise PermissionError(msg)


def _raise(error: BaseException) -> None:
    raise error
