"""The house from an operator's side: olga runs it, and people buy what others do."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from textual.pilot import Pilot

from client.page import Page, PageState
from contract.endpoint import Body, Endpoint, Reply
from contract.orders import PLACE_ORDER, Order, PlaceOrder
from contract.payments import START_PAYMENT
from contract.tickets import Ticket
from db.engine import sqlite_path
from server import operate
from tests.tui.house import Market, until
from tui.app import TicketingApp
from tui.screens.operator import Operator

GOOD_CARD, REFUSED_CARD = "4242424242424242", "4000000000000002"
#: No room does this kind of work, so whoever tries it fails.
GIVEN_UP = """INSERT INTO jobs (id, kind, subject, order_id, state, attempts, wanted, run_at,
    leased_until, last_error, created_at, finished_at) VALUES
    ('job_1a', 'test.nothing', 'pay_1', ?, 'failed', 20, 1, 0, 0, ?, 0, 0)"""


def hire(market: Market, name: str = "olga") -> None:
    """Make somebody an operator."""
    market.meet(name)
    operate.do(market.server.settings, "grant-admin", f"{name}@example.org")


def ask(
    market: Market, name: str, endpoint: Endpoint[Body, Reply], body: Body | None = None,
    **path: str,
) -> Reply:  # fmt: skip
    """Ask the server something as somebody."""
    with contextlib.closing(market.api(name)) as api:
        return api.call(endpoint, body, if_match=None, idempotency_key=None, **path)


def lock(market: Market, ticket: Ticket, name: str = "ben") -> Order:
    """Have somebody lock a ticket."""
    return ask(market, name, PLACE_ORDER, PlaceOrder(ticket_id=ticket.id))


def pay(market: Market, order: Order, name: str = "ben", card: str = GOOD_CARD) -> PageState:
    """Have somebody pay an order on the page; say what the page showed then."""
    payment = ask(market, name, START_PAYMENT, order_id=order.id)
    with Page(market.server.url) as page:
        shown = page.open(payment.url)
        form = {"card_number": card, "exp": "12/34", "cvc": "123"}
        return page.submit(form, to=shown.next).state


def give_up(market: Market, *, order_id: str | None = None, error: str = "Refused: no") -> str:
    """Leave work behind that was given up; return its id."""
    path = sqlite_path(market.server.settings.database)
    assert path is not None
    with contextlib.closing(sqlite3.connect(Path(path))) as books, books:
        books.execute(GIVEN_UP, (order_id, error))
    return "job_1a"


async def enter(app: TicketingApp, pilot: Pilot[None], tab: str = "Flow") -> Operator:
    """Go to the operator's screen, and turn to a page."""
    await until(pilot, lambda: app.session.is_admin)
    app.action_go("operator")
    await until(pilot, lambda: isinstance(app.screen, Operator) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, Operator)
    await until(pilot, lambda: screen.stats is not None)
    screen.tab = tab
    await pilot.pause()
    return screen
