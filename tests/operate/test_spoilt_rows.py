"""`check` against a database spoilt row by row: each loss and each change of state is named.

The database has every kind of row. Rows of every table are deleted and each of their columns is
changed, to another value that fits where there is one, without any constraint in the way. What is
not noticed must be listed here, with the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, Table

from db.audit import AuditFinding, audit
from db.dialect import Backend
from db.sqlite import error_kind
from db.statement import Connection
from db.types import METADATA
from tests import databases
from tests.operate.every_row import fill
from tests.world import World

#: Tables whose rows are no state of the marketplace.
NO_STATE = {
    "sessions": "a lost one is a sign-out",
    "attempts": "deleted by themselves",
    "replies": "deleted by themselves",
    "inbox": "deleted by themselves; Stripe has the events",
    "secrets": "a lost key is named when it is needed",
    "show_keys": "a show without its key gets a new one, and its entry codes are valid without",
    "card_setups": "pages that people open again",
}
TABLES = sorted(set(METADATA.tables) - set(NO_STATE))
#: Tables of which not every row is missed when it is lost, and why.
LOST_UNNOTICED = {
    "customers": "somebody without a card needs none",
    "jobs": "of those that are done nothing is left to do",
    "scans": "a refused one changed nothing",
}
#: Columns that nothing else can confirm, by the reason. Times (`…_at`) are only told.
SECRETS = "nobody can tell a password, a link or an id of the seller's from another one"
PROVIDER = "only the payment provider knows; `ticketing admin reconcile` compares"
TOLD = "only told to people"
RECORD = "a record of what was tried; what it changed is noticed"
OVER = "of an order that is over, in which the ticket is somebody else's"
UNNOTICED: Mapping[str, Mapping[str, str]] = {
    "accounts": {"password_hash": SECRETS},
    "admissions": {"by": TOLD, "override": TOLD},
    "attention": {"detail": TOLD, "closed_by": TOLD, "other_id": TOLD},
    "cards": dict.fromkeys(("method_id", "fingerprint", "exp_month", "exp_year"), PROVIDER),
    "customers": dict.fromkeys(("user_id", "stripe_id"), PROVIDER),
    "declines": dict.fromkeys(("charge_id", "code"), PROVIDER),
    "disputes": dict.fromkeys(("reason", "status", "due_by"), PROVIDER),
    "entry_codes": {"id": TOLD, "note": TOLD},
    "events": dict.fromkeys(("txid", "id", "order_id", "actor"), TOLD),
    "jobs": dict.fromkeys(
        ("id", "kind", "subject", "order_id", "state", "attempts", "wanted", "leased_until",
         "last_error"), RECORD,
    ),
    "orders": {"pay_code": SECRETS, **dict.fromkeys(("seller_id", "section", "row", "seat"), OVER)},
    "organisers": {"suspend_reason": TOLD},
    "payments": dict.fromkeys(
        ("parameters", "session_id", "intent_id", "page_url", "live", "declined", "charge_id",
         "card"), PROVIDER,
    ),
    "payout_accounts": {"version": TOLD},
    "payouts": {"account": PROVIDER},
    "refunds": {"stripe_id": PROVIDER},
    "reports": dict.fromkeys(("id", "details", "resolved_by"), TOLD),
    "scans": dict.fromkeys(
        ("id", "show_id", "digest", "verdict", "reason", "other_id", "let_in", "by", "gate",
         "ticket_id", "admission_id", "direction", "overrode", "override"), RECORD,
    ),
    "shows": {"offset_minutes": TOLD, "before": TOLD},
    "tickets": {
        "external_id": SECRETS, "barcode": SECRETS, "barcode_digest": SECRETS, "withdraw_note": TOLD
    },
    "transfers": {"to_email": TOLD, "to_key": SECRETS, "claim_digest": SECRETS},
}  # fmt: skip
STATE = ("status", "state", "kind", "type", "outcome", "verdict", "reason", "is_current")


@pytest.fixture(scope="module")
def raw(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[sqlite3.Connection]:
    """Give a connection to a database with every kind of row, and without constraints."""
    folder = tmp_path_factory.mktemp("spoilt")
    world = World(databases.sqlite_url(folder, sqlite_template))
    fill(world)
    assert world.sound()
    world.close()
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as opened:
        opened.executescript("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        for kind, name in opened.execute(
            "SELECT type, name FROM sqlite_schema WHERE type = 'trigger' OR name LIKE 'ux_%'"
        ).fetchall():
            opened.execute(f"DROP {kind} {name}")
        yield opened


def findings(raw: sqlite3.Connection) -> list[AuditFinding]:
    return audit(Connection(Backend.SQLITE, raw.cursor(), error_kind))


@contextmanager
def undone(raw: sqlite3.Connection) -> Iterator[None]:
    """Undo what happens inside."""
    raw.execute("SAVEPOINT spoil")
    try:
        yield
    finally:
        raw.execute("ROLLBACK TO spoil")
        raw.execute("RELEASE spoil")


def samples(raw: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Yield a row for each combination of states that the table has."""
    states = [f'"{name}"' for name in STATE if name in table.c]
    names = [column.name for column in table.c]
    columns = ", ".join(f'"{name}"' for name in names)
    grouped = f"GROUP BY {', '.join(states)}" if states else "LIMIT 3"
    for values in raw.execute(
        f"SELECT {columns} FROM {table.name} {grouped}"  # noqa: S608  names of the schema
    ).fetchall():
        yield dict(zip(names, values, strict=True))


