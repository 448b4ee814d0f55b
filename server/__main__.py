"""`ticketing-server`: run the server, and look after its database."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from contract.problems import Problem
from db.audit import audit
from db.dialect import is_fatal
from db.engine import open_database, sqlite_path
from db.migrations import upgrade
from db.sqlite import InUse, connect, held
from server import control_socket
from server.app import serve
from server.clock import SystemClock, system_rng
from server.sandbox import standalone
from server.settings import Settings, WrongSetting, load

OK, FAILED, USAGE = 0, 1, 2
#: How much is made before it is looked through for what nobody holds any more.
COLLECT = (20_000, 20, 100)
OPTIONS: dict[str, str] = {
    "database": "sqlite:///FILE or postgresql://… (default: sqlite:///ticketing.db)",
    "host": "address to listen on (default: 127.0.0.1)",
    "port": "port to listen on, 0 for a free one (default: 8765)",
    "public_url": "how buyers reach the server, if not at that address",
    "lock_for": "how long a ticket stays locked while its buyer pays (default: 15m)",
    "max_open_orders": "open orders a buyer may have (default: 4)",
    "cool_down": "how long who lets a lock lapse must leave that ticket to others (default: 10m)",
    "max_declines": "declined cards after which an order fails (default: 3)",
    "trust_proxy": "1 behind a proxy of yours: X-Forwarded-For says who asks",
    "sandbox_database": "where the payment sandbox keeps its books",
    "tls_cert": "certificate file, for https",
    "tls_key": "key file of the certificate",
    "log_level": "debug, info, warning or error (default: info)",
}
EPILOG = """every option may also be set as TICKETING_…, such as TICKETING_LOCK_FOR=15m.
Secrets only there, or in a file named by TICKETING_…_FILE:
  TICKETING_STRIPE_KEY, TICKETING_STRIPE_WEBHOOK_SECRET

examples:
  ticketing-server run
  ticketing-server run --database sqlite:////var/lib/ticketing/shop.db --port 8765
  ticketing-server grant-admin you@example.org
  ticketing-server backup /backups/shop-monday.db
  ticketing-server sandbox --webhook http://127.0.0.1:8765/v1/stripe/webhook
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = _parser().parse_args(argv)
    os.umask(0o077)  # the database holds people's addresses, and so does a backup
    said = vars(arguments)  # `sandbox` has none of the shop's options
    given = {name: said[name] for name in OPTIONS if said.get(name)}
    if getattr(arguments, "insecure", False):
        given["insecure"] = "1"
    try:
        settings = load(given)
        _log_to_stderr(settings.log_level)
        run: Callable[[Settings, argparse.Namespace], int] = arguments.run
        return run(settings, arguments)
    except (WrongSetting, ValueError) as wrong:
        return _fail(str(wrong), USAGE)
    except InUse as busy:
        return _fail(f"{busy}; stop it first", FAILED)
    except Problem as problem:
        return _fail(problem.detail, FAILED)
    except DBAPIError as failure:  # how migrations wrap what a driver says
        hint = "; restore a backup" if failure.orig is not None and is_fatal(failure.orig) else ""
        return _fail(f"{failure.orig}{hint}", FAILED)
    except (OSError, TypeError, sqlite3.Error, psycopg.Error) as failure:
        return _fail(str(failure), FAILED)


def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if settings.sandbox:
        standalone.check_options(standalone.StandaloneOptions(), settings, os.environ)
    _migrate(settings, arguments, quiet=True)
    if not arguments.skip_check and _findings(settings):
        return _fail("the database breaks its own rules; run `ticketing-server check`", FAILED)
    loops = asyncio.Runner(loop_factory=_fast_loop())
    with loops:
        loops.run(_until_stopped(settings))
    return OK


