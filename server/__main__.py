"""`ticketing-server`: run the server and maintain its database."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO, cast

import structlog

from db import migrations
from db.audit import audit
from db.engine import open_database, sqlite_path
from db.file import identity, locked_file
from db.sqlite import connect, copy_database
from server import control_socket, failures, signals, streams
from server.app import serve
from server.clock import SystemClock, system_rng
from server.failures import CannotRestore
from server.sandbox import standalone
from server.settings import Settings, WrongSetting, load

OK, FAILED, USAGE = 0, 1, 2
#: Thresholds of the garbage collector: it runs after this many allocations instead of 700.
GC_THRESHOLDS = (20_000, 20, 100)
OPTIONS: dict[str, str] = {
    "database": "sqlite:///FILE or postgresql://… (default: sqlite:///ticketing.db)",
    "host": "address to listen on (default: 127.0.0.1)",
    "port": "port to listen on, 0 for a free one (default: 8765)",
    "public_url": "URL under which buyers reach the server, if it is not that address",
    "lock_for": "how long a ticket stays locked while its buyer pays (default: 15m)",
    "doors_before": "how long before the start of a show its gate opens (default: 1d)",
    "entry_after": "how long after the start its gate still admits people (default: 7d)",
    "max_open_orders": "open orders a buyer may have at once (default: 4)",
    "cool_down": "wait before a buyer may lock a ticket again after a lock expired (default: 10m)",
    "max_declines": "declined payments after which an order fails (default: 3)",
    "trust_proxy": "how many of your own proxies a request passes: take the client's address from "
    "X-Forwarded-For (default: 0)",
    "rate_limits": "percent of the rate limits in docs/api.md; 0 allows everything (default: 100)",
    "sandbox_database": "file in which the payment sandbox keeps its data",
    "tls_cert": "certificate file, for HTTPS",
    "tls_key": "private key file of the certificate",
    "log_level": "debug, info, warning or error (default: info)",
}
EPILOG = """Every option can also be set as TICKETING_…, e.g. TICKETING_LOCK_FOR=15m.
These can only be set there:
  TICKETING_FEE_BASIS_POINTS   share of each price, in hundredths of a percent (default: 0)
  TICKETING_PAYOUT_AFTER       wait after the start of a show before its sellers are paid (7d)
  TICKETING_REPORT_FOR         how long after the start of a show buyers can report its tickets (2d)
  TICKETING_REFUND_FOR         how long buyers can return tickets of a postponed show (14d)
  TICKETING_PAYMENT_POLL       how often Stripe is asked without a webhook (3s)
  TICKETING_RECONCILE_EVERY    how often payments are compared with Stripe's (5m)
  TICKETING_STRIPE_BASE        another server in place of Stripe, for tests
Secrets can only be set there, or in a file named by TICKETING_…_FILE:
  TICKETING_STRIPE_KEY, TICKETING_STRIPE_WEBHOOK_SECRET, TICKETING_SECRET_KEY
  TICKETING_SECRET_KEY encrypts barcodes: 32 or more random characters, in place of a key that is
  kept in the database. To change it, put the new one before the old one with a comma between.

examples:
  ticketing-server run
  ticketing-server run --database sqlite:////var/lib/ticketing/shop.db --port 8765
  ticketing-server grant-admin you@example.org
  ticketing-server backup /backups/shop-monday.db
  ticketing-server sandbox --webhook http://127.0.0.1:8765/v1/stripe/webhook
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    streams.open_closed_streams()
    arguments = _parser().parse_args(argv)
    os.umask(0o077)  # the database and its backups contain people's email addresses
    options = vars(arguments)  # `sandbox` has none of the server's options
    given = {name: options[name] for name in OPTIONS if options.get(name)}
    if getattr(arguments, "insecure", False):
        given["insecure"] = "1"
    try:
        settings = load(given)
        _log_to_stderr(settings.log_level)
    except (WrongSetting, ValueError) as wrong:
        return _fail(str(wrong), USAGE)
    except OSError as failure:  # a file that holds a secret
        return _fail(failure.strerror or str(failure), FAILED)
    status = _run_command(arguments.run, settings, arguments)
    unwritten = streams.printed()
    if unwritten and status == OK:
        status = _fail(unwritten, FAILED)
    streams.drop_log()
    return status


