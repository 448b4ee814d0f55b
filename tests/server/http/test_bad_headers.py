"""Invalid headers, paths and query strings: each is refused by name."""

from __future__ import annotations

import base64
import json

import pytest

from tests.server.http.http_client import LISTING, exchange, fields, status_of
from tests.server.http.marketplace import Marketplace

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/xml", "application/problem+json", "application/octet-stream", "json", ""],
)  # fmt: skip
def test_a_body_without_the_content_type_json_is_refused(
    any_market: Marketplace, kind: str
) -> None:
    raw = json.dumps(LISTING).encode()
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw, Content_Type=kind)
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")


def test_a_content_type_may_have_a_charset(any_market: Marketplace) -> None:
    raw = json.dumps({**LISTING, "seat": "with a charset"}).encode()
    kind = "Application/JSON; charset=utf-8"
    created = any_market.seller.send("POST", "/v1/tickets", raw=raw, Content_Type=kind)
    assert created.status_code == 201


@pytest.mark.parametrize("value", ["3", '"three"', '"0"', '"-1"', 'W/"1"', '"1", "2"', "*", '""',
                                  '"1' + "0" * 20 + '"'])  # fmt: skip
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_invalid_if_match_is_named(any_market: Marketplace, method: str, value: str) -> None:
    ticket = any_market.seller.list_ticket()["id"]
    with any_market.unchanged():
        refused = any_market.seller.send(method, f"/v1/tickets/{ticket}", {}, If_Match=value)
    assert (refused.status_code, fields(refused)) == (422, ["If-Match"])


@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "naïve", "a\tb"])
def test_an_invalid_idempotency_key_is_named(any_market: Marketplace, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    with any_market.unchanged():
        refused = any_market.seller.client.request(
            "POST", "/v1/tickets", json=LISTING, headers=headers
        )
    assert (refused.status_code, fields(refused)) == (422, ["Idempotency-Key"])


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Basic YTpi", "Bearer nonsense", "Bearer tkt_session_",
     "Bearer tkt_session_" + "A" * 51, "Token x", "Bearer \xff\xfe", "Bearer " + "x" * 4000],
)  # fmt: skip
def test_an_invalid_authorization_header_is_not_signed_in(
    any_market: Marketplace, value: str
) -> None:
    headers = {b"Authorization": value.encode("latin-1")}
    refused = any_market.anonymous.client.get("/v1/auth/me", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_an_invalid_token_is_refused_even_at_a_public_endpoint(any_market: Marketplace) -> None:
    assert any_market.anonymous.get("/v1/tickets", Authorization="Bearer x").status_code == 401


def test_a_user_agent_that_is_not_utf_8_can_sign_in(any_market: Marketplace) -> None:
    body = json.dumps({"email": any_market.buyer.email, "password": "wrong"}).encode()
    request = b"\r\n".join(
        [b"POST /v1/auth/login HTTP/1.1", b"Host: market", b"User-Agent: \xff\xfe",
         b"Content-Type: application/json", b"Connection: close",
         b"Content-Length: %d" % len(body), b"", body]
    )  # fmt: skip
    assert status_of(exchange(any_market.server.url, request)[0]) == 401
    request = request.replace(b'"wrong"', b'"correct horse battery staple"')
    request = request.replace(b"Length: %d" % len(body), b"Length: %d" % (len(body) + 23))
    assert status_of(exchange(any_market.server.url, request)[0]) == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"),
        ("limit=", "limit"), ("limit=9223372036854775808", "limit"),
        ("limit=1&limit=2", "limit"), ("q=a&q=a", "q"), ("prize=1", "prize"),
        ("cursor=nonsense", "cursor"), ("cursor=%00", "cursor"), ("cursor=W10", "cursor"),
        ("cursor=" + "A" * 201, "cursor"), ("sort=random", "sort"), ("status=free", "status"),
        ("category=gig", "category"), ("q=%00", "q"), ("q=%1B%5B2J", "q"), ("q=" + "a" * 201, "q"),
        ("starts_from=2031-01-01T00:00:00", "starts_from"), ("max_price=-1", "max_price"),
        ("max_price=9223372036854775808", "max_price"), ("max_price=1.5", "max_price"),
        ("currency=euro", "currency"), ("show_id=x", "show_id"), ("mine=perhaps", "mine"),
    ],
)  # fmt: skip
def test_an_invalid_query_parameter_is_named_by_the_server(
    any_market: Marketplace, query: str, field: str
) -> None:
    refused = any_market.buyer.get(f"/v1/tickets?{query}")
    assert (refused.status_code, fields(refused)) == (422, [field])


@pytest.mark.parametrize("moment", ["0.5", "1e3", "1924988400"])
@pytest.mark.parametrize("path", ["/v1/shows", "/v1/tickets"])
def test_a_time_given_as_a_number_is_named(market: Marketplace, path: str, moment: str) -> None:
    refused = market.anonymous.get(f"{path}?starts_to={moment}")
    assert (refused.status_code, fields(refused)) == (422, ["starts_to"])


@pytest.mark.parametrize(
    "place",
    [[2**70, "tkt_1"], [-(2**70), "tkt_1"], [1, "tkt_\x00"], [1], [1, 2], ["1", "2"], [1, "a", "b"],
     [None, "a"], [1.5, "a"], {"a": 1}, 7],
)  # fmt: skip
def test_an_invented_cursor_is_refused(any_market: Marketplace, place: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    for path in ("/v1/tickets", "/v1/shows"):
        refused = any_market.buyer.get(f"{path}?cursor={cursor}")
        assert (refused.status_code, fields(refused)) == (422, ["cursor"])


@pytest.mark.parametrize(
    "address",
    ["/v1/tickets/{}", "/v1/shows/{}", "/v1/orders/{}", "/v1/orders/{}/payment", "/v1/wallet/{}",
     "/p/{}", "/v1/admin/orders/{}/trace"],
)  # fmt: skip
@pytest.mark.parametrize(
    "name",
    ["%00", "tkt_%00", "%ff", "%ED%A0%80", "%2e%2e", "a%2Fb", "x" * 4000, "%F0%9F%98%80", "'"],
)
def test_an_unknown_id_is_not_found(any_market: Marketplace, address: str, name: str) -> None:
    assert any_market.admin.get(address.format(name)).status_code == 404


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/tickets", "/v1/tickets/", "//v1/tickets"])
def test_an_unknown_path_is_not_found(any_market: Marketplace, path: str) -> None:
    missing = any_market.anonymous.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/tickets", "GET, HEAD, POST"), ("DELETE", "/v1/orders", "GET, HEAD, POST"),
        ("GET", "/v1/auth/login", "POST"), ("POST", "/v1/feed", "GET, HEAD"),
        ("TRACE", "/v1/tickets", "GET, HEAD, POST"), ("OPTIONS", "/v1/tickets", "GET, HEAD, POST"),
        ("PATCH", "/healthz", "GET, HEAD"),
    ],
)  # fmt: skip
def test_an_unsupported_method_is_refused_with_the_supported_ones(
    any_market: Marketplace, method: str, path: str, allowed: str
) -> None:
    refused = any_market.seller.send(method, path)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == allowed
