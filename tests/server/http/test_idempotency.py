"""The same request under the same key: one effect, and one answer however often it is asked."""

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
from tests.server.http.shop import Shop, open_shop, state_of
from tests.server.http.visitor import LISTING, SHOW, Visitor

KEYS = (f"key-{n}" for n in count())
PARALLEL = 100


def orders_of(visitor: Visitor) -> int:
    return len(visitor.gets("/v1/orders?limit=100")["items"])


def replies(shop: Shop) -> int:
    return len(state_of(shop.server.settings.database)["replies"])


def test_a_repeated_request_gets_the_same_answer_and_has_one_effect(any_shop: Shop) -> None:
    body, key = {"ticket_id": any_shop.seller.lists()["id"]}, next(KEYS)
    before = orders_of(any_shop.buyer)
    first, *others = (
        any_shop.buyer.post("/v1/orders", body, Idempotency_Key=key) for _ in range(3)
    )
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    for other in others:
        assert (other.status_code, other.content) == (201, first.content)
        assert other.headers["Idempotency-Replayed"] == "true"
    assert orders_of(any_shop.buyer) == before + 1


def test_a_key_is_refused_for_another_body(any_shop: Shop) -> None:
    key = next(KEYS)
    any_shop.seller.post("/v1/tickets", {**LISTING, "code": "A"}, Idempotency_Key=key)
    with any_shop.unchanged():
        refused = any_shop.seller.post("/v1/tickets", {**LISTING, "code": "B"}, Idempotency_Key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


def test_a_key_is_refused_at_another_address(any_shop: Shop) -> None:
    key, ticket = next(KEYS), any_shop.seller.lists()["id"]
    first = any_shop.seller.send("PATCH", f"/v1/tickets/{ticket}", {}, Idempotency_Key=key)
    assert first.status_code == 200
    with any_shop.unchanged():
        refused = any_shop.seller.send("DELETE", f"/v1/tickets/{ticket}", {}, Idempotency_Key=key)
    assert refused.json()["code"] == "key_reused"


def test_after_a_key_was_refused_the_first_answer_still_stands(any_shop: Shop) -> None:
    key = next(KEYS)
    first = any_shop.seller.post("/v1/tickets", {**LISTING, "code": "A"}, Idempotency_Key=key)
    any_shop.seller.post("/v1/tickets", {**LISTING, "code": "B"}, Idempotency_Key=key)
    again = any_shop.seller.post("/v1/tickets", {**LISTING, "code": "A"}, Idempotency_Key=key)
    assert again.content == first.content


def test_two_people_may_use_the_same_key(any_shop: Shop) -> None:
    key, body = next(KEYS), {**LISTING, "code": "the same"}
    one = any_shop.seller.post("/v1/tickets", body, Idempotency_Key=key)
    two = any_shop.other.post("/v1/tickets", body, Idempotency_Key=key)
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["id"] != two.json()["id"]
    assert "Idempotency-Replayed" not in two.headers


def test_a_key_survives_a_new_sign_in(any_shop: Shop) -> None:
    key, body = next(KEYS), {**LISTING, "code": "again"}
    first = any_shop.seller.post("/v1/tickets", body, Idempotency_Key=key)
    credentials = {"email": any_shop.seller.email, "password": "correct horse battery staple"}
    token = any_shop.nobody.post("/v1/auth/login", credentials).json()["token"]
    again = any_shop.knows(token).post("/v1/tickets", body, Idempotency_Key=key)
    assert again.content == first.content


def at_once(shop: Shop, body: object, key: str) -> list[Reply]:
    """Send the same request many times in the same instant."""
    wires = [Wire(shop.server.url, shop.buyer.token) for _ in range(PARALLEL)]
    line = StartLine(PARALLEL)
    replies = line.race(
        [partial(wire.post, "/v1/orders", body, Idempotency_Key=key) for wire in wires]
    )
    line.close()
    for wire in wires:
        wire.close()
    return replies


def test_a_hundred_identical_requests_at_once_have_one_effect(any_shop: Shop) -> None:
    before = orders_of(any_shop.buyer)
    replies = at_once(any_shop, {"ticket_id": any_shop.seller.lists()["id"]}, next(KEYS))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.raw for reply in replies}) == 1
    assert sum("Idempotency-Replayed" not in reply.headers for reply in replies) == 1
    assert orders_of(any_shop.buyer) == before + 1