async def _until_stopped(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(address: str) -> None:
        # What was loaded stays; looking through it again and again is time no sale has.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        print(f"listening on {address}", flush=True)  # noqa: T201  the promise of `run`

    await serve(settings, clock=SystemClock(), rng=system_rng(), ready=ready, stop=stop)


def _migrate(settings: Settings, arguments: argparse.Namespace, *, quiet: bool = False) -> int:
    path = sqlite_path(settings.database)
    if path is None:
        step = upgrade(settings.database)
    else:
        with held(path):
            connect(path).close()  # makes the file, in the journal mode it will always have
            step = upgrade(settings.database)
    if not quiet:
        print(f"at step {step}")  # noqa: T201  the command's answer
    return OK


def _findings(settings: Settings) -> int:
    """Check the file's own structure and the audit's rules before taking anyone's money."""
    path = sqlite_path(settings.database)
    if path is not None:
        raw = connect(path, read_only=True)
        verdict = raw.execute("PRAGMA quick_check(1)").fetchone()[0]
        raw.close()
        if verdict != "ok":
            msg = f"the database file is damaged ({verdict}); restore a backup"
            raise sqlite3.DatabaseError(msg)
    database = open_database(settings.database, fatal=lambda _: None)
    try:
        return len(database.read(audit))
    finally:
        database.close()


def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    findings = control_socket.run_command(settings, "check", "")["findings"]
    for finding in findings:
        print(f"{finding['id']}\t{finding['rule']}")  # noqa: T201  the command's answer
    print(f"{len(findings)} rules broken" if findings else "sound", file=sys.stderr)  # noqa: T201
    return FAILED if findings else OK


def _backup(settings: Settings, arguments: argparse.Namespace) -> int:
    done = control_socket.run_command(settings, "backup", str(Path(arguments.file).absolute()))
    print(json.dumps(done))  # noqa: T201  the command's answer
    return OK


def _restore(settings: Settings, arguments: argparse.Namespace) -> int:
    """Put a backup in the database's place; what stood there is kept beside it."""
    path, source = sqlite_path(settings.database), Path(arguments.file)
    if path is None:
        return _fail("restore PostgreSQL with pg_restore", USAGE)
    raw = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    verdict = raw.execute("PRAGMA integrity_check").fetchone()[0]
    ours = raw.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
    raw.close()
    if ours is None:  # an empty file is a database too, with nothing in it
        return _fail(f"{source} is not a backup of ours; nothing was changed", FAILED)
    if verdict != "ok":
        return _fail(f"{source} is damaged ({verdict}); nothing was changed", FAILED)
    with held(path):
        part = path.with_name(path.name + ".part")
        shutil.copyfile(source, part)
        part.chmod(0o600)
        for suffix in ("", "-wal", "-shm"):  # so that SQLite still finds the log of the old file
            old, kept = Path(f"{path}{suffix}"), Path(f"{path}.before-restore{suffix}")
            kept.unlink(missing_ok=True)
            if old.exists():
                old.rename(kept)
        part.rename(path)
    print(f"restored {path} from {source}; the old file is {path}.before-restore")  # noqa: T201
    return OK


def _grant_admin(settings: Settings, arguments: argparse.Namespace) -> int:
    done = control_socket.run_command(settings, "grant-admin", arguments.email)
    print(f"{done['email']} is an operator now ({done['id']})")  # noqa: T201  the command's answer
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ticketing-server",
        description="Run the marketplace, and look after its database.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = _command(commands, "run", _run, "run the server until it is told to stop")
    run.add_argument("--insecure", action="store_true", help="listen beyond loopback without TLS")
    run.add_argument("--skip-check", action="store_true", help="start without the audit")
    _command(commands, "migrate", _migrate, "bring the database to the newest step")
    _command(commands, "check", _check, "audit a database; exit 1 when a rule is broken")
    backup = _command(commands, "backup", _backup, "copy the database while it is in use")
    backup.add_argument("file", metavar="FILE", help="where to; must not exist")
    restore = _command(commands, "restore", _restore, "put a backup in the database's place")
    restore.add_argument("file", metavar="FILE", help="a backup made by `backup`")
    grant = _command(commands, "grant-admin", _grant_admin, "make an account an operator")
    grant.add_argument("email", metavar="EMAIL", help="the account's address")
    standalone.add_command(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[..., int],
    says: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=says, description=says.capitalize() + ".")
    for option, help_text in OPTIONS.items():
        parser.add_argument(f"--{option.replace('_', '-')}", dest=option, help=help_text)
    parser.set_defaults(run=run)
    return parser


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  not on every system
    except ImportError:
        return None
    return uvloop.new_event_loop


def _log_to_stderr(level: str) -> None:
    numbers = logging.getLevelNamesMapping()
    if level.upper() not in numbers:
        msg = f"log_level must be debug, info, warning or error, not {level!a}"
        raise WrongSetting(msg)
    # Whoever sends what is no HTTP is answered 400; a traceback for each would fill the disk.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    plain = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            plain if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numbers[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201  the command's answer
    return code


if __name__ == "__main__":
    sys.exit(main())
