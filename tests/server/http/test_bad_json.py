"""Invalid JSON bodies: refused before anything is done, and never with a 500."""

from __future__ import annotations

import json

import pytest

from tests.server.http.http_client import LISTING, fields
from tests.server.http.marketplace import Marketplace

pytestmark = pytest.mark.sqlite_only

GOOD = json.dumps(LISTING).encode()


def test_a_duplicate_key_in_a_body_is_named(any_market: Marketplace) -> None:
    raw = GOOD.replace(b'"row":', b'"seat": "9", "row":')
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (400, ["seat"])


def test_a_nested_duplicate_key_is_named(any_market: Marketplace) -> None:
    raw = GOOD.replace(b'"amount":', b'"amount": 1, "amount":')
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (400, ["amount"])


@pytest.mark.parametrize(
    "field", ["status", "seller_id", "version", "id", "order_id", "prize", "__class__"]
)
def test_an_unknown_field_is_named(any_market: Marketplace, field: str) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post("/v1/tickets", {**LISTING, field: "available"})
    assert (refused.status_code, fields(refused)) == (422, [field])


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/v1/auth/signup", {"email": "a@b.co", "password": "x" * 9, "role": "admin"},
         "role"),
        ("POST", "/v1/orders", {"ticket_id": "tkt_00000", "buyer_id": "usr_00000"}, "buyer_id"),
        ("POST", "/v1/orders", {"ticket_id": "tkt_00000", "price": 1}, "price"),
        ("POST", "/v1/tickets/import", {"rows": [{}], "seller_id": "usr_00000"}, "seller_id"),
    ],
)  # fmt: skip
def test_fields_that_the_server_sets_cannot_be_sent(
    any_market: Marketplace, method: str, path: str, body: object, field: str
) -> None:
    with any_market.unchanged():
        refused = any_market.buyer.send(method, path, body)
    assert refused.status_code == 422
    assert field in fields(refused)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"}", b"nope", GOOD[:-1], GOOD + b"x", GOOD + GOOD, b"'{}'", b"{'a': 1}", b"\x00",
     b'{"seat": "\xff"}', b'{"seat": "\xed\xa0\x80"}', b'{"seat": "\\ud800"}',
     b'{"seat": "\\udc00x"}', b'{"seat": "a\nb"}', b"\xef\xbb\xbf{}",
     GOOD.decode().encode("utf-16")],
)  # fmt: skip
def test_invalid_json_is_malformed(any_market: Marketplace, raw: bytes) -> None:
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"text"', b"true", b"[{}]"])
def test_json_other_than_an_object_is_refused(any_market: Marketplace, raw: bytes) -> None:
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (422, ["body"])


@pytest.mark.parametrize(
    "raw",
    [
        b'{"rows": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"rows": [' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}",
        b"[" * 100_000,
        b'{"rows":' * 100_000,
    ],
    ids=["arrays in a row", "objects in a row", "arrays", "objects"],
)
def test_a_hundred_thousand_brackets_are_refused(any_market: Marketplace, raw: bytes) -> None:
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets/import", raw=raw)
    assert refused.status_code in (400, 422)


@pytest.mark.parametrize("raw", [b"[" * 60_000, b'{"show":' * 8_000, b'{"x":' + b"[" * 60_000])
def test_deep_nesting_in_a_small_body_is_refused(any_market: Marketplace, raw: bytes) -> None:
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert refused.status_code in (400, 422)


@pytest.mark.parametrize("row", [b"9" * 5000, b'"\xff"'], ids=["5,000 digits", "no UTF-8"])
def test_an_unreadable_row_is_refused(market: Marketplace, row: bytes) -> None:
    with market.unchanged():
        refused = market.seller.send("POST", "/v1/tickets/import", raw=b'{"rows": [%s]}' % row)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**LISTING, "price": {"amount": 0, "currency": "EUR"}}, "price.amount"),
        ({**LISTING, "seat": "a\x1bb"}, "seat"),
        ({**LISTING, "prize": 1}, "prize"),
        ([], "body"),
    ],
)
def test_an_invalid_import_row_names_its_field_and_changes_nothing(
    any_market: Marketplace, row: object, field: str
) -> None:
    with any_market.unchanged():
        report = any_market.seller.post("/v1/tickets/import", {"rows": [row]}).json()
    (result,) = report["results"]
    assert (result["outcome"], [e["field"] for e in result["errors"]]) == ("refused", [field])


def test_a_lone_surrogate_in_a_row_is_refused(any_market: Marketplace) -> None:
    raw = b'{"rows": [{"seat": "\xed\xa0\x80"}, {"seat": "\\ud800"}]}'
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets/import", raw=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_a_row_with_an_impossible_date_is_refused_alone(any_market: Marketplace) -> None:
    late = {**LISTING, "show": {**LISTING["show"], "starts_at": "9999-12-31T23:59:59-14:00"}}
    good = {**LISTING, "seat": "from an import"}
    report = any_market.seller.post("/v1/tickets/import", {"rows": [late, good]}).json()
    assert [result["outcome"] for result in report["results"]] == ["refused", "created"]


@pytest.mark.parametrize("rows", [[], [{}] * 501, None, {}, "rows"])
def test_an_import_with_no_rows_or_too_many_names_the_field(
    any_market: Marketplace, rows: object
) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post("/v1/tickets/import", {"rows": rows})
    assert (refused.status_code, fields(refused)) == (422, ["rows"])


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("nobody", "x" * 9, "email"), ("a@b", "x" * 9, "email"), ("a b@c.co", "x" * 9, "email"),
     ("a\x00@b.co", "x" * 9, "email"), ("x" * 250 + "@b.co", "x" * 9, "email"),
     ("a@b.co", "short", "password"), ("a@b.co", "x" * 257, "password"),
     ("somebody@example.org", "Somebody@Example.org", "password")],
)  # fmt: skip
def test_an_invalid_sign_up_names_its_field(
    any_market: Marketplace, email: str, password: str, field: str
) -> None:
    with any_market.unchanged():
        refused = any_market.anonymous.post(
            "/v1/auth/signup", {"email": email, "password": password}
        )
    assert (refused.status_code, fields(refused)) == (422, [field])
    assert password not in refused.text
