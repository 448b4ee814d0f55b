"""The organiser's screen: its shows with their seats, their sales over time, and the gate."""

from __future__ import annotations

import asyncio

import pytest

from client.show_totals import HOUR, sold_by
from contract.gate import ADMIT, Admit
from contract.issuing import ISSUE_TICKETS, IssuedPlace, IssueTickets
from contract.money import Money
from contract.orders import VIEW_WALLET
from contract.organisers import (
    ADD_MEMBER,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
)
from contract.show_overview import SalesHour, SeatCounts
from contract.shows import CREATE_SHOW, Category, Show, ShowDetails
from contract.tickets import LIST_TICKETS, Price, Ticket, TicketsQuery
from tests.places import local
from tests.tui.marketplace import START, Marketplace, screen_text, wait_for_text, wait_until
from tui.organiser.charts import area, cells


@pytest.fixture
def show(marketplace: Marketplace) -> Show:
    """Let Mia's organiser be approved, create a show and issue six tickets for it."""
    marketplace.make_admin()
    hall = marketplace.call("mia", CREATE_ORGANISER, CreateOrganiser(name="Auditorium de Lyon"))
    marketplace.call("olga", APPROVE_ORGANISER, organiser_id=hall.id)
    details = ShowDetails(
        name="L'Arlésienne", category=Category.CONCERT, venue="Auditorium", city="Lyon",
        country="FR", starts_at=local(START, "FR"),
    )  # fmt: skip
    show = marketplace.call("mia", CREATE_SHOW, details, organiser_id=hall.id)
    price = Price(amount=4500, currency="EUR")
    places = [IssuedPlace(section="A", row="1", seat=str(n), price=price) for n in range(1, 5)]
    places += [IssuedPlace(section="Floor", row="", seat=n, price=price) for n in "12"]
    marketplace.call("mia", ISSUE_TICKETS, IssueTickets(places=tuple(places)), show_id=show.id)
    return show


def tickets_of(marketplace: Marketplace, show: Show) -> list[Ticket]:
    page = marketplace.call("ana", LIST_TICKETS, TicketsQuery(show_id=show.id))
    return sorted(page.items, key=lambda ticket: (ticket.section, ticket.seat))


def test_seats_sales_and_gate_are_counted_while_one_looks(
    marketplace: Marketplace, show: Show
) -> None:
    first, second, *_ = tickets_of(marketplace, show)
    marketplace.buy("ana", first)

    def admit() -> None:
        code = marketplace.call("ana", VIEW_WALLET, ticket_id=first.id).code
        body = Admit(show_id=show.id, code=str(code), scan_id="scan-0123456789x".replace("-", "0"))
        marketplace.call("mia", ADMIT, body)

    async def look() -> None:
        async with marketplace.app("mia") as (app, pilot):
            await wait_until(pilot, lambda: app.can_enter("organiser"))
            await pilot.press("6")
            await wait_for_text(pilot, "Auditorium de Lyon", "1/6")
            await wait_for_text(pilot, "1 of 6 sold (16 %) · 0 locked · 5 left")
            await wait_for_text(pilot, "1 sold  0 locked  3 left", "0 sold  0 locked  2 left")
            await wait_for_text(pilot, "EUR 45.00 TEST", "0 of 1 inside · 0 refused")
            await asyncio.to_thread(marketplace.lock, "ben", second)
            await wait_for_text(pilot, "1 locked · 4 left")
            await asyncio.to_thread(admit)
            await pilot.press("r")
            await wait_for_text(pilot, "1 of 1 inside")
            await pilot.press("s")
            await wait_for_text(pilot, "YOU GET", "A 1 1", "EUR 45.00")
            await pilot.press("escape")
            await wait_for_text(pilot, "Auditorium de Lyon")

    asyncio.run(look())


def test_on_a_small_screen_the_counts_replace_the_list(
    marketplace: Marketplace, show: Show
) -> None:
    async def look() -> None:
        async with marketplace.app("mia", size=(80, 24)) as (app, pilot):
            await wait_until(pilot, lambda: app.can_enter("organiser"))
            await pilot.press("6")
            await wait_for_text(pilot, show.name, "0/6")
            assert "nothing sold yet" not in screen_text(app)
            await pilot.press("enter")
            await wait_for_text(pilot, "0 of 6 sold", "4 left", "nothing sold yet", "Gate")
            await pilot.press("escape")
            await wait_for_text(pilot, "0/6")

    asyncio.run(look())


def test_only_managers_have_the_screen_and_members_have_the_gate(
    marketplace: Marketplace, show: Show
) -> None:
    organiser_id = str(show.organiser_id)
    body = AddMember(email="gus@example.org", role=MemberRole.GATE)
    marketplace.account("gus")

    async def look() -> None:
        async with marketplace.app("gus") as (app, pilot):
            assert not app.can_enter("gate")
            await asyncio.to_thread(
                marketplace.call, "mia", ADD_MEMBER, body, organiser_id=organiser_id
            )
            await wait_until(pilot, lambda: app.can_enter("gate"))
            assert not app.can_enter("organiser")
            await pilot.press("6")
            await wait_for_text(pilot, "no access to the Organiser screen")

    asyncio.run(look())


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [
        ((0, 0, 0), (0, 0, 10)),
        ((1, 0, 999), (1, 0, 9)),
        ((999, 0, 1), (9, 0, 1)),
        ((998, 1, 1), (8, 1, 1)),
        ((10, 0, 0), (10, 0, 0)),
        ((0, 5, 5), (0, 5, 5)),
    ],
)
def test_what_there_is_at_all_is_seen_in_a_bar(
    counts: tuple[int, int, int], drawn: tuple[int, int, int]
) -> None:
    sold, locked, left = counts
    assert cells(SeatCounts(sold=sold, locked=locked, left=left), 10) == drawn


def test_sales_are_drawn_as_an_area_over_time() -> None:
    hours = [SalesHour(at=START + HOUR * n, tickets=sold, amount=Money(amount=1, currency="EUR"))
             for n, sold in ((0, 4), (2, 12))]  # fmt: skip
    ends = [START + HOUR * n / 2 for n in range(1, 8)]
    assert sold_by(hours, ends) == (2, 4, 4, 4, 10, 16, 16)
    assert area((0, 1, 4, 8, 16), height=2) == ["    █", " ▁▄██"]
    assert sold_by((), ends) == (0,) * 7
