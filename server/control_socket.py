"""The control socket: operators' commands on a database, whether its server runs or not.

A running server holds its database's lock, so commands reach it through a unix socket beside the
database that only the same user may open.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from contract.problems import Invalid, Problem, ProblemDocument
from db.audit import audit
from db.engine import open_database, sqlite_path
from db.sqlite import SqliteDatabase, copy_to
from server import auth
from server.bus import Bus
from server.clock import SystemClock, system_rng
from server.routing import HttpRequest, HttpResponse, RawRoute
from server.settings import Settings

#: A unix socket's path may be about this long on every system.
MAX_SOCKET_PATH = 100
#: Where the socket goes instead; TMPDIR may be long too.
SHORT_FOLDER = "/tmp"  # noqa: S108  the socket itself is closed to other users

Command = Callable[[Bus, str], dict[str, Any]]


def grant_admin(bus: Bus, email: str) -> dict[str, Any]:
    """Make an account an operator. Raises NotFound."""
    account = bus.write_now(lambda tx: auth.grant_admin(tx, email=email), actor="operator")
    return {"id": account.id, "email": account.email, "role": str(account.role)}


def check(bus: Bus, _: str) -> dict[str, Any]:
    """Audit the database."""
    found = bus.database.read(audit)
    return {"findings": [{"rule": f.rule, "id": f.id} for f in found]}


def backup(bus: Bus, target: str) -> dict[str, Any]:
    """Copy the database to a new file, consistently, while it is in use."""
    if not isinstance(bus.database, SqliteDatabase):
        msg = "back PostgreSQL up with pg_dump"
        raise TypeError(msg)
    copy_to(bus.database.path, Path(target))
    return {"file": target, "bytes": Path(target).stat().st_size}


COMMANDS: dict[str, Command] = {"grant-admin": grant_admin, "check": check, "backup": backup}


def run_command(settings: Settings, command: str, argument: str) -> dict[str, Any]:
    """Run a command: in the server if one runs on this database, else here."""
    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        msg = f"there is no database at {path}"
        raise FileNotFoundError(msg)
    socket = None if path is None else socket_path(path)
    if socket is not None and socket.exists():
        try:
            return _send(socket, command, argument)
        except httpx.ConnectError:
            pass  # left behind by a server that was killed
    database = open_database(settings.database, fatal=_raise)
    try:
        bus = Bus(database, SystemClock(), system_rng(), settings)
        return COMMANDS[command](bus, argument)
    finally:
        database.close()


def routes(bus: Bus) -> tuple[RawRoute, ...]:
    """Return what the control socket serves: one path per command."""
    return tuple(
        RawRoute("POST", f"/{name}", _handler(bus, command)) for name, command in COMMANDS.items()
    )


def socket_path(database: Path) -> Path:
    """Return the socket beside a database, or a short path where that would be too long."""
    beside = Path(f"{database.absolute()}.sock")
    if len(os.fsencode(beside)) <= MAX_SOCKET_PATH:
        return beside
    name = hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]
    return Path(SHORT_FOLDER) / f"ticketing-{os.getuid()}-{name}.sock"


def _handler(bus: Bus, command: Command) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def handler(request: HttpRequest) -> HttpResponse:
        try:
            result = await asyncio.to_thread(command, bus, request.body.decode())
        except (OSError, TypeError, sqlite3.Error) as failure:
            raise Invalid(str(failure)) from failure  # the operator can fix it; not our bug
        return HttpResponse(200, msgspec.json.encode(result).decode(), "application/json")

    return handler


def _send(socket: Path, command: str, argument: str) -> dict[str, Any]:
    transport = httpx.HTTPTransport(uds=str(socket))
    with httpx.Client(transport=transport, timeout=600) as client:
        reply = client.post(f"http://local/{command}", content=argument)
    if reply.status_code != 200:
        raise Problem.from_document(msgspec.json.decode(reply.content, type=ProblemDocument))
    result: dict[str, Any] = reply.json()
    return result


def _raise(error: BaseException) -> None:
    raise error
