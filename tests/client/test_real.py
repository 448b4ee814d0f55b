"""The client with a real server, where fakes could be wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from client.api import Api
from client.feed import Signal, listen
from contract.auth import ME, SIGN_UP, SignUp
from contract.base import Empty
from contract.feed import FeedEntry
from contract.problems import NotSignedIn, StaleVersion
from contract.shows import Category, ShowDetails
from contract.tickets import (
    CREATE_TICKET,
    EDIT_TICKET,
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    CreateTicket,
    EditTicket,
    Price,
    Ticket,
    TicketCreated,
    TicketsQuery,
    TicketStatus,
)
from tests.conftest import Server
from tests.places import local

SHOW = ShowDetails(
    name="Le Tour d'Écosse", category=Category.CONCERT, venue="Auditorium", city="Lyon",
    country="FR", starts_at=local(datetime(2031, 4, 7, 18, 0, tzinfo=UTC), "FR"),
)  # fmt: skip


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """Return the client of somebody who is signed in."""
    nobody = Api(server.url)
    signed_in = nobody.call(SIGN_UP, SignUp(email="ada@example.org", password="a long password"))
    nobody.close()
    with contextlib.closing(Api(server.url, signed_in.token)) as api:
        yield api


def sell(api: Api, *, seat: str = "1", key: str | None = None) -> Ticket:
    ticket = CreateTicket(show=SHOW, seat=seat, price=Price(amount=4_500, currency="EUR"))
    return api.call(CREATE_TICKET, ticket, idempotency_key=key)


def test_a_token_identifies_its_owner(api: Api, server: Server) -> None:
    assert api.call(ME, Empty()).email == "ada@example.org"
    with contextlib.closing(Api(server.url, "made-up")) as stranger, pytest.raises(NotSignedIn):
        stranger.call(ME, Empty())


def test_the_same_idempotency_key_acts_once(api: Api) -> None:
    first, second = sell(api, key="mine"), sell(api, key="mine")
    assert first == second
    assert len(list(api.pages(LIST_TICKETS, TicketsQuery(mine=True)))) == 1


def test_an_edit_of_an_old_version_is_refused(api: Api) -> None:
    ticket = sell(api)
    change = EditTicket(row="C")
    edited = api.call(EDIT_TICKET, change, ticket_id=ticket.id, if_match=ticket.version)
    assert (edited.row, edited.version) == ("C", 2)
    with pytest.raises(StaleVersion):
        api.call(EDIT_TICKET, EditTicket(row="D"), ticket_id=ticket.id, if_match=ticket.version)


def test_the_server_accepts_a_delete_without_a_body(api: Api) -> None:
    ticket = sell(api)
    gone = api.call(WITHDRAW_TICKET, ticket_id=ticket.id, if_match=ticket.version)
    assert gone.status is TicketStatus.WITHDRAWN
    assert api.call(VIEW_TICKET, ticket_id=ticket.id).status is TicketStatus.WITHDRAWN


def test_a_search_finds_non_ascii_text_across_pages(api: Api) -> None:
    sold = {sell(api, seat=str(number)).id for number in range(3)}
    listing = api.pages(LIST_TICKETS, TicketsQuery(q="écosse"), limit=0)
    assert {ticket.id for ticket in listing} == sold
    assert listing.total == 3


def test_an_event_arrives_once_it_is_committed(api: Api) -> None:
    with contextlib.closing(listen(api, seconds=10.0)) as items:
        assert next(items) is Signal.LIVE
        ticket = sell(api)
        events = [each.event for each in received_until(items, ticket.id)]
    assert any(isinstance(event, TicketCreated) and event.id == ticket.id for event in events)


def test_events_while_nobody_listened_arrive_afterwards(api: Api) -> None:
    with contextlib.closing(listen(api, seconds=10.0)) as items:
        assert next(items) is Signal.LIVE
        first = sell(api, seat="1")
        *_, last = received_until(items, first.id)
    second = sell(api, seat="2")
    with contextlib.closing(listen(api, cursor=last.cursor, seconds=10.0)) as again:
        received = received_until(again, second.id)
    assert [each.event.id for each in received if isinstance(each.event, TicketCreated)] == [
        second.id
    ]


def received_until(items: Iterator[object], entity: str) -> list[FeedEntry]:
    """Return the events up to the first about an entity."""
    events: list[FeedEntry] = []
    for each in items:
        if isinstance(each, FeedEntry):
            events.append(each)
            if each.event.id == entity:
                break
    return events
