"""Problems on the wire: their shape, their number, and what they never tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
import structlog

from db.errors import QueueFull
from server.orders import service as orders
from server.tickets import listings, service
from tests.server.http.shop import Shop
from tests.server.http.visitor import LISTING

SECRET = "hunter2 at /var/lib/ticketing"


def fails(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/v1/tickets", 405), ("GET", "/v1/auth/me", 401),
     ("GET", "/v1/tickets/tkt_00000", 404), ("GET", "/v1/tickets?limit=0", 422),
     ("POST", "/v1/orders", 401)],
)  # fmt: skip
def test_a_refusal_is_a_problem_document_with_a_request_id(
    shop: Shop, method: str, path: str, status: int
) -> None:
    refused = shop.nobody.send(method, path)
    document = refused.json()
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert list(document) == [
        "type", "title", "status", "code", "detail", "errors", "rule", "retry_after", "request_id",
    ]  # fmt: skip
    assert refused.status_code == document["status"] == status
    assert document["type"] == f"/problems/{document['code'].replace('_', '-')}"
    assert document["request_id"] == refused.headers["X-Request-Id"]


def test_each_refusal_has_a_request_id_of_its_own(shop: Shop) -> None:
    ids = {shop.nobody.get("/nowhere").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


def test_what_breaks_inside_is_not_shown_and_is_logged_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "find", fails(RuntimeError(SECRET)))
    with structlog.testing.capture_logs() as logs:
        broken = shop.nobody.get("/v1/tickets?q=a")
    assert (broken.status_code, broken.json()["code"]) == (500, "broken")
    for inside in ("hunter2", "Traceback", "RuntimeError", ".py", "/var/"):
        assert inside not in broken.text
    (line,) = logs
    assert line["log_level"] == "error"
    assert line["request_id"] == broken.headers["X-Request-Id"]


def test_a_refusal_is_not_logged(shop: Shop) -> None:
    with structlog.testing.capture_logs() as logs:
        shop.nobody.get("/v1/tickets/tkt_00000")
        shop.nobody.post("/v1/tickets", LISTING)
    assert logs == []


def test_what_breaks_in_the_middle_of_a_write_leaves_nothing_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = shop.seller.lists()["id"]
    monkeypatch.setattr(orders, "_fact", fails(RuntimeError(SECRET)))  # after ticket and order
    with shop.unchanged(), structlog.testing.capture_logs():
        broken = shop.buyer.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key="breaks")
    assert broken.status_code == 500


def test_a_write_that_broke_may_be_repeated_under_its_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = shop.seller.lists()["id"]
    body = {"ticket_id": ticket}
    with monkeypatch.context() as breaks, structlog.testing.capture_logs():
        breaks.setattr(service, "lock", fails(RuntimeError(SECRET)))
        assert shop.buyer.post("/v1/orders", body, Idempotency_Key="again").status_code == 500
    assert shop.buyer.post("/v1/orders", body, Idempotency_Key="again").status_code == 201


def test_a_queue_that_is_full_says_when_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = shop.seller
    monkeypatch.setattr("db.sqlite.SqliteDatabase.submit", fails(QueueFull()))
    with shop.unchanged():
        refused = shop.seller.post("/v1/tickets", LISTING)
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["Retry-After"] == "1"


def test_a_database_that_is_locked_too_long_says_when_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorname = "SQLITE_BUSY"
    monkeypatch.setattr(service, "create", fails(busy))
    with shop.unchanged():
        refused = shop.seller.post("/v1/tickets", LISTING, Idempotency_Key="busy")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