def _run_command(
    run: Callable[[Settings, argparse.Namespace], int],
    settings: Settings,
    arguments: argparse.Namespace,
) -> int:
    """Run a command; report what the operator can fix without a traceback."""
    try:
        return run(settings, arguments)
    except (WrongSetting, ValueError) as wrong:
        return _fail(str(wrong), USAGE)
    except failures.kinds(settings) as failure:
        return _fail(failures.sentence(failure, settings), FAILED)


def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    if settings.sandbox:
        standalone.check_options(standalone.StandaloneOptions(), settings, os.environ)
    _migrate(settings, arguments, quiet=True)
    if not arguments.skip_check and _findings(settings):
        return _fail("the database violates its invariants; run `ticketing-server check`", FAILED)
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(_until_stopped(settings, with_stdin=arguments.stop_with_stdin))
    return OK


async def _until_stopped(settings: Settings, *, with_stdin: bool) -> None:
    stop, reload = asyncio.Event(), asyncio.Event()
    signals.listen(stop=stop, reload=reload)
    if with_stdin:
        signals.stop_at_end_of(sys.stdin.fileno(), stop)

    def ready(address: str) -> None:
        # Loaded code stays for good: without `freeze` each collection would scan it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        print(f"listening on {address}")  # noqa: T201  scripts wait for this line
        if unwritten := streams.printed():
            structlog.get_logger().warning(unwritten, address=address)

    clock, rng = SystemClock(), system_rng()
    await serve(settings, clock=clock, rng=rng, ready=ready, stop=stop, reload=reload)


def _migrate(settings: Settings, arguments: argparse.Namespace, *, quiet: bool = False) -> int:
    path = sqlite_path(settings.database)
    if path is None:
        _upgrade(settings)
    else:
        with locked_file(path):
            raw = connect(path)  # creates the file, in the journal mode it will always have
            current = migrations.revision_of(raw)
            raw.close()
            migrations.refuse_newer(current, place=str(path))
            if current != migrations.newest():
                _upgrade(settings)
    if not quiet:
        print(f"the database is at revision {migrations.newest()}")  # noqa: T201  the result
    return OK


def _upgrade(settings: Settings) -> None:
    """Apply the migrations. Alembic is loaded only here: it takes 9 MB for as long as we run."""
    from db.migrations.runner import upgrade  # noqa: PLC0415

    upgrade(settings.database)


def _findings(settings: Settings) -> int:
    """Check the file's structure and the audit's rules; return how many findings there are."""
    path = sqlite_path(settings.database)
    if path is not None:
        raw = connect(path, read_only=True)
        result = raw.execute("PRAGMA quick_check(1)").fetchone()[0]
        raw.close()
        if result != "ok":
            msg = f"the database file is damaged ({result}); restore a backup"
            raise sqlite3.DatabaseError(msg)
    database = open_database(settings.database, on_fatal_error=lambda _: None)
    try:
        return len(database.read(audit))
    finally:
        database.close()


def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    findings = control_socket.run_command(settings, "check", "")["findings"]
    for finding in findings:
        print(f"{finding['id']}\t{finding['rule']}")  # noqa: T201  the result
    summary = f"{len(findings)} problems found" if findings else "no problems found"
    print(summary, file=sys.stderr)  # noqa: T201  the result
    return FAILED if findings else OK


def _backup(settings: Settings, arguments: argparse.Namespace) -> int:
    done = control_socket.run_command(settings, "backup", str(Path(arguments.file).absolute()))
    print(json.dumps(done))  # noqa: T201  the result
    return OK


