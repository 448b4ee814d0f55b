"""Search: finding tickets and shows on sale, however they are spelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contract.problems import NotSignedIn
from contract.shows import LIST_SHOWS, Category, ShowDetails, ShowsQuery
from contract.tickets import (
    CREATE_TICKET,
    LIST_TICKETS,
    WITHDRAW_TICKET,
    CreateTicket,
    Price,
    Ticket,
    TicketSort,
    TicketsQuery,
    TicketStatus,
)
from db.types import from_us
from server.principal import Principal
from tests.clock import START
from tests.places import local
from tests.server.rows import change
from tests.world import DAY, World

SHOWS = {
    "football": ("Curaçao v Haïti", Category.SPORTS, "Estadio", "Willemstad", "CW", 10),
    "opera": ("L'Arlésienne", Category.CONCERT, "Auditorium", "Lyon", "FR", 20),
    "lyon": ("Lyon v Paris", Category.SPORTS, "Groupama", "Décines", "FR", 30),
    "quiz": ("100%_sure", Category.COMEDY, "Cellar", "Köln", "DE", 40),
}
PRICES = {"football": 5000, "opera": 2000, "lyon": 9000, "quiz": 1000}

Find = Callable[..., set[str]]


def put(world: World, seller: Principal, name: str, **changes: Any) -> Ticket:
    """List a ticket for one of `SHOWS`."""
    title, category, venue, city, country, days = SHOWS[name]
    body = CreateTicket(
        show=ShowDetails(
            name=title, category=category, venue=venue, city=city, country=country,
            starts_at=local(from_us(START) + timedelta(days=days), country),
        ),
        price=Price(amount=PRICES[name], currency="EUR"), **changes,
    )  # fmt: skip
    return world.call(CREATE_TICKET, seller, body)


@pytest.fixture
def stock(world: World) -> dict[str, Ticket]:
    """One ticket for each of `SHOWS`."""
    seller = world.user("seller")
    return {name: put(world, seller, name) for name in SHOWS}


@pytest.fixture
def find(world: World, stock: dict[str, Ticket]) -> Find:
    """Search, and return which of `SHOWS` were found."""
    known = {ticket.id: name for name, ticket in stock.items()}

    def find(who: Principal | None = None, **query: Any) -> set[str]:
        page = world.call(LIST_TICKETS, who or Principal(), TicketsQuery(count=True, **query))
        assert page.total == len(page.items)
        return {known[ticket.id] for ticket in page.items}

    return find


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", set(SHOWS)),
        ("curacao", {"football"}),
        ("CURAÇAO", {"football"}),
        ("haiti curac", {"football"}),
        ("koln", {"quiz"}),
        ("lyon", {"opera", "lyon"}),
        ("lyon groupama", {"lyon"}),
        ("fr", {"opera", "lyon"}),
        ("lyon haiti", set()),
        ("100%_", {"quiz"}),
        ("%", {"quiz"}),
        ("_", {"quiz"}),
        ("\\", set()),
        ("'; DROP TABLE tickets --", set()),
    ],
)
def test_every_word_of_a_search_must_be_in_the_show(
    find: Find, words: str, found: set[str]
) -> None:
    assert find(q=words) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"city": "lyon"}, "opera"),
        ({"show": "lyon"}, "lyon"),
        ({"show": "v"}, "football lyon"),
        ({"category": Category.SPORTS}, "football lyon"),
        ({"starts_from": from_us(START + 20 * DAY)}, "opera lyon quiz"),
        ({"starts_to": from_us(START + 20 * DAY)}, "football opera"),
        ({"max_price": 2000, "currency": "EUR"}, "opera quiz"),
        ({"currency": "USD"}, ""),
        ({"category": Category.SPORTS, "max_price": 5000, "q": "curacao"}, "football"),
    ],
    ids=str,
)
def test_filters_are_combined(find: Find, query: Any, found: str) -> None:
    assert find(**query) == set(found.split())


@pytest.fixture
def around_midnight(world: World) -> Callable[..., tuple[set[str], set[str]]]:
    """Find tickets and shows among three that begin within a few hours all over the world."""
    starts = {
        "Tokyo": ("JP", "2028-06-02T00:30:00+09:00"),
        "Los Angeles": ("US", "2028-06-01T20:00:00-07:00"),
        "Auckland": ("NZ", "2028-06-02T09:00:00+12:00"),
    }
    seller = world.user("seller")
    for city, (country, starts_at) in starts.items():
        show = ShowDetails(
            name=city, category=Category.CONCERT, venue="Hall", city=city, country=country,
            starts_at=datetime.fromisoformat(starts_at),
        )  # fmt: skip
        body = CreateTicket(show=show, price=Price(amount=900, currency="EUR"))
        world.call(CREATE_TICKET, seller, body)

    def found(**query: Any) -> tuple[set[str], set[str]]:
        tickets = world.call(LIST_TICKETS, Principal(), TicketsQuery(**query)).items
        shows = world.call(LIST_SHOWS, Principal(), ShowsQuery(**query)).items
        return {t.show.city for t in tickets}, {s.show.city for s in shows}

    return found


@pytest.mark.parametrize(
    ("day_from", "day_to", "cities"),
    [
        (date(2028, 6, 2), date(2028, 6, 2), {"Tokyo", "Auckland"}),
        (date(2028, 6, 1), date(2028, 6, 1), {"Los Angeles"}),
        (date(2028, 6, 2), None, {"Tokyo", "Auckland"}),
        (None, date(2028, 6, 1), {"Los Angeles"}),
        (date(2028, 6, 3), date.max, set()),
        (date.min, date.max, {"Tokyo", "Auckland", "Los Angeles"}),
    ],
)
def test_a_day_is_one_on_the_calendar_where_the_show_is(
    around_midnight: Callable[..., tuple[set[str], set[str]]],
    day_from: date | None,
    day_to: date | None,
    cities: set[str],
) -> None:
    assert around_midnight(day_from=day_from, day_to=day_to) == (cities, cities)


def test_a_list_shows_tickets_on_sale_by_default(
    world: World, stock: dict[str, Ticket], find: Find
) -> None:
    seller, buyer = Principal(user_id=stock["quiz"].seller_id), world.user("buyer")
    world.lock(buyer, stock["football"])
    world.pay(world.lock(buyer, stock["opera"]))
    world.call(WITHDRAW_TICKET, seller, ticket_id=stock["lyon"].id)
    assert find() == {"quiz"}
    assert find(status=TicketStatus.LOCKED) == {"football"}
    assert find(status=TicketStatus.SOLD) == {"opera"}
    assert find(status=TicketStatus.WITHDRAWN) == {"lyon"}


def test_a_ticket_leaves_the_list_when_its_show_starts(world: World, find: Find) -> None:
    world.clock.advance(10 * DAY)
    assert find() == {"opera", "lyon", "quiz"}
    assert find(status=TicketStatus.AVAILABLE) == {"opera", "lyon", "quiz"}


def test_sellers_see_their_own_tickets_in_every_status(
    world: World, stock: dict[str, Ticket], find: Find
) -> None:
    seller, buyer = Principal(user_id=stock["quiz"].seller_id), world.user("buyer")
    world.lock(buyer, stock["football"])
    assert find(seller, mine=True) == set(SHOWS)
    assert find(seller, mine=True, status=TicketStatus.LOCKED) == {"football"}
    assert find(buyer, mine=True) == set()


def test_an_anonymous_client_has_no_own_tickets(find: Find) -> None:
    with pytest.raises(NotSignedIn):
        find(mine=True)


def test_tickets_of_one_show_are_found_by_its_id(stock: dict[str, Ticket], find: Find) -> None:
    assert find(show_id=stock["opera"].show.id) == {"opera"}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (TicketSort.STARTS_AT, ["football", "opera", "lyon", "quiz"]),
        (TicketSort.PRICE, ["quiz", "opera", "football", "lyon"]),
    ],
)
def test_a_list_is_sorted_as_requested(
    world: World, stock: dict[str, Ticket], sort: TicketSort, order: list[str]
) -> None:
    listed = world.call(LIST_TICKETS, Principal(), TicketsQuery(sort=sort)).items
    assert [ticket.id for ticket in listed] == [stock[name].id for name in order]


def test_prices_are_sorted_within_their_currency(world: World) -> None:
    seller = world.user("seller")
    for currency, amount in (("USD", 1), ("EUR", 900), ("EUR", 100)):
        ticket = world.list_ticket(seller)
        edit = "UPDATE tickets SET price_currency = :c, price_amount = :a WHERE id = :id"
        change(world, edit, c=currency, a=amount, id=ticket.id)
    listed = world.call(LIST_TICKETS, Principal(), TicketsQuery(sort=TicketSort.PRICE)).items
    assert [str(ticket.price) for ticket in listed] == ["EUR 1.00", "EUR 9.00", "USD 0.01"]


def test_shows_have_the_number_and_price_range_of_their_tickets_on_sale(
    world: World, stock: dict[str, Ticket]
) -> None:
    seller, buyer = Principal(user_id=stock["opera"].seller_id), world.user("buyer")
    put(world, seller, "opera", seat="2")
    world.lock(buyer, put(world, seller, "opera", seat="3"))
    (opera,) = world.call(LIST_SHOWS, Principal(), ShowsQuery(q="arlesienne")).items
    (price,) = opera.prices
    assert (opera.on_sale, str(price.lowest), str(price.highest)) == (2, "EUR 20.00", "EUR 20.00")


def test_upcoming_shows_are_listed_the_next_one_first(
    world: World, stock: dict[str, Ticket]
) -> None:
    assert stock
    world.clock.advance(10 * DAY + 1)
    page = world.call(LIST_SHOWS, Principal(), ShowsQuery(count=True))
    assert [item.show.name for item in page.items] == ["L'Arlésienne", "Lyon v Paris", "100%_sure"]
    assert page.total == 3


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "curacao"}, ["Curaçao v Haïti"]),
        ({"city": "lyon"}, ["L'Arlésienne"]),
        ({"category": Category.COMEDY}, ["100%_sure"]),
        ({"starts_to": from_us(START + 10 * DAY)}, ["Curaçao v Haïti"]),
    ],
    ids=str,
)
def test_shows_are_filtered_as_tickets_are(
    world: World, stock: dict[str, Ticket], query: Any, names: list[str]
) -> None:
    assert stock
    page = world.call(LIST_SHOWS, Principal(), ShowsQuery(**query))
    assert [item.show.name for item in page.items] == names
