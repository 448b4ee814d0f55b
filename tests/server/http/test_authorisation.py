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
from tests.server.http.access_table import DOORS, ENDPOINTS, Ask, Who, newcomer, person
from tests.server.http.http_client import Visitor
from tests.server.http.marketplace import Shop, open_shop
from tests.world import World

PRIVATE = [name for name, door in DOORS.items() if door.private]
KEPT = [name for name, door in DOORS.items() if door.nobody == 401]
MISSING = {
    "order_id": "ord_missing", "ticket_id": "tkt_missing", "session_id": "ses_missing",
    "card_id": "crd_missing", "setup_id": "stp_missing",
}  # fmt: skip
#: What may differ between two answers to the same question.
OWN = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shop]:
    """Open a shop in which a buyer may hold as many locks as there are doors."""
    folder = tmp_path_factory.mktemp("shop")
    url = databases.sqlite_url(folder, sqlite_template)
    with open_shop(url, folder, max_open_orders=1000) as opened:
        yield opened


def knock(visitor: Visitor, door: str, ask: Ask) -> httpx.Response:
    """Call an address; of one that streams only the beginning is heard."""
    method, path = door.split(" ")
    with visitor.client.stream(method, path.format(**ask.names), json=ask.body) as response:
        if response.headers["Content-Type"].startswith("text/event-stream"):
            return response
        response.read()
        return response


def principal(shop: Shop, who: Who, door: str) -> Visitor:
    return newcomer(shop, who) if DOORS[door].fresh else person(shop, who)


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    world = World("sqlite:///" + str(tmp_path / "shop.db"))
    try:
        known = {
            f"{told.method} {told.path}"
            for route in world.app.routes()
            for told in [route if isinstance(route, RawRoute) else route.endpoint]
        }
    finally:
        world.close()
    assert known == set(DOORS)


def test_every_endpoint_is_in_the_table() -> None:
    assert {f"{e.method} {e.path}" for e in ENDPOINTS} <= set(DOORS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_the_table_agrees_with_the_contract(endpoint: Endpoint[object, object]) -> None:  # type: ignore[type-var]
    door = DOORS[f"{endpoint.method} {endpoint.path}"]
    assert (door.nobody == 401) == (endpoint.access is not Access.PUBLIC)
    assert (door.other == door.owner == 403) == (endpoint.access in (Access.ADMIN, Access.GATE))


@pytest.mark.parametrize("who", Who)
@pytest.mark.parametrize("door", DOORS)
def test_every_role_gets_the_status_of_the_table(shop: Shop, door: str, who: Who) -> None:
    ask = DOORS[door].ask(shop)
    assert knock(principal(shop, who, door), door, ask).status_code == DOORS[door].gives(who)


@pytest.mark.parametrize("who", [Who.NOBODY, Who.OTHER])
@pytest.mark.parametrize("door", [d for d in DOORS if DOORS[d].other >= 400])
def test_a_refused_request_changes_nothing(shop: Shop, door: str, who: Who) -> None:
    ask, visitor = DOORS[door].ask(shop), principal(shop, who, door)
    with shop.unchanged(beside=("jobs", "inbox")):  # earlier tests' payments go on
        knock(visitor, door, ask)


@pytest.mark.parametrize("door", PRIVATE)
def test_what_belongs_to_another_user_looks_like_what_does_not_exist(shop: Shop, door: str) -> None:
    ask = DOORS[door].ask(shop)
    (name,) = ask.names
    foreign = knock(shop.other, door, ask)
    missing = knock(shop.other, door, Ask({name: MISSING[name]}))
    assert foreign.status_code == missing.status_code == 404
    assert without_id(foreign) == without_id(missing)
    assert ask.names[name] not in foreign.text


def without_id(response: httpx.Response) -> tuple[object, object]:
    body = response.json()
    assert re.fullmatch(r"[0-9a-f]{16}", body.pop("request_id"))
    return body, {k: v for k, v in response.headers.items() if k not in OWN}


@pytest.mark.parametrize("door", KEPT)
def test_the_token_of_an_ended_session_is_refused(shop: Shop, door: str) -> None:
    gone = newcomer(shop, Who.OTHER)
    assert gone.post("/v1/auth/logout").status_code == 200
    refused = knock(gone, door, DOORS[door].ask(shop))
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/wallet", "/v1/tickets?mine=true"])
def test_own_lists_contain_nothing_of_other_users(shop: Shop, path: str) -> None:
    me = shop.meet(f"newcomer{re.sub('[^a-z]', '-', path)}")
    DOORS["GET /v1/orders/{order_id}"].ask(shop)
    assert me.gets(path)["items"] == []


def test_only_the_buyer_gets_the_entry_code(shop: Shop) -> None:
    ticket = shop.seller.lists(code="OPEN-SESAME")["id"]
    seen = [
        visitor.get(path).text
        for visitor in (shop.nobody, shop.other, shop.seller, shop.admin)
        for path in (f"/v1/tickets/{ticket}", "/v1/tickets?mine=false", f"/v1/wallet/{ticket}")
    ]
    assert not [text for text in seen if "OPEN-SESAME" in text]


@pytest.mark.parametrize(
    "door", [f"{e.method} {e.path}" for e in ENDPOINTS if e.access is Access.GATE]
)
def test_gate_staff_may_use_the_gate_endpoints(shop: Shop, door: str) -> None:
    ask = DOORS[door].ask(shop)
    status = knock(gatekeeper(shop), door, ask).status_code
    assert status == DOORS[door].admin


@pytest.mark.parametrize(
    "door", [f"{e.method} {e.path}" for e in ENDPOINTS if e.access is Access.ADMIN]
)
def test_gate_staff_are_not_operators(shop: Shop, door: str) -> None:
    ask = DOORS[door].ask(shop)
    assert knock(gatekeeper(shop), door, ask).status_code == 403


def gatekeeper(shop: Shop) -> Visitor:
    """Sign somebody up to work at the gate."""
    user = newcomer(shop, Who.OTHER)
    shop.admin.post(f"/v1/admin/users/{user.user_id}/role", {"role": "gate"})
    return user


def test_a_banned_user_is_refused_at_once(shop: Shop) -> None:
    user = shop.meet("suddenly-banned")
    assert user.get("/v1/auth/me").status_code == 200
    shop.admin.post(f"/v1/admin/users/{user.user_id}/ban", {"banned": True})
    assert user.get("/v1/auth/me").status_code == 401
