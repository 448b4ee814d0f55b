"""Listings: find what is on sale. Statements are built once for each set of filters in use."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, func, or_, select

from contract.money import Money
from contract.shows import PriceRange, ShowOnSale, ShowsQuery
from contract.tickets import Ticket, TicketSort, TicketsQuery, TicketStatus
from contract.wire import Page
from db.schema.shows import shows as show_table
from db.schema.tickets import tickets
from db.statement import Statement
from db.types import to_us
from server import cursor
from server.shows import service as shows
from server.shows import words
from server.tickets import service
from server.tx import Tx

Keys = tuple[tuple[Column[Any], bool], ...]

#: For each sort its columns, and whether they run down.
_SORTS: dict[TicketSort, Keys] = {
    TicketSort.STARTS_AT: ((tickets.c.starts_at, False), (tickets.c.id, False)),
    TicketSort.PRICE: (
        (tickets.c.price_currency, False), (tickets.c.price_amount, False), (tickets.c.id, False),
    ),
    TicketSort.NEWEST: ((tickets.c.id, True),),
}  # fmt: skip
#: Where a row of `service.SELECT` has the columns that lists are sorted by.
_AT = {"id": 0, "price_amount": 6, "price_currency": 7, "starts_at": 14}
_FILTERS = {
    "show_id": tickets.c.show_id == bindparam("show_is"),
    "name": show_table.c.name_words.like(bindparam("name"), escape="\\"),
    "city": show_table.c.city_words.like(bindparam("city_like"), escape="\\"),
    "category": show_table.c.category == bindparam("category_is"),
    "from": tickets.c.starts_at >= bindparam("from_us"),
    "to": tickets.c.starts_at <= bindparam("to_us"),
    "currency": tickets.c.price_currency == bindparam("currency_is"),
    "max_price": tickets.c.price_amount <= bindparam("max_amount"),
    "mine": tickets.c.seller_id == bindparam("seller_is"),
    "on_sale": and_(
        tickets.c.status == TicketStatus.AVAILABLE, tickets.c.starts_at > bindparam("now")
    ),
    "status": tickets.c.status == bindparam("status_is"),
}
_SHOW_FILTERS = {
    "city": show_table.c.city_words.like(bindparam("city_like"), escape="\\"),
    "category": show_table.c.category == bindparam("category_is"),
    "from": show_table.c.starts_at >= bindparam("from_us"),
    "to": show_table.c.starts_at <= bindparam("to_us"),
}
_ON_SALE = Statement(
    select(
        tickets.c.show_id, tickets.c.price_currency, func.count(),
        func.min(tickets.c.price_amount), func.max(tickets.c.price_amount),
    )
    .where(
        tickets.c.status == TicketStatus.AVAILABLE,
        tickets.c.show_id == bindparam("show_is"),
    )
    .group_by(tickets.c.show_id, tickets.c.price_currency)
    .order_by(tickets.c.price_currency)
)  # fmt: skip


@cache
def _statement(
    base: str, filters: frozenset[str], words_wanted: int, sort: str, *, after: bool
) -> Statement:
    """Build the statement for a set of filters; there are few sets, and each is compiled once."""
    query: Select[*tuple[Any, ...]] = {
        "tickets": service.SELECT,
        "count": select(func.count())
        .select_from(tickets)
        .join(show_table, show_table.c.id == tickets.c.show_id),
        "shows": select(*shows.COLUMNS),
        "count_shows": select(func.count()).select_from(show_table),
    }[base]
    known = _SHOW_FILTERS if "shows" in base else _FILTERS
    for name in sorted(filters):
        query = query.where(known[name])
    for n in range(words_wanted):
        query = query.where(show_table.c.words.like(bindparam(f"word_{n}"), escape="\\"))
    if base.startswith("count"):
        return Statement(query)
    keys = (
        ((show_table.c.starts_at, False), (show_table.c.id, False))
        if base == "shows"
        else _SORTS[TicketSort(sort)]
    )
    if after:
        query = query.where(_follows(keys))
    query = query.order_by(*(c.desc() if down else c.asc() for c, down in keys))
    return Statement(query.limit(bindparam("most")))


def _follows(keys: Keys) -> ColumnElement[bool]:
    """Say that a row stands after the cursor: by the first key in which they differ."""
    clauses = []
    for n, (column, down) in enumerate(keys):
        equal = [earlier == bindparam(f"after_{m}") for m, (earlier, _) in enumerate(keys[:n])]
        beyond = column < bindparam(f"after_{n}") if down else column > bindparam(f"after_{n}")
        clauses.append(and_(*equal, beyond))
    return or_(*clauses)


def find(tx: Tx, *, query: TicketsQuery, user_id: str) -> Page[Ticket]:
    """List tickets, those on sale unless the query asks for another status or for one's own."""
    filters, binds = _common(query)
    if query.show_id is not None:
        filters.add("show_id")
        binds["show_is"] = query.show_id
    if query.show:
        filters.add("name")
        binds["name"] = words.pattern(query.show)
    if query.currency is not None:
        filters.add("currency")
        binds["currency_is"] = query.currency
    if query.max_price is not None:
        filters.add("max_price")
        binds["max_amount"] = query.max_price
    if query.mine:
        filters.add("mine")
        binds["seller_is"] = user_id
    if query.status is not None and query.status is not TicketStatus.AVAILABLE:
        filters.add("status")
        binds["status_is"] = query.status.value
    elif query.status is not None or not query.mine:
        filters.add("on_sale")
        binds["now"] = tx.now_us
    wanted = _words(query.q, binds)
    keys = _SORTS[query.sort]
    _after(binds, query.cursor, tuple(column.name for column, _ in keys))
    statement = _statement(
        "tickets", frozenset(filters), wanted, query.sort.value, after=query.cursor is not None
    )
    rows = tx.all(statement, most=query.limit + 1, **binds)
    shown = rows[: query.limit]
    total = None
    if query.count and query.cursor is None:
        counted = tx.first(
            _statement("count", frozenset(filters), wanted, "", after=False), **binds
        )
        total = counted[0] if counted is not None else 0
    more = None
    if len(rows) > query.limit:
        more = cursor.write(*(shown[-1][_AT[column.name]] for column, _ in keys))
    return Page(items=tuple(map(service.told, shown)), next=more, total=total)


