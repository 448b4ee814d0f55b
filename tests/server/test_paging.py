"""Paging: every list can be read to its end without gaps and repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.auth import LIST_USERS
from contract.base import PageQuery
from contract.endpoint import Endpoint
from contract.feed import ADMIN_EVENTS, EventsQuery
from contract.orders import (
    ADMIN_ORDERS,
    LIST_ORDERS,
    LIST_WALLET,
    OrdersQuery,
)
from contract.problems import Invalid
from contract.shows import LIST_SHOWS, ShowsQuery
from contract.tickets import (
    LIST_TICKETS,
    TicketSort,
    TicketsQuery,
)
from server.principal import Principal
from tests.world import World

Key = Callable[[Any], str]


def by_id(item: Any) -> str:
    """Return what identifies an item of a list."""
    return str(item.id)


def read_all(
    world: World, endpoint: Endpoint[Any, Any], who: Principal, *, limit: int, key: Key = by_id,
    **query: Any,
) -> list[str]:  # fmt: skip
    """Read a list page by page; return what identifies its items, in order."""
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(100):
        asked = endpoint.request(limit=limit, cursor=cursor, **query)
        page = world.call(endpoint, who, asked)
        assert len(page.items) <= limit
        seen += [key(item) for item in page.items]
        cursor = page.next
        if cursor is None:
            return seen
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("sort", list(TicketSort))
@pytest.mark.parametrize("limit", [1, 4, 11, 12])
def test_tickets_page_by_page_are_the_whole_list(
    world: World, sort: TicketSort, limit: int
) -> None:
    seller = world.user("seller")
    # Three prices and three starts, so that most neighbours tie and the id must decide.
    for n in range(11):
        world.list_ticket(seller, amount=100 + n % 3, show=f"show {n % 3}")
    whole = [t.id for t in world.call(LIST_TICKETS, Principal(), TicketsQuery(sort=sort)).items]
    assert len(set(whole)) == 11
    assert read_all(world, LIST_TICKETS, Principal(), limit=limit, sort=sort) == whole


def test_listings_and_sales_between_pages_neither_repeat_nor_hide_tickets(
    world: World,
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    tickets = [world.list_ticket(seller, amount=n) for n in range(101, 109)]
    query = TicketsQuery(limit=3, sort=TicketSort.PRICE)
    first = world.call(LIST_TICKETS, Principal(), query)
    world.lock(buyer, tickets[1])
    world.list_ticket(seller, amount=100)
    rest = read_all(world, LIST_TICKETS, Principal(), limit=3, sort=TicketSort.PRICE)
    then = world.call(LIST_TICKETS, Principal(), TicketsQuery(
        limit=100, sort=TicketSort.PRICE, cursor=first.next))  # fmt: skip
    assert [t.id for t in then.items] == [t.id for t in tickets[3:]]
    assert len(rest) == 8


def test_shows_page_by_page_are_the_whole_list(world: World) -> None:
    seller = world.user("seller")
    for n in range(7):
        world.list_ticket(seller, show=f"show {n}")
    seen = read_all(world, LIST_SHOWS, Principal(), limit=3, key=lambda item: item.show.id)
    assert len(set(seen)) == len(seen) == 7


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        pytest.param(LIST_ORDERS, by_id, id="orders"),
        pytest.param(LIST_WALLET, lambda item: item.order_id, id="wallet"),
        pytest.param(ADMIN_ORDERS, by_id, id="admin orders"),
    ],
)
def test_orders_page_by_page_are_the_whole_list_newest_first(
    world: World, endpoint: Endpoint[Any, Any], key: Key
) -> None:
    seller, buyer = world.user("seller"), world.user("buyer")
    orders = []
    for _ in range(5):
        order = world.lock(buyer, world.list_ticket(seller))
        world.pay(order)
        orders.append(order.id)
        world.clock.advance(1000)
    assert read_all(world, endpoint, buyer, limit=2, key=key) == orders[::-1]


def test_accounts_page_by_page_are_the_whole_list(world: World) -> None:
    admin = world.user("admin", admin=True)
    ids = {admin.user_id, *(world.user(f"user{n}").user_id for n in range(6))}
    seen = read_all(world, LIST_USERS, admin, limit=3)
    assert (len(seen), set(seen)) == (7, ids)


def test_events_page_by_page_are_the_whole_log(world: World) -> None:
    admin = world.user("admin", admin=True)
    world.pay(world.lock(world.user("buyer"), world.list_ticket(world.user("seller"))))
    whole = [entry.id for entry in world.call(ADMIN_EVENTS, admin, EventsQuery(limit=100)).items]
    assert len(whole) > 10
    assert read_all(world, ADMIN_EVENTS, admin, limit=3) == whole


def test_events_of_one_type_or_one_entity_are_paged_too(world: World) -> None:
    admin, seller = world.user("admin", admin=True), world.user("seller")
    tickets = [world.list_ticket(seller).id for _ in range(5)]
    seen = read_all(
        world, ADMIN_EVENTS, admin, limit=2, type="ticket.created", key=lambda e: e.event.id
    )
    assert seen == tickets
    about = read_all(world, ADMIN_EVENTS, admin, limit=2, entity_id=tickets[0])
    assert len(about) == 1


@pytest.mark.parametrize(
    ("endpoint", "query"),
    [
        pytest.param(LIST_TICKETS, TicketsQuery, id="tickets"),
        pytest.param(LIST_SHOWS, ShowsQuery, id="shows"),
        pytest.param(ADMIN_EVENTS, EventsQuery, id="events"),
    ],
)
@pytest.mark.parametrize("cursor", ["x", "bm90IGEgbGlzdA", "W10", "WzEsMl0", "ü", "=" * 50])
def test_a_cursor_of_no_list_is_refused_by_name(
    world: World, endpoint: Endpoint[Any, Any], query: type[PageQuery], cursor: str
) -> None:
    admin = world.user("admin", admin=True)
    with pytest.raises(Invalid) as refused:
        world.call(endpoint, admin, query(cursor=cursor))
    assert [error.field for error in refused.value.errors] == ["cursor"]


def test_a_cursor_of_another_sort_is_refused(world: World) -> None:
    seller = world.user("seller")
    for _ in range(3):
        world.list_ticket(seller)
    page = world.call(LIST_TICKETS, Principal(), TicketsQuery(limit=1, sort=TicketSort.PRICE))
    with pytest.raises(Invalid):
        world.call(LIST_TICKETS, Principal(), TicketsQuery(cursor=page.next))


def test_a_list_is_counted_on_request_and_only_on_its_first_page(world: World) -> None:
    seller = world.user("seller")
    for n in range(3):
        world.list_ticket(seller, show=f"show {n}")
    queries: tuple[tuple[Endpoint[Any, Any], type[PageQuery]], ...] = (
        (LIST_TICKETS, TicketsQuery), (LIST_SHOWS, ShowsQuery),
    )  # fmt: skip
    for endpoint, query in queries:
        assert world.call(endpoint, seller, query(limit=1)).total is None
        first = world.call(endpoint, seller, query(limit=1, count=True))
        assert first.total == 3
        then = world.call(endpoint, seller, query(limit=1, count=True, cursor=first.next))
        assert then.total is None


def test_lists_can_be_paged_searched_sorted_and_filtered(world: World) -> None:
    seller = world.user("seller")
    tickets = [world.list_ticket(seller, show=f"Show {n}", amount=100 * n) for n in (3, 1, 2)]
    dear, cheap, middle = (ticket.id for ticket in tickets)

    def found(**query: object) -> list[str]:
        page = world.call(LIST_TICKETS, Principal(), TicketsQuery(**query))  # type: ignore[arg-type]
        return [ticket.id for ticket in page.items]

    assert found(sort=TicketSort.PRICE) == [cheap, middle, dear]
    assert found(q="show 2") == [middle]
    assert found(max_price=200, sort=TicketSort.PRICE) == [cheap, middle]
    first = world.call(LIST_TICKETS, Principal(), TicketsQuery(limit=2, sort=TicketSort.PRICE))
    assert found(cursor=first.next, sort=TicketSort.PRICE) == [dear]
    assert world.call(LIST_ORDERS, seller, OrdersQuery(limit=1)).items == ()