def _restore(settings: Settings, arguments: argparse.Namespace) -> int:
    """Replace the database with a backup; keep the old file beside it."""
    path, source = sqlite_path(settings.database), Path(arguments.file)
    if path is None:
        return _fail("use pg_restore to restore a PostgreSQL database", USAGE)
    _refuse_source(source, path)
    existed = path.exists()
    with locked_file(path):
        if path.stat().st_nlink > 1:
            raise CannotRestore(
                f"{path} has other names (hard links), which would keep the old data; delete them "
                "first; nothing was changed"
            )
        restored = path.with_name(f"{path.name}.restored")
        restored.unlink(missing_ok=True)
        copy_database(source, restored)
        for suffix in ("", "-wal", "-shm"):  # SQLite must still find the log of the old file
            old, kept = Path(f"{path}{suffix}"), Path(f"{path}.before-restore{suffix}")
            kept.unlink(missing_ok=True)
            if existed and old.exists():
                old.rename(kept)
        restored.rename(path)
    kept_at = f"; the old file is {path}.before-restore" if existed else ""
    print(f"restored {path} from {source}{kept_at}")  # noqa: T201  the result
    return OK


def _refuse_source(source: Path, database: Path) -> None:
    """Raise CannotRestore or WrongRevision when a file is not a backup to restore from."""
    if source.exists() and identity(source) == identity(database):
        raise CannotRestore(f"{source} is the database itself; nothing was changed")
    try:
        with contextlib.closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        ) as raw:
            result = raw.execute("PRAGMA integrity_check").fetchone()[0]
            revision = migrations.revision_of(raw)
    except sqlite3.Error as error:
        raise CannotRestore(f"{source}: {error}; nothing was changed") from error
    if result != "ok":
        raise CannotRestore(f"{source} is damaged ({result}); nothing was changed")
    migrations.refuse_newer(revision, place=str(source))
    if not revision:  # to SQLite an empty file is a valid database
        raise CannotRestore(f"{source} is not a backup of this program; nothing was changed")


def _grant_admin(settings: Settings, arguments: argparse.Namespace) -> int:
    done = control_socket.run_command(settings, "grant-admin", arguments.email)
    print(f"{done['email']} is now an operator ({done['id']})")  # noqa: T201  the result
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ticketing-server",
        description="Run the marketplace server and maintain its database.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = _command(commands, "run", _run, "run the server until it receives SIGINT or SIGTERM")
    run.add_argument(
        "--insecure", action="store_true", help="allow other hosts to connect without TLS"
    )
    run.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="stop when stdin ends, as a pipe does with the program that started the server",
    )
    run.add_argument(
        "--skip-check", action="store_true", help="skip the check of the database at start"
    )
    _command(commands, "migrate", _migrate, "upgrade the database to the newest revision")
    _command(
        commands, "check", _check, "check the database's invariants; exit 1 if one is violated"
    )
    backup = _command(commands, "backup", _backup, "copy the database, also while it is in use")
    backup.add_argument("file", metavar="FILE", help="the copy to create; must not exist yet")
    restore = _command(commands, "restore", _restore, "replace the database with a backup")
    restore.add_argument("file", metavar="FILE", help="a file made by `backup`")
    grant = _command(commands, "grant-admin", _grant_admin, "make an account an operator")
    grant.add_argument("email", metavar="EMAIL", help="the account's email address")
    standalone.add_command(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[..., int],
    summary: str,
) -> argparse.ArgumentParser:
    description = f"{summary[:1].upper()}{summary[1:]}."
    parser = commands.add_parser(name, help=summary, description=description)
    for option, help_text in OPTIONS.items():
        parser.add_argument(f"--{option.replace('_', '-')}", dest=option, help=help_text)
    parser.set_defaults(run=run)
    return parser


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  not available on every system
    except ImportError:
        return None
    return uvloop.new_event_loop


def _log_to_stderr(level: str) -> None:
    numbers = logging.getLevelNamesMapping()
    if level.upper() not in numbers:
        msg = f"log_level must be debug, info, warning or error, not {level!a}"
        raise WrongSetting(msg)
    # Malformed HTTP is answered with 400; a traceback for each request would fill the disk.
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
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", streams.Log())),
    )


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=streams.Log())
    return code


if __name__ == "__main__":
    sys.exit(main())
