"""Requests that two parsers could read differently: refused, and the connection closed."""

from __future__ import annotations

import pytest

from tests.server.http.http_client import exchange, status_of
from tests.server.http.marketplace import Marketplace

POST = b"POST /v1/auth/login HTTP/1.1\r\nHost: market\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: market\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
SIZED = POST + b"Content-Length: 5\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: market\r\n\r\n"

AMBIGUOUS = {
    "a length and chunks": SIZED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": SIZED + b"Content-Length: 6\r\n\r\nhello",
    "the same length twice": SIZED + b"Content-Length: 5\r\n\r\nhello",
    "two lengths in one line": POST + b"Content-Length: 5, 6\r\n\r\nhello",
    "a signed length": POST + b"Content-Length: +5\r\n\r\nhello",
    "a negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "a length in hex": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "an empty length": POST + b"Content-Length: \r\n\r\nhello",
    "a length beyond counting": POST + b"Content-Length: %s\r\n\r\nhello" % (b"9" * 40),
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks named twice": CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "a bad chunk size": CHUNKED + b"\r\nzz\r\n\r\n",
    "a negative chunk size": CHUNKED + b"\r\n-1\r\n\r\n",
    "a chunk ended by a bare line feed": CHUNKED + b"\r\n1\na\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"\r\n1\r\nabc\r\n0\r\n\r\n",
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: market\n\n",
    "a bare line feed in the headers": b"GET /healthz HTTP/1.1\r\nHost: market\nX: y\r\n\r\n",
    "a bare carriage return": b"GET /healthz HTTP/1.1\r\nHost: market\rX: y\r\n\r\n",
    "a folded header": GET + b"X: a\r\n b\r\n\r\n",
    "a header that begins with a blank": b"GET /healthz HTTP/1.1\r\n Host: market\r\n\r\n",
    "a blank before the colon": b"GET /healthz HTTP/1.1\r\nHost : market\r\n\r\n",
    "a header without a name": GET + b": x\r\n\r\n",
    "a header without a colon": GET + b"nonsense\r\n\r\n",
    "a nul in a header": GET + b"X: a\x00b\r\n\r\n",
    "a nul in a header's name": GET + b"X\x00: b\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a version nobody speaks": b"GET /healthz HTTP/3.7\r\nHost: market\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "a blank in the address": b"GET /health z HTTP/1.1\r\nHost: market\r\n\r\n",
    "a method nobody knows": b"FOO /healthz HTTP/1.1\r\nHost: market\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 60 + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(
    market: Marketplace, request_: bytes
) -> None:
    with market.unchanged():
        received, closed = exchange(market.server.url, request_ + NEXT)
    assert status_of(received) == 400
    assert closed
    assert b"HTTP/1.1 200" not in received


def test_pipelined_requests_are_answered_in_order(market: Marketplace) -> None:
    last = NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    missing = NEXT.replace(b"healthz", b"nowhere")
    received, closed = exchange(market.server.url, NEXT + missing + last)
    assert closed
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_an_unexpected_body_is_not_taken_for_the_next_request(market: Marketplace) -> None:
    smuggled = NEXT.replace(b"healthz", b"metrics")
    sent = GET + b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled
    last = NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    received, _ = exchange(market.server.url, sent + last)
    assert received.count(b"HTTP/1.1 200") == 2
    assert b"ticketing_requests" not in received
