"""Two people send conflicting requests about one ticket at once, many times: one of them wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.audit import audit
from db.engine import open_database
from tests.conftest import fresh_database
from tests.races.racing import StartLine
from tests.server.http.http_client import SHOW, HttpClient, done
from tests.server.http.market_objects import saved_card, wait
from tests.server.http.marketplace import Marketplace, open_marketplace

RACES = pytest.mark.parametrize(
    "races", [5, pytest.param(100, marks=pytest.mark.slow)], ids=["few", "many"]
)
PRICE = {"price": {"amount": 5000, "currency": "EUR"}}


class TicketRace:
    """People of one market, and two runners that start at once."""

    def __init__(self, market: Marketplace, line: StartLine) -> None:
        self.market, self.line = market, line
        self.ana, self.ben = market.buyer, market.other
        self.cards = {who: saved_card(market, who).names["card_id"] for who in (self.ana, self.ben)}
        self.numbers = count()
        self.won: Counter[str] = Counter()

    def bought(self) -> dict[str, Any]:
        """Let Ana buy a new ticket; return her order."""
        ticket = self.market.seller.list_ticket(seat=str(next(self.numbers)))
        order: dict[str, Any] = self.buy(self.ana, ticket["id"]).json()
        return self.settled(self.ana, order["id"])

    def buy(self, who: HttpClient, ticket_id: str) -> httpx.Response:
        """Lock a ticket and pay for it; return the reply that refused it, or the order's."""
        placed = who.post("/v1/orders", {"ticket_id": ticket_id})
        if placed.is_success:
            body = {"card_id": self.cards[who]}
            done(who.post(f"/v1/orders/{placed.json()['id']}/pay", body))
        return placed

    def settled(self, who: HttpClient, order_id: str) -> dict[str, Any]:
        """Wait until an order is complete, and return it."""

        def complete() -> dict[str, Any] | None:
            order: dict[str, Any] = who.get_json(f"/v1/orders/{order_id}")
            return order if order["status"] == "complete" else None

        found: dict[str, Any] = wait(complete)
        return found

    def relist(self, ticket_id: str) -> httpx.Response:
        return self.ana.post(f"/v1/tickets/{ticket_id}/relist", PRICE)

    def code(self, who: HttpClient, ticket_id: str) -> str:
        code: str = who.get_json(f"/v1/wallet/{ticket_id}")["code"]
        return code

    def scan(self, ticket_id: str, code: str) -> httpx.Response:
        show = self.market.anonymous.get_json(f"/v1/tickets/{ticket_id}")["show"]["id"]
        body = {"show_id": show, "code": code, "scan_id": f"race{next(self.numbers):016d}"}
        return self.market.gatekeeper.post("/v1/gate/admissions", body)

    def both(self, *runs: Callable[[], httpx.Response]) -> list[httpx.Response]:
        """Send two requests at the same moment."""
        replies = self.line.race(runs)
        assert all(reply.is_success or reply.status_code in (403, 409, 410) for reply in replies)
        return replies


@pytest.fixture
def race(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path
) -> Iterator[TicketRace]:
    """Open a market for races; print who won how often, and check that the audit finds nothing."""
    line = StartLine(2)
    with fresh_database(request, database_kind, tmp_path) as url:
        with open_marketplace(url, tmp_path, max_open_orders=1000) as market:
            made = TicketRace(market, line)
            yield made
        line.close()
        print(dict(made.won))
        database = open_database(url, on_fatal_error=lambda _: None)
        try:
            assert not database.read(audit)
        finally:
            database.close()


@RACES
def test_an_offered_ticket_is_accepted_or_put_on_sale_again(race: TicketRace, races: int) -> None:
    for _ in range(races):
        ticket_id = race.bought()["ticket_id"]
        offer = done(race.ana.post(f"/v1/tickets/{ticket_id}/transfer", {"to": race.ben.email}))[
            "transfer"
        ]

        def sell_instead(ticket_id: str = ticket_id, offer_id: str = offer["id"]) -> httpx.Response:
            race.ana.post(f"/v1/transfers/{offer_id}/cancel")
            return race.relist(ticket_id)

        accepted, listed = race.both(
            partial(race.ben.post, f"/v1/transfers/{offer['id']}/accept", {}), sell_instead
        )
        assert accepted.is_success != listed.is_success, (accepted.text, listed.text)
        race.won["accepted" if accepted.is_success else "listed"] += 1
        owner = race.ben if accepted.is_success else race.ana
        assert race.scan(ticket_id, race.code(owner, ticket_id)).json()["verdict"] == "admitted"


@RACES
def test_a_ticket_on_sale_enters_the_gate_or_is_sold(race: TicketRace, races: int) -> None:
    for _ in range(races):
        ticket_id = race.bought()["ticket_id"]
        code = race.code(race.ana, ticket_id)
        done(race.relist(ticket_id))
        scanned, placed = race.both(
            partial(race.scan, ticket_id, code), partial(race.buy, race.ben, ticket_id)
        )
        admitted = scanned.json()["verdict"] == "admitted"
        assert admitted != placed.is_success, (scanned.text, placed.text)
        race.won["admitted" if admitted else "sold"] += 1
        if placed.is_success:
            assert scanned.json()["reason"] in {"being_sold", "replaced"}
            race.settled(race.ben, placed.json()["id"])
            assert race.scan(ticket_id, code).json()["reason"] == "replaced"
            assert race.scan(ticket_id, race.code(race.ben, ticket_id)).json()["reason"] is None


@RACES
def test_a_ticket_is_refunded_or_sold_on(race: TicketRace, races: int) -> None:
    for _ in range(races):
        order = race.bought()
        done(race.relist(order["ticket_id"]))
        refund = partial(race.market.admin.post, f"/v1/admin/orders/{order['id']}/refund", {})
        refunded, placed = race.both(refund, partial(race.buy, race.ben, order["ticket_id"]))
        assert refunded.is_success != placed.is_success, (refunded.text, placed.text)
        race.won["refunded" if refunded.is_success else "sold on"] += 1
        if placed.is_success:
            race.settled(race.ben, placed.json()["id"])
        else:
            wait(lambda: race.code(race.ana, order["ticket_id"]) is None)  # noqa: B023


@RACES
def test_a_seat_is_listed_by_one_of_two_sellers(race: TicketRace, races: int) -> None:
    for number in range(races):
        seat = {**PRICE, "show": SHOW, "section": "A", "row": "1", "seat": f"race {number}"}
        replies = race.both(
            partial(race.ana.post, "/v1/tickets", seat), partial(race.ben.post, "/v1/tickets", seat)
        )
        (refused,) = (reply for reply in replies if not reply.is_success)
        assert refused.json()["code"] == "seat_taken"
        race.won["ana" if replies[0].is_success else "ben"] += 1
