"""A browser without scripts, and an order to pay in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from client.api import Api
from contract.auth import SIGN_UP, SignUp
from contract.orders import PLACE_ORDER, PlaceOrder
from contract.shows import Category, ShowDetails
from contract.tickets import CREATE_TICKET, CreateTicket, Price
from tests.browser import chromium
from tests.browser.chromium import Browser
from tests.browser.shopper import Shopper
from tests.conftest import Server
from tests.places import local

SHOW = ShowDetails(
    name="Le Tour d'Écosse", category=Category.CONCERT, venue="Auditorium Maurice-Ravel",
    city="Lyon", country="FR", starts_at=local(datetime(2031, 4, 7, 18, 0, tzinfo=UTC), "FR"),
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open one window without scripts for all tests of a file."""
    chromium.require()
    with chromium.browser(tmp_path_factory.mktemp("browser"), scripts=False) as opened:
        yield opened


@pytest.fixture
def shopper(server: Server, browser: Browser) -> Iterator[Shopper]:
    """Create an order, and a buyer who pays it in the browser."""
    with contextlib.ExitStack() as stack:

        def person(name: str) -> Api:
            nobody = stack.enter_context(contextlib.closing(Api(server.url)))
            request = SignUp(email=f"{name}@example.org", password="a long password")
            token = nobody.call(SIGN_UP, request).token
            return stack.enter_context(contextlib.closing(Api(server.url, token)))

        listing = CreateTicket(
            show=SHOW,
            section="Balcon",
            row="C",
            seat="12",
            price=Price(amount=4500, currency="EUR"),
        )
        ticket = person("seller").call(CREATE_TICKET, listing)
        buyer = person("buyer")
        order = buyer.call(PLACE_ORDER, PlaceOrder(ticket_id=ticket.id))
        yield Shopper(browser, buyer, order)
