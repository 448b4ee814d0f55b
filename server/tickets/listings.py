"""Listings: search for tickets, and for shows with their tickets on sale.

A statement is built once for each combination of filters in use; there are few.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, func, select

from contract.base import Page
from contract.money import Money
from contract.shows import PriceRange, ShowOnSale, ShowsQuery
from contract.tickets import Ticket, TicketSort, TicketsQuery, TicketStatus
from db.schema.shows import shows as show_table
from db.schema.tickets import tickets
from db.statement import Row, Statement
from server import cursor, paging
from server.shows import service as shows
from server.shows.statements import COLUMNS as SHOW_COLUMNS
from server.tickets import filters, service
from server.tickets import statements as sql
from server.tickets.filters import SortKeys
from server.tx import Tx

SORTS: dict[TicketSort, SortKeys] = {
    TicketSort.STARTS_AT: ((tickets.c.starts_at, False), (tickets.c.id, False)),
    TicketSort.PRICE: (
        (tickets.c.price_currency, False), (tickets.c.price_amount, False), (tickets.c.id, False),
    ),
    TicketSort.NEWEST: ((tickets.c.id, True),),
}  # fmt: skip
#: The positions of the ticket's columns in a row of `sql.SELECT`, for the cursor of a sorted list.
POSITIONS = {column.name: position for position, column in enumerate(sql.OWN_COLUMNS)}
SHOW_KEYS: SortKeys = ((show_table.c.starts_at, False), (show_table.c.id, False))
_TICKET_START_FILTERS = {
    name: make(tickets.c.starts_at) for name, make in filters.START_FILTERS.items()
}
_SHOW_START_FILTERS = {
    name: make(show_table.c.starts_at) for name, make in filters.START_FILTERS.items()
}
TICKET_FILTERS = filters.TICKET_FILTERS | _TICKET_START_FILTERS
SHOW_FILTERS = {
    name: filters.SHOW_FILTERS[name] for name in ("city", "category", "day_from", "day_to")
} | _SHOW_START_FILTERS


class FilterSet(NamedTuple):
    """A combination of filters on tickets; `words` is how many words the show must contain."""

    ticket_filters: tuple[str, ...]
    show_filters: tuple[str, ...]
    words: int
    mine: bool
    on_sale: bool

    def clauses(self) -> list[ColumnElement[bool]]:
        """Return the conditions on a ticket."""
        clauses = [TICKET_FILTERS[name].clause for name in self.ticket_filters]
        on_show = [filters.SHOW_FILTERS[name].clause for name in self.show_filters]
        clauses += filters.at_shows(on_show + filters.has_words(self.words))
        if self.mine:
            clauses.append(filters.MINE)
        if self.on_sale:
            clauses += [filters.ON_SALE, filters.UPCOMING]
        return clauses


@cache
def _page(used: FilterSet, sort: TicketSort, *, after: bool) -> Statement:
    query = sql.SELECT.where(*used.clauses())
    return Statement(filters.one_page(query, SORTS[sort], after=after))


@cache
def _count(used: FilterSet) -> Statement:
    return Statement(select(func.count()).select_from(tickets).where(*used.clauses()))


def list_tickets(tx: Tx, *, query: TicketsQuery, user_id: str) -> Page[Ticket]:
    """List tickets: those on sale, unless the query is for another status or for own tickets."""
    show_id = shows.current_id(tx, show_id=query.show_id)
    query = msgspec.structs.replace(query, show_id=show_id)
    ticket_filters, binds = filters.filters_in(query, TICKET_FILTERS)
    show_filters, show_binds = filters.filters_in(query, filters.SHOW_FILTERS)
    words, word_binds = filters.search_words(query.q)
    on_sale = query.status is TicketStatus.AVAILABLE or (query.status is None and not query.mine)
    used = FilterSet(ticket_filters, show_filters, words, query.mine, on_sale)
    keys = SORTS[query.sort]
    binds |= show_binds | word_binds | {"now": tx.now_us, "mine": user_id}
    after = filters.cursor_binds(query.cursor, keys)
    statement = _page(used, query.sort, after=query.cursor is not None)
    rows, following = paging.page(
        lambda limit: tx.all(statement, **binds, **after, limit=limit),
        query.limit,
        lambda row: cursor.write(*(row[POSITIONS[column.name]] for column, _ in keys)),
    )
    total = None
    if query.count and query.cursor is None:
        (total,) = tx.first(_count(used), **binds) or (0,)
    return Page(items=tuple(map(service.from_row, rows)), next=following, total=total)


def _show_clauses(names: tuple[str, ...], words: int) -> list[ColumnElement[bool]]:
    """Return the conditions on a show; cancelled and merged ones are left out."""
    clauses = [SHOW_FILTERS[name].clause for name in names] + filters.has_words(words)
    there = (show_table.c.cancelled_at.is_(None), show_table.c.merged_into.is_(None))
    return [*there, *clauses]


def _shows_page(names: tuple[str, ...], words: int, *, after: bool) -> Select[*tuple[Any, ...]]:
    clauses = _show_clauses(names, words)
    return filters.one_page(select(*SHOW_COLUMNS).where(*clauses), SHOW_KEYS, after=after)


@cache
def _shows(names: tuple[str, ...], words: int, *, after: bool) -> Statement:
    return Statement(_shows_page(names, words, after=after))


@cache
def _prices(names: tuple[str, ...], words: int, *, after: bool) -> Statement:
    """Summarise what is on sale for a whole page of shows at once."""
    page = _shows_page(names, words, after=after).with_only_columns(show_table.c.id)
    return Statement(
        select(
            tickets.c.show_id, tickets.c.price_currency, func.count(),
            func.min(tickets.c.price_amount), func.max(tickets.c.price_amount),
        )
        .where(filters.ON_SALE, tickets.c.show_id.in_(page))
        .group_by(tickets.c.show_id, tickets.c.price_currency)
        .order_by(tickets.c.show_id, tickets.c.price_currency)
    )  # fmt: skip


@cache
def _count_shows(names: tuple[str, ...], words: int) -> Statement:
    clauses = _show_clauses(names, words)
    return Statement(select(func.count()).select_from(show_table).where(*clauses))


def list_shows(tx: Tx, *, query: ShowsQuery) -> Page[ShowOnSale]:
    """List upcoming shows, the next one first, each with what is on sale."""
    names, binds = filters.filters_in(query, SHOW_FILTERS)
    if not {"starts_from", "day_from"} & set(names):
        names, binds = (*names, "starts_from"), binds | {"starts_from": tx.now_us}
    words, word_binds = filters.search_words(query.q)
    after = query.cursor is not None
    binds |= word_binds
    place = filters.cursor_binds(query.cursor, SHOW_KEYS)
    rows, following = paging.page(
        lambda limit: tx.all(_shows(names, words, after=after), **binds, **place, limit=limit),
        query.limit,
        lambda row: cursor.write(row[6], row[0]),
    )
    prices: defaultdict[str, list[Row]] = defaultdict(list)
    price_statement = _prices(names, words, after=after)
    for row in tx.all(price_statement, **binds, **place, limit=query.limit):
        prices[row[0]].append(row)
    total = None
    if query.count and not after:
        (total,) = tx.first(_count_shows(names, words), **binds) or (0,)
    items = tuple(_on_sale(row, prices[row[0]]) for row in rows)
    return Page(items=items, next=following, total=total)


def _on_sale(row: Row, prices: list[Row]) -> ShowOnSale:
    return ShowOnSale(
        show=shows.from_row(row),
        on_sale=sum(price[2] for price in prices),
        prices=tuple(
            PriceRange(
                lowest=Money(amount=lowest, currency=currency),
                highest=Money(amount=highest, currency=currency),
            )
            for _, currency, _, lowest, highest in prices
        ),
    )