def find_shows(tx: Tx, *, query: ShowsQuery) -> Page[ShowOnSale]:
    """List coming shows, the next first, each with what of it is on sale."""
    filters, binds = _common(query)
    if "from" not in filters:
        filters.add("from")
        binds["from_us"] = tx.now_us
    wanted = _words(query.q, binds)
    _after(binds, query.cursor, ("starts_at", "id"))
    statement = _statement("shows", frozenset(filters), wanted, "", after=query.cursor is not None)
    rows = tx.all(statement, most=query.limit + 1, **binds)
    shown = rows[: query.limit]
    total = None
    if query.count and query.cursor is None:
        counted = tx.first(
            _statement("count_shows", frozenset(filters), wanted, "", after=False), **binds
        )
        total = counted[0] if counted is not None else 0
    more = cursor.write(shown[-1][6], shown[-1][0]) if len(rows) > query.limit else None
    return Page(items=tuple(_on_sale(tx, row) for row in shown), next=more, total=total)


def _on_sale(tx: Tx, row: tuple[object, ...]) -> ShowOnSale:
    show = shows.told(row)
    prices = tx.all(_ON_SALE, show_is=show.id)
    return ShowOnSale(
        show=show,
        on_sale=sum(price[2] for price in prices),
        prices=tuple(
            PriceRange(
                lowest=Money(amount=price[3], currency=price[1]),
                highest=Money(amount=price[4], currency=price[1]),
            )
            for price in prices
        ),
    )


def _common(query: TicketsQuery | ShowsQuery) -> tuple[set[str], dict[str, int | str]]:
    filters: set[str] = set()
    binds: dict[str, int | str] = {}
    if query.city:
        filters.add("city")
        binds["city_like"] = words.pattern(query.city)
    if query.category is not None:
        filters.add("category")
        binds["category_is"] = query.category.value
    if query.starts_from is not None:
        filters.add("from")
        binds["from_us"] = to_us(query.starts_from)
    if query.starts_to is not None:
        filters.add("to")
        binds["to_us"] = to_us(query.starts_to)
    return filters, binds


def _words(query: str, binds: dict[str, int | str]) -> int:
    wanted = words.patterns(query)
    binds |= {f"word_{n}": word for n, word in enumerate(wanted)}
    return len(wanted)


def _after(binds: dict[str, int | str], given: str | None, names: tuple[str, ...]) -> None:
    if given is None:
        return
    kinds = [int if name in ("starts_at", "price_amount") else str for name in names]
    for n, value in enumerate(cursor.read(given, *kinds)):
        binds[f"after_{n}"] = value
