"""Filters: what a query may ask of tickets and shows, and the statements that answer.

A statement is built once for each set of filters in use; there are few sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, or_, select

from contract.shows import ShowsQuery
from contract.tickets import TicketsQuery, TicketStatus
from db.schema.shows import shows
from db.schema.tickets import tickets
from db.types import to_us
from server import cursor
from server.shows import words

#: The columns a list is sorted by, and whether they run down.
Keys = tuple[tuple[Column[Any], bool], ...]
Binds = dict[str, int | str]
STARTS_AT, PRICE_AMOUNT = "starts_at", "price_amount"


@dataclass(frozen=True)
class Filter:
    """A condition on one field of a query; `read` turns the field into what is bound."""

    clause: ColumnElement[bool]
    read: Callable[[Any], int | str] = str


def _like(column: Column[str], name: str) -> ColumnElement[bool]:
    return column.like(bindparam(name), escape="\\")


#: By the name of the query's field; what is bound is called by it too.
OF_SHOWS: dict[str, Filter] = {
    "show": Filter(_like(shows.c.name_words, "show"), words.pattern),
    "city": Filter(_like(shows.c.city_words, "city"), words.pattern),
    "category": Filter(shows.c.category == bindparam("category")),
}
STARTS: dict[str, Callable[[Column[int]], Filter]] = {
    "starts_from": lambda column: Filter(column >= bindparam("starts_from"), to_us),
    "starts_to": lambda column: Filter(column <= bindparam("starts_to"), to_us),
}
OF_TICKETS: dict[str, Filter] = {
    "show_id": Filter(tickets.c.show_id == bindparam("show_id")),
    "currency": Filter(tickets.c.price_currency == bindparam("currency")),
    "max_price": Filter(tickets.c.price_amount <= bindparam("max_price"), int),
    "status": Filter(tickets.c.status == bindparam("status")),
}
ON_SALE = and_(tickets.c.shelf == "on", tickets.c.status == TicketStatus.AVAILABLE)
COMING = tickets.c.starts_at > bindparam("now")
MINE = tickets.c.seller_id == bindparam("mine")


def given(
    query: TicketsQuery | ShowsQuery, known: dict[str, Filter]
) -> tuple[tuple[str, ...], Binds]:
    """Return which of the known filters a query uses, and what they bind."""
    values = {name: getattr(query, name, None) for name in known}
    used = {name: value for name, value in values.items() if value is not None and value != ""}
    return tuple(used), {name: known[name].read(value) for name, value in used.items()}


def searched(query: str) -> tuple[int, Binds]:
    """Return how many words a search has, and what they bind; all of them must be found."""
    patterns = words.patterns(query)
    return len(patterns), {f"word_{n}": pattern for n, pattern in enumerate(patterns)}


def found(wanted: int) -> list[ColumnElement[bool]]:
    """Say that a show has each of `wanted` words somewhere."""
    return [_like(shows.c.words, f"word_{n}") for n in range(wanted)]


def at_shows(clauses: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Say that a ticket is for one of the shows these clauses hold for.

    Few shows are asked before many tickets: a search without a hit took 72 ms at 100,000 tickets
    the other way round, and 0.2 ms this way.
    """
    if not clauses:
        return []
    return [tickets.c.show_id.in_(select(shows.c.id).where(*clauses))]


def paged(query: Select[*tuple[Any, ...]], keys: Keys, *, after: bool) -> Select[*tuple[Any, ...]]:
    """Sort by the keys and take one page, from a cursor on if there is one."""
    if after:
        query = query.where(_follows(keys))
    order = (column.desc() if down else column.asc() for column, down in keys)
    return query.order_by(*order).limit(bindparam("most"))


def place(given: str | None, keys: Keys) -> Binds:
    """Read a cursor as what `paged` binds. Raises Invalid."""
    if given is None:
        return {}
    kinds = [int if c.name in (STARTS_AT, PRICE_AMOUNT) else str for c, _ in keys]
    return {f"after_{n}": value for n, value in enumerate(cursor.read(given, *kinds))}


def _follows(keys: Keys) -> ColumnElement[bool]:
    """Say that a row stands after the cursor: by the first key in which they differ."""
    clauses = []
    for n, (column, down) in enumerate(keys):
        equal = [earlier == bindparam(f"after_{m}") for m, (earlier, _) in enumerate(keys[:n])]
        beyond = column < bindparam(f"after_{n}") if down else column > bindparam(f"after_{n}")
        clauses.append(and_(*equal, beyond))
    return or_(*clauses)