def spoil(
    raw: sqlite3.Connection, table: str, row: dict[str, Any], change: tuple[str, object] | None
) -> None:
    """Change a column of a row; delete the row without a change."""
    keys = [column.name for column in METADATA.tables[table].primary_key]
    where = " AND ".join(f'"{key}" = ?' for key in keys)
    verb = f"DELETE FROM {table}" if change is None else f'UPDATE {table} SET "{change[0]}" = ?'  # noqa: S608
    values = () if change is None else (change[1],)
    raw.execute(f"{verb} WHERE {where}", (*values, *(row[key] for key in keys)))


def named(found: list[AuditFinding], row: dict[str, Any]) -> bool:
    """Tell whether a finding names the row: by its id or by what it belongs to."""
    ids = {value for value in row.values() if isinstance(value, str) and "_" in value}
    return any(finding.id in ids or finding.id.startswith(("evt_", "cod_")) for finding in found)


def other_value(raw: sqlite3.Connection, column: Column[Any], value: object) -> object:
    """Return another value of a column: one that exists where it can."""
    if isinstance(column.type, Integer):
        number = value if isinstance(value, int) else 0
        return 1 - number if number in (0, 1) else number + 1_000_000
    if column.primary_key and not column.foreign_keys:
        return f"{value}x"
    source = next((key.column for key in column.foreign_keys), column)
    found = raw.execute(
        f'SELECT "{source.name}" FROM {source.table.name} '  # noqa: S608  names of the schema
        f'WHERE "{source.name}" <> ? ORDER BY 1 DESC LIMIT 1',
        (value or "",),
    ).fetchone()
    return found[0] if found is not None else "x_1"


def test_the_database_has_rows_of_every_table(raw: sqlite3.Connection) -> None:
    empty = [
        table for table in TABLES
        if raw.execute(f"SELECT 1 FROM {table}").fetchone() is None  # noqa: S608
    ]  # fmt: skip
    assert empty == []
    assert findings(raw) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_lost_row_is_named(raw: sqlite3.Connection, table: str) -> None:
    missed = []
    for row in samples(raw, METADATA.tables[table]):
        with undone(raw):
            spoil(raw, table, row, None)
            if not named(findings(raw), row):
                missed.append(row)
    assert bool(missed) == (table in LOST_UNNOTICED), missed


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_column_is_named(raw: sqlite3.Connection, table: str) -> None:
    missed: dict[str, object] = {}
    for row in samples(raw, METADATA.tables[table]):
        for column in METADATA.tables[table].c:
            with undone(raw):
                spoilt = other_value(raw, column, row[column.name])
                try:
                    spoil(raw, table, row, (column.name, spoilt))
                except sqlite3.IntegrityError:  # a value that must be unique
                    spoilt = f"{row[column.name]}x"
                    spoil(raw, table, row, (column.name, spoilt))
                if not named(findings(raw), {**row, "spoilt": spoilt}):
                    missed.setdefault(column.name, (row[column.name], spoilt, row))
    known = UNNOTICED.get(table, {})
    unknown = {k: v for k, v in missed.items() if k not in known and not k.endswith("at")}
    assert not unknown, unknown
    assert known.keys() <= missed.keys(), "these are noticed by now"
