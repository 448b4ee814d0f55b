"""Authorisation: every route for every kind of client, about every kind of object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract.endpoint import Access, Endpoint
from server.routing import RawRoute
from tests import databases
from tests.server.http import market_objects as make
from tests.server.http.access_table import (
    ACCESS_RULES,
    ENDPOINTS,
    OWNERS,
    AccessRule,
    Answer,
    RouteKind,
    client,
)
from tests.server.http.http_client import HttpClient, done
from tests.server.http.market_objects import Call, Maker
from tests.server.http.marketplace import Marketplace, open_marketplace
from tests.server.http.test_feed import listening, until
from tests.world import World

#: What may differ between two answers to the same question.
OWN = {"x-request-id", "date"}
ACCESS = {
    RouteKind.PUBLIC: Access.PUBLIC, RouteKind.STAFF: Access.GATE,
    RouteKind.OWN_AT_GATE: Access.GATE, RouteKind.OPERATORS: Access.ADMIN,
}  # fmt: skip
Objects = dict[Maker, Call]


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Open a marketplace in which a buyer may have as many open orders as there are rules."""
    folder = tmp_path_factory.mktemp("market")
    url = databases.sqlite_url(folder, sqlite_template)
    with open_marketplace(url, folder, max_open_orders=1000) as opened:
        yield opened


@pytest.fixture(scope="module")
def untouched() -> Objects:
    """Give objects of a buyer for requests that are refused: one serves them all."""
    return {}


def request_as(visitor: HttpClient, rule: str, call: Call) -> httpx.Response:
    """Send a request; of a stream read only the beginning."""
    method, path = rule.split(" ")
    with visitor.client.stream(method, path.format(**call.names), json=call.body) as response:
        if response.headers.get("Content-Type", "").startswith("text/event-stream"):
            return response
        response.read()
        return response


def object_of(market: Marketplace, rule: AccessRule, untouched: Objects) -> Call:
    if rule.make not in untouched:
        untouched[rule.make] = rule.make(market, market.buyer)
    return untouched[rule.make]


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    world = World("sqlite:///" + str(tmp_path / "shop.db"))
    try:
        known = {
            f"{endpoint.method} {endpoint.path}"
            for route in world.app.routes()
            for endpoint in [route if isinstance(route, RawRoute) else route.endpoint]
        }
    finally:
        world.close()
    assert known == set(ACCESS_RULES)


def test_every_endpoint_of_the_openapi_document_is_in_the_table(market: Marketplace) -> None:
    paths = market.anonymous.get_json("/openapi.json")["paths"]
    described = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
    assert described <= set(ACCESS_RULES)
    assert described == {f"{e.method} {e.path}" for e in ENDPOINTS}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_the_table_agrees_with_the_contract(endpoint: Endpoint[object, object]) -> None:  # type: ignore[type-var]
    rule = ACCESS_RULES[f"{endpoint.method} {endpoint.path}"]
    assert endpoint.access is ACCESS.get(rule.kind, Access.SIGNED_IN)
    assert rule.done in {endpoint.status, *(error.status for error in endpoint.errors)}


@pytest.mark.parametrize("name", ACCESS_RULES)
def test_what_is_refused_changes_nothing_and_looks_as_if_it_did_not_exist(
    market: Marketplace, untouched: Objects, name: str
) -> None:
    """The one exception is what everybody may see: it says that it belongs to somebody else."""
    rule = ACCESS_RULES[name]
    call = object_of(market, rule, untouched)
    clients = {who: client(market, who) for who in rule.clients()}
    with market.unchanged(beside=("jobs", "inbox")):  # earlier tests' payments go on
        for who, visitor in clients.items():
            expected, missing = rule.foreign(who), rule.missing(who)
            foreign = None if expected is Answer.DONE else request_as(visitor, name, call)
            assert foreign is None or foreign.status_code == rule.status(expected), who
            if not call.names or rule.done == Answer.HIDDEN.value:
                continue
            nothing = request_as(visitor, name, call.about_nothing())
            assert nothing.status_code == rule.status(missing), (who, nothing.text)
            if foreign is not None and expected is missing:
                assert without_id(foreign) == without_id(nothing), who
                assert not [value for value in call.names.values() if value in foreign.text]


