"""Authorisation: every route for anonymous clients, other users, the owner and operators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract.endpoint import Access, Endpoint
from server.routing import RawRoute
from tests import databases
from tests.server.http.access_table import (
    ENDPOINTS,
    Call,
    ClientKind,
    newcomer,
    person,
)
from tests.server.http.http_client import HttpClient
from tests.server.http.marketplace import Marketplace, open_marketplace
from tests.server.http.organiser_access import ALL_RULES
from tests.world import World

PRIVATE = [name for name, rule in ALL_RULES.items() if rule.private]
KEPT = [name for name, rule in ALL_RULES.items() if rule.anonymous == 401]
MISSING = {
    "order_id": "ord_missing", "ticket_id": "tkt_missing", "session_id": "ses_missing",
    "card_id": "crd_missing", "setup_id": "stp_missing",
    "transfer_id": "trf_missing", "organiser_id": "org_missing",
}  # fmt: skip
#: What may differ between two answers to the same question.
OWN = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Marketplace]:
    """Open a marketplace in which a buyer may have as many open orders as there are rules."""
    folder = tmp_path_factory.mktemp("market")
    url = databases.sqlite_url(folder, sqlite_template)
    with open_marketplace(url, folder, max_open_orders=1000) as opened:
        yield opened


def request_as(visitor: HttpClient, rule: str, call: Call) -> httpx.Response:
    """Send a request; of a stream read only the beginning."""
    method, path = rule.split(" ")
    with visitor.client.stream(method, path.format(**call.names), json=call.body) as response:
        if response.headers["Content-Type"].startswith("text/event-stream"):
            return response
        response.read()
        return response


def principal(market: Marketplace, who: ClientKind, rule: str) -> HttpClient:
    return newcomer(market, who) if ALL_RULES[rule].fresh else person(market, who)


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
    assert known == set(ALL_RULES)


def test_every_endpoint_is_in_the_table() -> None:
    assert {f"{e.method} {e.path}" for e in ENDPOINTS} <= set(ALL_RULES)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_the_table_agrees_with_the_contract(endpoint: Endpoint[object, object]) -> None:  # type: ignore[type-var]
    rule = ALL_RULES[f"{endpoint.method} {endpoint.path}"]
    assert (rule.anonymous == 401) == (endpoint.access is not Access.PUBLIC)
    assert (rule.other == rule.owner == 403) == (endpoint.access in (Access.ADMIN, Access.GATE))


@pytest.mark.parametrize("who", ClientKind)
@pytest.mark.parametrize("rule", ALL_RULES)
def test_every_role_gets_the_status_of_the_table(
    market: Marketplace, rule: str, who: ClientKind
) -> None:
    call = ALL_RULES[rule].call(market)
    assert request_as(principal(market, who, rule), rule, call).status_code == ALL_RULES[
        rule
    ].status_for(who)


@pytest.mark.parametrize("who", [ClientKind.ANONYMOUS, ClientKind.OTHER])
@pytest.mark.parametrize("rule", [d for d in ALL_RULES if ALL_RULES[d].other >= 400])
def test_a_refused_request_changes_nothing(market: Marketplace, rule: str, who: ClientKind) -> None:
    call, visitor = ALL_RULES[rule].call(market), principal(market, who, rule)
    with market.unchanged(beside=("jobs", "inbox")):  # earlier tests' payments go on
        request_as(visitor, rule, call)


@pytest.mark.parametrize("rule", PRIVATE)
def test_what_belongs_to_another_user_looks_like_what_does_not_exist(
    market: Marketplace, rule: str
) -> None:
    call = ALL_RULES[rule].call(market)
    (name,) = call.names
    foreign = request_as(market.other, rule, call)
    missing = request_as(market.other, rule, Call({name: MISSING[name]}))
    assert foreign.status_code == missing.status_code == 404
    assert without_id(foreign) == without_id(missing)
    assert call.names[name] not in foreign.text


def without_id(response: httpx.Response) -> tuple[object, object]:
    body = response.json()
    assert re.fullmatch(r"[0-9a-f]{16}", body.pop("request_id"))
    return body, {k: v for k, v in response.headers.items() if k not in OWN}


@pytest.mark.parametrize("rule", KEPT)
def test_the_token_of_an_ended_session_is_refused(market: Marketplace, rule: str) -> None:
    gone = newcomer(market, ClientKind.OTHER)
    assert gone.post("/v1/auth/logout").status_code == 200
    refused = request_as(gone, rule, ALL_RULES[rule].call(market))
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/wallet", "/v1/tickets?mine=true"])
def test_own_lists_contain_nothing_of_other_users(market: Marketplace, path: str) -> None:
    me = market.sign_up(f"newcomer{re.sub('[^a-z]', '-', path)}")
    ALL_RULES["GET /v1/orders/{order_id}"].call(market)
    assert me.get_json(path)["items"] == []


def test_only_the_buyer_gets_the_barcode(market: Marketplace) -> None:
    ticket = market.seller.list_ticket(barcode="OPEN-SESAME")["id"]
    seen = [
        visitor.get(path).text
        for visitor in (market.anonymous, market.other, market.seller, market.admin)
        for path in (f"/v1/tickets/{ticket}", "/v1/tickets?mine=false", f"/v1/wallet/{ticket}")
    ]
    assert not [text for text in seen if "OPEN-SESAME" in text]


@pytest.mark.parametrize(
    "rule", [f"{e.method} {e.path}" for e in ENDPOINTS if e.access is Access.GATE]
)
def test_gate_staff_may_use_the_gate_endpoints(market: Marketplace, rule: str) -> None:
    call = ALL_RULES[rule].call(market)
    status = request_as(gatekeeper(market), rule, call).status_code
    assert status == ALL_RULES[rule].admin


@pytest.mark.parametrize(
    "rule", [f"{e.method} {e.path}" for e in ENDPOINTS if e.access is Access.ADMIN]
)
def test_gate_staff_are_not_operators(market: Marketplace, rule: str) -> None:
    call = ALL_RULES[rule].call(market)
    assert request_as(gatekeeper(market), rule, call).status_code == 403


def gatekeeper(market: Marketplace) -> HttpClient:
    """Create an account with gate access."""
    user = newcomer(market, ClientKind.OTHER)
    market.admin.post(f"/v1/admin/users/{user.user_id}/role", {"role": "gate"})
    return user


def test_a_banned_user_is_refused_at_once(market: Marketplace) -> None:
    user = market.sign_up("suddenly-banned")
    assert user.get("/v1/auth/me").status_code == 200
    market.admin.post(f"/v1/admin/users/{user.user_id}/ban", {"banned": True})
    assert user.get("/v1/auth/me").status_code == 401
