"""Problems on the wire: their format, their status, and what they do not reveal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
import structlog

from db.errors import QueueFull
from server.orders import service as orders
from server.tickets import listings, service
from tests.server.http.http_client import LISTING
from tests.server.http.marketplace import Marketplace

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
    market: Marketplace, method: str, path: str, status: int
) -> None:
    refused = market.anonymous.send(method, path)
    document = refused.json()
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert list(document) == [
        "type", "title", "status", "code", "detail", "errors", "rule", "retry_after", "request_id",
    ]  # fmt: skip
    assert refused.status_code == document["status"] == status
    assert document["type"] == f"/problems/{document['code'].replace('_', '-')}"
    assert document["request_id"] == refused.headers["X-Request-Id"]


def test_each_refusal_has_a_request_id_of_its_own(market: Marketplace) -> None:
    ids = {market.anonymous.get("/nowhere").headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20


def test_an_internal_error_is_not_shown_and_is_logged_once(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "list_tickets", fails(RuntimeError(SECRET)))
    with structlog.testing.capture_logs() as logs:
        broken = market.anonymous.get("/v1/tickets?q=a")
    assert (broken.status_code, broken.json()["code"]) == (500, "broken")
    for inside in ("hunter2", "Traceback", "RuntimeError", ".py", "/var/"):
        assert inside not in broken.text
    (line,) = logs
    assert line["log_level"] == "error"
    assert line["request_id"] == broken.headers["X-Request-Id"]


def test_a_refusal_is_not_logged(market: Marketplace) -> None:
    with structlog.testing.capture_logs() as logs:
        market.anonymous.get("/v1/tickets/tkt_00000")
        market.anonymous.post("/v1/tickets", LISTING)
    assert logs == []


def test_a_write_that_fails_leaves_nothing_behind(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = market.seller.list_ticket()["id"]
    monkeypatch.setattr(orders, "_event", fails(RuntimeError(SECRET)))  # after ticket and order
    with market.unchanged(), structlog.testing.capture_logs():
        broken = market.buyer.post("/v1/orders", {"ticket_id": ticket}, Idempotency_Key="breaks")
    assert broken.status_code == 500


def test_a_write_that_failed_can_be_repeated_with_its_key(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = market.seller.list_ticket()["id"]
    body = {"ticket_id": ticket}
    with monkeypatch.context() as breaks, structlog.testing.capture_logs():
        breaks.setattr(service, "lock", fails(RuntimeError(SECRET)))
        assert market.buyer.post("/v1/orders", body, Idempotency_Key="again").status_code == 500
    assert market.buyer.post("/v1/orders", body, Idempotency_Key="again").status_code == 201


def test_a_full_queue_is_refused_with_retry_after(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = market.seller, market.buyer  # they sign up before nobody can
    monkeypatch.setattr("db.sqlite.SqliteDatabase.submit", fails(QueueFull()))
    with market.unchanged():
        refused = market.seller.post("/v1/tickets", LISTING)
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["Retry-After"] == "1"


def test_a_locked_database_is_refused_with_retry_after(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorname = "SQLITE_BUSY"
    monkeypatch.setattr(service, "create", fails(busy))
    with market.unchanged():
        refused = market.seller.post("/v1/tickets", LISTING, Idempotency_Key="busy")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
