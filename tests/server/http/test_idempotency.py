"""Repeated requests with one key: one effect, and the same response each time."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from server.clock import SECOND
from tests import databases
from tests.races.racing import StartLine
from tests.races.wire import Reply, Wire
from tests.server.http.http_client import LISTING, SHOW, HttpClient
from tests.server.http.marketplace import Marketplace, open_marketplace, state_of

KEYS = (f"key-{n}" for n in count())
PARALLEL = 100


def orders_of(visitor: HttpClient) -> int:
    return len(visitor.get_json("/v1/orders?limit=100")["items"])


def replies(market: Marketplace) -> int:
    return len(state_of(market.server.settings.database)["replies"])


def test_a_repeated_request_gets_the_same_response_and_has_one_effect(
    any_market: Marketplace,
) -> None:
    body, key = {"ticket_id": any_market.seller.list_ticket()["id"]}, next(KEYS)
    before = orders_of(any_market.buyer)
    first, *others = (
        any_market.buyer.post("/v1/orders", body, Idempotency_Key=key) for _ in range(3)
    )
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    for other in others:
        assert (other.status_code, other.content) == (201, first.content)
        assert other.headers["Idempotency-Replayed"] == "true"
    assert orders_of(any_market.buyer) == before + 1


def test_a_key_is_refused_for_another_body(any_market: Marketplace) -> None:
    key = next(KEYS)
    any_market.seller.post("/v1/tickets", {**LISTING, "barcode": "A"}, Idempotency_Key=key)
    with any_market.unchanged():
        refused = any_market.seller.post(
            "/v1/tickets", {**LISTING, "barcode": "B"}, Idempotency_Key=key
        )
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


def test_a_key_is_refused_at_another_path(any_market: Marketplace) -> None:
    key, ticket = next(KEYS), any_market.seller.list_ticket()["id"]
    first = any_market.seller.send("PATCH", f"/v1/tickets/{ticket}", {}, Idempotency_Key=key)
    assert first.status_code == 200
    with any_market.unchanged():
        refused = any_market.seller.send("DELETE", f"/v1/tickets/{ticket}", {}, Idempotency_Key=key)
    assert refused.json()["code"] == "key_reused"


def test_after_a_key_was_refused_the_first_response_is_still_stored(
    any_market: Marketplace,
) -> None:
    key = next(KEYS)
    first = any_market.seller.post("/v1/tickets", {**LISTING, "barcode": "A"}, Idempotency_Key=key)
    any_market.seller.post("/v1/tickets", {**LISTING, "barcode": "B"}, Idempotency_Key=key)
    again = any_market.seller.post("/v1/tickets", {**LISTING, "barcode": "A"}, Idempotency_Key=key)
    assert again.content == first.content


def test_two_users_can_use_the_same_key(any_market: Marketplace) -> None:
    key, body = next(KEYS), {**LISTING, "row": "the same"}
    one = any_market.seller.post("/v1/tickets", body, Idempotency_Key=key)
    two = any_market.other.post("/v1/tickets", body, Idempotency_Key=key)
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["id"] != two.json()["id"]
    assert "Idempotency-Replayed" not in two.headers


def test_a_key_survives_a_new_sign_in(any_market: Marketplace) -> None:
    key, body = next(KEYS), {**LISTING, "barcode": "again"}
    first = any_market.seller.post("/v1/tickets", body, Idempotency_Key=key)
    credentials = {"email": any_market.seller.email, "password": "correct horse battery staple"}
    token = any_market.anonymous.post("/v1/auth/login", credentials).json()["token"]
    again = any_market.client_of(token).post("/v1/tickets", body, Idempotency_Key=key)
    assert again.content == first.content


def at_once(market: Marketplace, body: object, key: str) -> list[Reply]:
    """Send the same request many times at once."""
    wires = [Wire(market.server.url, market.buyer.token) for _ in range(PARALLEL)]
    start_line = StartLine(PARALLEL)
    replies = start_line.race(
        [partial(wire.post, "/v1/orders", body, Idempotency_Key=key) for wire in wires]
    )
    start_line.close()
    for wire in wires:
        wire.close()
    return replies


def test_a_hundred_identical_requests_at_once_have_one_effect(any_market: Marketplace) -> None:
    before = orders_of(any_market.buyer)
    replies = at_once(any_market, {"ticket_id": any_market.seller.list_ticket()["id"]}, next(KEYS))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.raw for reply in replies}) == 1
    assert sum("Idempotency-Replayed" not in reply.headers for reply in replies) == 1
    assert orders_of(any_market.buyer) == before + 1


def test_a_hundred_identical_requests_at_once_get_the_same_refusal(
    any_market: Marketplace,
) -> None:
    for _ in range(5):
        replies = at_once(any_market, {"ticket_id": "tkt_00000"}, next(KEYS))
        assert {reply.status for reply in replies} == {404}
        assert len({reply.raw for reply in replies}) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ticket_id": "tkt_00000"}, 404, "ticket_not_found"),
        ({"ticket_id": "{own}"}, 409, "own_ticket"),
        ({"ticket_id": "{locked}"}, 409, "ticket_unavailable"),
    ],
)
def test_a_repeated_refusal_is_identical(
    any_market: Marketplace, body: dict[str, str], status: int, code: str
) -> None:
    key, me = next(KEYS), any_market.sign_up(f"refused-{next(KEYS)}")
    locked = any_market.seller.list_ticket()["id"]
    any_market.other.lock_ticket(locked)
    own = me.list_ticket()["id"]
    request = {"ticket_id": body["ticket_id"].format(own=own, locked=locked)}
    first = me.post("/v1/orders", request, Idempotency_Key=key)
    again = me.post("/v1/orders", request, Idempotency_Key=key)
    assert (first.status_code, first.json()["code"]) == (status, code)
    assert (again.status_code, again.content) == (status, first.content)
    assert again.headers["X-Request-Id"] == first.headers["X-Request-Id"]
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_stored_refusal_is_returned_even_when_the_request_would_succeed_now(
    any_market: Marketplace,
) -> None:
    key, me = next(KEYS), any_market.sign_up(f"late-{next(KEYS)}")
    ticket = any_market.seller.list_ticket()["id"]
    order = any_market.sign_up(f"early-{next(KEYS)}")
    held = order.lock_ticket(ticket)["id"]
    first = me.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key=key)
    order.post(f"/v1/orders/{held}/cancel")
    again = me.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key=key)
    assert (first.status_code, again.content) == (409, first.content)
    assert me.post("/v1/orders", {"ticket_id": ticket}).status_code == 201


def test_the_refusal_of_an_invalid_body_is_not_stored(any_market: Marketplace) -> None:
    key = next(KEYS)
    bad = {**LISTING, "show": {**SHOW, "name": ""}}
    with any_market.unchanged():
        assert any_market.seller.post("/v1/tickets", bad, Idempotency_Key=key).status_code == 422
    good = {**LISTING, "barcode": "corrected"}
    assert any_market.seller.post("/v1/tickets", good, Idempotency_Key=key).status_code == 201


def test_nothing_is_stored_for_anonymous_clients(any_market: Marketplace) -> None:
    with any_market.unchanged():
        for visitor in (any_market.anonymous, any_market.client_of("tkt_session_nonsense")):
            refused = visitor.post("/v1/orders", {"ticket_id": "tkt_00000"}, Idempotency_Key="k")
            assert refused.status_code == 401


def test_too_many_attempts_is_not_stored(market: Marketplace) -> None:
    me = market.sign_up("guesser")
    wrong = {"email": me.email, "password": "a wrong password"}
    key, before = next(KEYS), replies(market)
    statuses = [
        market.anonymous.post("/v1/auth/login", wrong, Idempotency_Key=key).status_code
        for _ in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert replies(market) == before


def test_a_request_without_a_key_is_done_each_time(any_market: Marketplace) -> None:
    body = {**LISTING, "row": "twice"}
    ids = {any_market.seller.post("/v1/tickets", body).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_stored_refusal_has_its_retry_after(tmp_path: Path, sqlite_template: Path) -> None:
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with open_marketplace(url, tmp_path, lock_for=SECOND) as market:
        ticket = market.seller.list_ticket()["id"]
        address = f"/v1/orders/{market.buyer.lock_ticket(ticket)['id']}"
        deadline = monotonic() + 10
        while market.buyer.get_json(address)["status"] != "cancelled":
            assert monotonic() < deadline
        body, key = {"ticket_id": ticket}, next(KEYS)
        refused = market.buyer.post("/v1/orders", body, Idempotency_Key=key)
    assert (refused.json()["code"], refused.json()["rule"]) == ("cooling_down", "cool_down")
    assert int(refused.headers["Retry-After"]) == refused.json()["retry_after"] > 0
