"""Listings: find tickets, and shows with what of them is on sale."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

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
from server.tickets import filters, service
from server.tickets.filters import Keys
from server.tx import Tx

SORTS: dict[TicketSort, Keys] = {
    TicketSort.STARTS_AT: ((tickets.c.starts_at, False), (tickets.c.id, False)),
    TicketSort.PRICE: (
        (tickets.c.price_currency, False), (tickets.c.price_amount, False), (tickets.c.id, False),
    ),
    TicketSort.NEWEST: ((tickets.c.id, True),),
}  # fmt: skip
#: Where a row of `service.SELECT` has the columns that lists are sorted by.
AT = {"id": 0, "price_amount": 6, "price_currency": 7, "starts_at": 14}
SHOW_KEYS: Keys = ((show_table.c.starts_at, False), (show_table.c.id, False))
_STARTS_OF_TICKETS = {name: make(tickets.c.starts_at) for name, make in filters.STARTS.items()}
_STARTS_OF_SHOWS = {name: make(show_table.c.starts_at) for name, make in filters.STARTS.items()}
TICKET_FILTERS = filters.OF_TICKETS | _STARTS_OF_TICKETS
SHOW_FILTERS = {name: filters.OF_SHOWS[name] for name in ("city", "category")} | _STARTS_OF_SHOWS


class Wanted(NamedTuple):
    """A set of filters on tickets; `found` is how many words a show must have."""

    of_tickets: tuple[str, ...]
    of_shows: tuple[str, ...]
    found: int
    mine: bool
    on_sale: bool

    def clauses(self) -> list[ColumnElement[bool]]:
        """Return the conditions on a ticket."""
        clauses = [TICKET_FILTERS[name].clause for name in self.of_tickets]
        at = [filters.OF_SHOWS[name].clause for name in self.of_shows] + filters.found(self.found)
        clauses += filters.at_shows(at)
        if self.mine:
            clauses.append(filters.MINE)
        if self.on_sale:
            clauses += [filters.ON_SALE, filters.COMING]
        return clauses


@cache
def _page(wanted: Wanted, sort: TicketSort, *, after: bool) -> Statement:
    query = service.SELECT.where(*wanted.clauses())
    return Statement(filters.paged(query, SORTS[sort], after=after))


@cache
def _count(wanted: Wanted) -> Statement:
    return Statement(select(func.count()).select_from(tickets).where(*wanted.clauses()))


def find(tx: Tx, *, query: TicketsQuery, user_id: str) -> Page[Ticket]:
    """List tickets, those on sale unless the query asks for another status or for one's own."""
    of_tickets, binds = filters.given(query, TICKET_FILTERS)
    of_shows, more_binds = filters.given(query, filters.OF_SHOWS)
    found, word_binds = filters.searched(query.q)
    on_sale = query.status is TicketStatus.AVAILABLE or (query.status is None and not query.mine)
    wanted = Wanted(of_tickets, of_shows, found, query.mine, on_sale)
    keys = SORTS[query.sort]
    binds |= more_binds | word_binds | {"now": tx.now_us, "mine": user_id}
    place = filters.place(query.cursor, keys)
    statement = _page(wanted, query.sort, after=query.cursor is not None)
    rows, following = paging.page(
        lambda limit: tx.all(statement, **binds, **place, most=limit),
        query.limit,
        lambda row: cursor.write(*(row[AT[column.name]] for column, _ in keys)),
    )
    total = None
    if query.count and query.cursor is None:
        (total,) = tx.first(_count(wanted), **binds) or (0,)
    return Page(items=tuple(map(service.told, rows)), next=following, total=total)


def _shows_wanted(names: tuple[str, ...], found: int) -> list[ColumnElement[bool]]:
    """Return the conditions on a show; one that was cancelled is not coming."""
    clauses = [SHOW_FILTERS[name].clause for name in names] + filters.found(found)
    return [show_table.c.cancelled_at.is_(None), *clauses]


def _shows_page(names: tuple[str, ...], found: int, *, after: bool) -> Select[*tuple[Any, ...]]:
    clauses = _shows_wanted(names, found)
    return filters.paged(select(*shows.COLUMNS).where(*clauses), SHOW_KEYS, after=after)


@cache
def _shows(names: tuple[str, ...], found: int, *, after: bool) -> Statement:
    return Statement(_shows_page(names, found, after=after))


@cache
def _prices(names: tuple[str, ...], found: int, *, after: bool) -> Statement:
    """Sum up what is on sale for a whole page of shows at once."""
    page = _shows_page(names, found, after=after).with_only_columns(show_table.c.id)
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
def _count_shows(names: tuple[str, ...], found: int) -> Statement:
    clauses = _shows_wanted(names, found)
    return Statement(select(func.count()).select_from(show_table).where(*clauses))


def find_shows(tx: Tx, *, query: ShowsQuery) -> Page[ShowOnSale]:
    """List coming shows, the next first, each with what of it is on sale."""
    names, binds = filters.given(query, SHOW_FILTERS)
    if "starts_from" not in names:
        names, binds = (*names, "starts_from"), binds | {"starts_from": tx.now_us}
    found, word_binds = filters.searched(query.q)
    after = query.cursor is not None
    binds |= word_binds
    place = filters.place(query.cursor, SHOW_KEYS)
    rows, following = paging.page(
        lambda limit: tx.all(_shows(names, found, after=after), **binds, **place, most=limit),
        query.limit,
        lambda row: cursor.write(row[6], row[0]),
    )
    prices: defaultdict[str, list[Row]] = defaultdict(list)
    of_page = _prices(names, found, after=after)
    for row in tx.all(of_page, **binds, **place, most=query.limit):
        prices[row[0]].append(row)
    total = None
    if query.count and not after:
        (total,) = tx.first(_count_shows(names, found), **binds) or (0,)
    items = tuple(_on_sale(row, prices[row[0]]) for row in rows)
    return Page(items=items, next=following, total=total)


def _on_sale(row: Row, prices: list[Row]) -> ShowOnSale:
    return ShowOnSale(
        show=shows.told(row),
        on_sale=sum(price[2] for price in prices),
        prices=tuple(
            PriceRange(
                lowest=Money(amount=lowest, currency=currency),
                highest=Money(amount=highest, currency=currency),
            )
            for _, currency, _, lowest, highest in prices
        ),
    )
