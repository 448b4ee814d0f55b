"""Prices: recent sale prices of a show, for anybody."""

from __future__ import annotations

import pytest

from tests.cli.person import Person


@pytest.fixture
def sold(sofia: Person, ana: Person) -> str:
    """Sell a seat for EUR 45.00 and then one for EUR 30.00; return a ticket of the show."""
    tickets = [
        sofia.list_ticket(seat=str(n), price=price) for n, price in enumerate(("45.00", "30.00"))
    ]
    for ticket in tickets:
        ana.buy_ticket(ticket)
    return sofia.list_ticket(seat="3", price="60.00")


def show_of(person: Person, ticket: str) -> str:
    """Return the id of a ticket's show."""
    return str(person.run("view", ticket, "--json", "show").json["show"]["id"])


def test_anybody_sees_the_newest_sale_first(stranger: Person, sold: str) -> None:
    ran = stranger.run("prices", show_of(stranger, sold))
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert [line[1:] for line in lines] == [["C", "EUR 30.00"], ["C", "EUR 45.00"]]
    assert lines[0][0] > lines[1][0]


def test_a_ticket_names_its_show(stranger: Person, sold: str) -> None:
    whole = stranger.run("prices", show_of(stranger, sold)).out
    assert whole
    assert stranger.run("prices", sold).out == whole


def test_programs_get_only_the_named_fields(stranger: Person, sold: str) -> None:
    ran = stranger.run("prices", sold, "--limit", "1", "--json", "section,price")
    assert ran.json == [{"section": "C", "price": {"amount": 3000, "currency": "EUR"}}]


def test_people_see_that_it_was_test_money(stranger: Person, sold: str) -> None:
    header, *lines = stranger.run("prices", sold, tty=True, NO_COLOR="1").out.splitlines()
    assert header.split() == ["AT", "SECTION", "PRICE"]
    assert all(line.endswith(("EUR 30.00 TEST", "EUR 45.00 TEST")) for line in lines)


def test_nothing_sold_is_a_success(stranger: Person, sofia: Person) -> None:
    ran = stranger.run("prices", sofia.list_ticket())
    assert (ran.status, ran.out, ran.err) == (0, "", "no sales\n")


@pytest.mark.parametrize("name", ["shw_missing", "tkt_missing"])
def test_an_unknown_show_exits_5(stranger: Person, name: str) -> None:
    assert stranger.run("prices", name).status == 5


def test_more_than_a_page_cannot_be_requested(stranger: Person) -> None:
    assert stranger.run("prices", "shw_1aaaa", "--limit", "101").status == 2
