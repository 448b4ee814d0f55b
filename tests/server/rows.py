"""Rows: read or change tables directly, past the services."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from db.statement import Row, Statement
from tests.world import World


def rows(world: World, sql: str, **binds: Any) -> list[Row]:
    """Return the rows of a query; binds are written `:name`."""
    statement = Statement(text(sql))
    return world.bus.read_now(lambda tx: tx.all(statement, **binds))


def one(world: World, sql: str, **binds: Any) -> Any:
    """Return the only value of a query."""
    ((value,),) = rows(world, sql, **binds)
    return value


def change(world: World, sql: str, **binds: Any) -> int:
    """Change rows without an event, as no service does; return how many."""
    statement = Statement(text(sql))
    return world.bus.write_now(lambda tx: tx.execute(statement, **binds))
