"""Limits: how much a client may send, and how slowly."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from contract.endpoint import BODY_LIMIT
from contract.tickets import IMPORT_BODY_LIMIT, IMPORT_ROWS
from server.http import listeners
from server.http import request as reading
from tests import databases
from tests.server.http.http_client import LISTING, exchange, status_of
from tests.server.http.marketplace import Marketplace, open_marketplace


def request(market: Marketplace, path: str, *headers: str, body: bytes = b"") -> bytes:
    """Write a POST with a token and these headers."""
    head = [
        f"POST {path} HTTP/1.1", "Host: market", f"Authorization: Bearer {market.seller.token}",
        "Content-Type: application/json", *headers, "", "",
    ]  # fmt: skip
    return "\r\n".join(head).encode() + body


def first_answer(market: Marketplace, sent: bytes) -> tuple[int, float]:
    """Return the status of the first response, and the seconds it took."""
    host, _, port = market.server.url.removeprefix("http://").partition(":")
    began = monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(sent)
        return status_of(wire.recv(65536)), monotonic() - began


def test_the_limits_are_those_that_are_documented() -> None:
    assert (BODY_LIMIT, reading.BODY_SECONDS, listeners.IDLE_SECONDS) == (64 * 1024, 15, 10)


def test_a_body_over_the_limit_is_refused_from_its_header_alone(market: Marketplace) -> None:
    with market.unchanged():
        sent = request(market, "/v1/tickets", f"Content-Length: {BODY_LIMIT + 1}")
        status, seconds = first_answer(market, sent)  # not one byte of the body was sent
    assert status == 413
    assert seconds < 5


def test_an_absurd_length_is_refused_from_its_header_alone(market: Marketplace) -> None:
    sent = request(market, "/v1/tickets", "Content-Length: 999999999999999999")
    assert first_answer(market, sent)[0] == 413


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, 3 * 1024 * 1024])
def test_a_chunked_body_over_the_limit_is_refused(market: Marketplace, size: int) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(size // 1024 + 1):
            yield b" " * 1024

    with market.unchanged():
        refused = market.seller.client.post(
            "/v1/tickets", content=chunks(), headers={"Content-Type": "application/json"}
        )
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


def test_a_chunked_body_within_the_limit_is_read(market: Marketplace) -> None:
    whole = json.dumps({**LISTING, "seat": "in chunks"}).encode()
    created = market.seller.client.post(
        "/v1/tickets", content=iter([whole[:10], whole[10:]]),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert created.status_code == 201


def test_a_body_of_exactly_the_limit_is_read(market: Marketplace) -> None:
    raw = json.dumps({**LISTING, "seat": "at the limit"}).encode().ljust(BODY_LIMIT)
    assert market.seller.send("POST", "/v1/tickets", raw=raw).status_code == 201
    assert market.seller.send("POST", "/v1/tickets", raw=raw + b" ").status_code == 413


def test_a_full_import_fits_under_its_own_limit(market: Marketplace) -> None:
    row = {**LISTING, "barcode": "c" * 80, "seat": "s" * 40, "section": "é" * 40}
    rows = [{**row, "external_id": f"full-{n:04}"} for n in range(IMPORT_ROWS)]
    raw = json.dumps({"rows": rows, "dry_run": True}).encode()
    assert BODY_LIMIT < len(raw) < IMPORT_BODY_LIMIT
    assert market.seller.send("POST", "/v1/tickets/import", raw=raw).status_code == 200


def test_an_import_over_its_limit_is_refused(market: Marketplace) -> None:
    raw = b'{"rows": []}'.ljust(IMPORT_BODY_LIMIT + 1)
    assert market.seller.send("POST", "/v1/tickets/import", raw=raw).status_code == 413


@pytest.mark.parametrize(("length", "status"), [(8_200, 414), (100_000, 400)])
def test_a_path_that_is_too_long_is_refused(market: Marketplace, length: int, status: int) -> None:
    received, closed = exchange(
        market.server.url,
        b"GET /" + b"a" * length + b" HTTP/1.1\r\nHost: market\r\nConnection: close\r\n\r\n",
    )
    assert (status_of(received), closed) == (status, True)


@pytest.mark.parametrize(
    "headers", [b"X: " + b"a" * 9000 + b"\r\n", b"".join(b"X-%d: a\r\n" % n for n in range(5000))]
)
def test_headers_that_are_too_long_are_refused(market: Marketplace, headers: bytes) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nHost: market\r\n" + headers + b"\r\n"
    received, closed = exchange(market.server.url, sent)
    assert (status_of(received), closed) == (400, True)


def test_a_body_that_does_not_arrive_times_out(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.2)
    with market.unchanged():
        sent = request(market, "/v1/tickets", "Content-Length: 100", body=b'{"show":')
        status, seconds = first_answer(market, sent)
    assert status == 413
    assert seconds < 5


def test_slow_headers_are_cut_off(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.listeners.IDLE_SECONDS", 0.5)
    with open_marketplace(databases.sqlite_url(tmp_path, sqlite_template), tmp_path) as market:
        received, closed = exchange(market.server.url, b"GET /healthz HTTP/1.1\r\nHost: sh")
    assert (received, closed) == (b"", True)


def test_an_idle_connection_is_closed(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.listeners.IDLE_SECONDS", 0.5)
    with open_marketplace(databases.sqlite_url(tmp_path, sqlite_template), tmp_path) as market:
        received, closed = exchange(
            market.server.url, b"GET /healthz HTTP/1.1\r\nHost: market\r\n\r\n"
        )
    assert (status_of(received), closed) == (200, True)