@pytest.mark.parametrize("name", ACCESS_RULES)
def test_what_is_allowed_is_done(market: Marketplace, untouched: Objects, name: str) -> None:
    """About others' objects, and about objects of one's own."""
    rule = ACCESS_RULES[name]
    reads = name.startswith("GET ")
    for who in rule.clients():
        if rule.foreign(who) is Answer.DONE:
            visitor = client(market, who, new=rule.ends_session)
            call = object_of(market, rule, untouched) if reads else rule.make(market, market.buyer)
            answered = request_as(visitor, name, call)
            assert answered.status_code == rule.done, (who, answered.text)
        if who in OWNERS.get(rule.kind, ()):
            visitor = client(market, who)
            answered = request_as(visitor, name, rule.make(market, visitor))
            assert answered.status_code == rule.done, (who, answered.text)


def without_id(response: httpx.Response) -> tuple[object, object]:
    body = response.json()
    assert re.fullmatch(r"[0-9a-f]{16}", body.pop("request_id"))
    return body, {k: v for k, v in response.headers.items() if k not in OWN}


def test_the_card_of_another_user_looks_like_one_that_does_not_exist(market: Marketplace) -> None:
    order_id = make.order(market, market.other).names["order_id"]
    card = make.saved_card(market, market.buyer)
    foreign, missing = (
        market.other.post(f"/v1/orders/{order_id}/pay", {"card_id": each.names["card_id"]})
        for each in (card, card.about_nothing())
    )
    assert foreign.status_code == 404
    assert without_id(foreign) == without_id(missing)


@pytest.mark.parametrize(
    "path",
    ["/v1/orders", "/v1/wallet", "/v1/tickets?mine=true", "/v1/transfers", "/v1/cards",
     "/v1/sales", "/v1/payouts", "/v1/organisers"],
)  # fmt: skip
def test_own_lists_contain_nothing_of_other_users(
    market: Marketplace, untouched: Objects, path: str
) -> None:
    me = market.sign_up(f"newcomer{re.sub('[^a-z]', '-', path)}")
    for maker in (make.order, make.transfer, make.saved_card, make.payout, make.organiser):
        object_of(market, AccessRule(RouteKind.PRIVATE, maker), untouched)
    assert me.get_json(path)["items"] == []


def test_only_the_buyer_gets_the_barcode(market: Marketplace) -> None:
    ticket = market.seller.list_ticket(barcode="OPEN-SESAME")["id"]
    seen = [
        visitor.get(path).text
        for visitor in (market.anonymous, market.other, market.seller, market.admin)
        for path in (f"/v1/tickets/{ticket}", "/v1/tickets?mine=false", f"/v1/wallet/{ticket}")
    ]
    assert not [text for text in seen if "OPEN-SESAME" in text]


def test_nobody_else_is_shown_the_sellers_own_id_of_a_ticket(market: Marketplace) -> None:
    """Nor who buys it meanwhile: not in a list, the wallet, a receipt, a transfer or the feed."""
    buyer, recipient = market.buyer, market.other
    with listening(market.anonymous) as (_, messages):
        ticket = market.seller.list_ticket(external_id="SELLERS-OWN-ID")["id"]
        order = buyer.lock_ticket(ticket)
        public = until(messages, "ticket.updated")
    card = object_of(market, AccessRule(RouteKind.PRIVATE, make.saved_card), {})
    done(buyer.post(f"/v1/orders/{order['id']}/pay", {"card_id": card.names["card_id"]}))
    make.wait(lambda: buyer.get_json(f"/v1/orders/{order['id']}")["status"] == "complete")
    offered = buyer.post(f"/v1/tickets/{ticket}/transfer", {"to": recipient.email})
    transfer = done(offered)["transfer"]["id"]
    seen = [str([message.data for message in public]), offered.text]
    paths = ("/v1/tickets/" + ticket, "/v1/tickets?status=sold", "/v1/transfers", "/v1/wallet",
             f"/v1/orders/{order['id']}/receipt")  # fmt: skip
    seen += [v.get(path).text for v in (market.anonymous, buyer, recipient) for path in paths]
    accepted = recipient.post(f"/v1/transfers/{transfer}/accept", {})
    seen += [done(accepted) and accepted.text, recipient.get(f"/v1/wallet/{ticket}").text]
    assert not [text for text in seen if "SELLERS-OWN-ID" in text]
    assert order["id"] not in seen[0]
    own = market.seller.get_json(f"/v1/tickets/{ticket}")
    assert own["external_id"] == "SELLERS-OWN-ID"


def test_a_banned_user_is_refused_at_once(market: Marketplace) -> None:
    user = market.sign_up("suddenly-banned")
    assert user.get("/v1/auth/me").status_code == 200
    market.admin.post(f"/v1/admin/users/{user.user_id}/ban", {"banned": True})
    assert user.get("/v1/auth/me").status_code == 401