def test_a_hundred_identical_requests_at_once_are_refused_in_the_same_words(
    any_shop: Shop,
) -> None:
    for _ in range(5):
        replies = at_once(any_shop, {"ticket_id": "tkt_00000"}, next(KEYS))
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
def test_a_refusal_is_repeated_too_word_for_word(
    any_shop: Shop, body: dict[str, str], status: int, code: str
) -> None:
    key, me = next(KEYS), any_shop.meet(f"refused-{next(KEYS)}")
    locked = any_shop.seller.lists()["id"]
    any_shop.other.locks(locked)
    own = me.lists()["id"]
    said = {"ticket_id": body["ticket_id"].format(own=own, locked=locked)}
    first = me.post("/v1/orders", said, Idempotency_Key=key)
    again = me.post("/v1/orders", said, Idempotency_Key=key)
    assert (first.status_code, first.json()["code"]) == (status, code)
    assert (again.status_code, again.content) == (status, first.content)
    assert again.headers["X-Request-Id"] == first.headers["X-Request-Id"]
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_repeated_refusal_stands_even_when_it_would_no_longer_be_refused(any_shop: Shop) -> None:
    key, me = next(KEYS), any_shop.meet(f"late-{next(KEYS)}")
    ticket = any_shop.seller.lists()["id"]
    order = any_shop.meet(f"early-{next(KEYS)}")
    held = order.locks(ticket)["id"]
    first = me.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key=key)
    order.post(f"/v1/orders/{held}/cancel")
    again = me.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key=key)
    assert (first.status_code, again.content) == (409, first.content)
    assert me.post("/v1/orders", {"ticket_id": ticket}).status_code == 201


def test_a_body_that_cannot_be_accepted_is_not_kept(any_shop: Shop) -> None:
    key = next(KEYS)
    bad = {**LISTING, "show": {**SHOW, "name": ""}}
    with any_shop.unchanged():
        assert any_shop.seller.post("/v1/tickets", bad, Idempotency_Key=key).status_code == 422
    good = {**LISTING, "code": "corrected"}
    assert any_shop.seller.post("/v1/tickets", good, Idempotency_Key=key).status_code == 201


def test_nothing_is_kept_for_whom_nobody_knows(any_shop: Shop) -> None:
    with any_shop.unchanged():
        for visitor in (any_shop.nobody, any_shop.knows("tkt_session_nonsense")):
            refused = visitor.post("/v1/orders", {"ticket_id": "tkt_00000"}, Idempotency_Key="k")
            assert refused.status_code == 401


def test_too_many_attempts_are_not_kept(shop: Shop) -> None:
    me = shop.meet("guesser")
    wrong = {"email": me.email, "password": "a wrong password"}
    key, before = next(KEYS), replies(shop)
    statuses = [
        shop.nobody.post("/v1/auth/login", wrong, Idempotency_Key=key).status_code
        for _ in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert replies(shop) == before


def test_a_request_without_a_key_is_done_each_time(any_shop: Shop) -> None:
    body = {**LISTING, "code": "twice"}
    ids = {any_shop.seller.post("/v1/tickets", body).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_refusal_under_a_key_still_says_when_to_come_back(
    tmp_path: Path, sqlite_template: Path
) -> None:
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with open_shop(url, tmp_path, lock_for=SECOND) as shop:
        ticket = shop.seller.lists()["id"]
        address = f"/v1/orders/{shop.buyer.locks(ticket)['id']}"
        deadline = monotonic() + 10
        while shop.buyer.gets(address)["status"] != "cancelled":
            assert monotonic() < deadline
        body, key = {"ticket_id": ticket}, next(KEYS)
        refused = shop.buyer.post("/v1/orders", body, Idempotency_Key=key)
    assert (refused.json()["code"], refused.json()["rule"]) == ("cooling_down", "cool_down")
    assert int(refused.headers["Retry-After"]) == refused.json()["retry_after"] > 0
