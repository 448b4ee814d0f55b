"""Rows: read or change tables directly, past the services."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import text

from db.statement import Row, Statement
from tests.world import World


@cache
def statement(sql: str) -> Statement:
    """Return a statement, compiled once however often it is run."""
    return Statement(text(sql))


def rows(world: World, sql: str, **binds: Any) -> list[Row]:
    """Return the rows of a query; binds are written `:name`."""
    return world.bus.read_now(lambda tx: tx.all(statement(sql), **binds))


def one(world: World, sql: str, **binds: Any) -> Any:
    """Return the only value of a query."""
    ((value,),) = rows(world, sql, **binds)
    return value


def change(world: World, sql: str, **binds: Any) -> int:
    """Change rows without an event, as no service does; return how many."""
    return world.bus.write_now(lambda tx: tx.execute(statement(sql), **binds))
