"""Charging a saved card over HTTP: a real server with its jobs and events, and a real client."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import pytest

from client.api import Api
from contract.auth import SIGN_UP, SignUp
from contract.base import PageQuery
from contract.cards import ADD_CARD, LIST_CARDS, VIEW_CARD_SETUP
from contract.orders import PLACE_ORDER, VIEW_ORDER, OrderStatus, PlaceOrder
from contract.payments import START_PAYMENT, PaymentStatus, StartPayment
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, CreateTicket, Price
from tests.conftest import Server
from tests.places import local
from tests.server.cards.saved_cards import DECLINED_LATER

T = TypeVar("T")
SHOW = ShowDetails(
    name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio", city="Willemstad",
    country="CW", starts_at=local(datetime(2031, 6, 18, 19, 0, tzinfo=UTC), "CW"),
)  # fmt: skip
FORM = {"card_number": DECLINED_LATER, "exp": "12/34", "cvc": "123"}
#: Requests to a server on the same machine, one after the other: far more than it needs.
ENOUGH = 5000


@pytest.fixture
def people(server: Server) -> Iterator[tuple[Api, Api]]:
    """Sign in a seller and a buyer."""
    with contextlib.ExitStack() as stack:
        nobody = stack.enter_context(contextlib.closing(Api(server.url)))
        signed = [
            nobody.call(SIGN_UP, SignUp(email=f"{name}@example.org", password="a long password"))
            for name in ("seller", "buyer")
        ]
        seller, buyer = (
            stack.enter_context(contextlib.closing(Api(server.url, one.token))) for one in signed
        )
        yield seller, buyer


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look repeatedly until the result is good."""
    seen = look()
    for _ in range(ENOUGH):
        if good(seen):
            return seen
        seen = look()
    raise AssertionError(seen)


def save(buyer: Api) -> str:
    """Save a card as a buyer does, in a browser; return its id."""
    setup = buyer.call(ADD_CARD)
    page = httpx.get(setup.url, follow_redirects=False).headers["Location"]
    assert "saved" in httpx.post(page, data=FORM).text.lower()
    until(lambda: buyer.call(VIEW_CARD_SETUP, setup_id=setup.id), lambda now: now.card is not None)
    (card,) = buyer.call(LIST_CARDS, PageQuery()).items
    return card.id


def test_a_request_repeated_with_its_key_returns_the_same_and_charges_once(
    people: tuple[Api, Api],
) -> None:
    seller, buyer = people
    ticket = seller.call(
        CREATE_TICKET, CreateTicket(show=SHOW, price=Price(amount=4500, currency="EUR"))
    )
    order = buyer.call(PLACE_ORDER, PlaceOrder(ticket_id=ticket.id))
    body = StartPayment(card_id=save(buyer))
    first, again = (
        buyer.call(START_PAYMENT, body, order_id=order.id, idempotency_key="one-press")
        for _ in range(2)
    )
    assert first == again
    assert (first.status, first.declines) == (PaymentStatus.VOID, 1)
    other = buyer.call(START_PAYMENT, body, order_id=order.id)
    assert other.id != first.id
    assert buyer.call(VIEW_ORDER, order_id=order.id).status is OrderStatus.AWAITING_PAYMENT
