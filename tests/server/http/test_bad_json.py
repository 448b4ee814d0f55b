"""Bodies that are not the JSON we take: refused before anything is done, and never with a 500."""

from __future__ import annotations

import json

import pytest

from tests.server.http.shop import Shop
from tests.server.http.visitor import LISTING, fields

pytestmark = pytest.mark.sqlite_only

GOOD = json.dumps(LISTING).encode()


def test_a_key_said_twice_is_named(any_shop: Shop) -> None:
    raw = GOOD.replace(b'"row":', b'"seat": "9", "row":')
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (400, ["seat"])


def test_a_key_said_twice_deep_inside_is_named(any_shop: Shop) -> None:
    raw = GOOD.replace(b'"amount":', b'"amount": 1, "amount":')
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (400, ["amount"])


@pytest.mark.parametrize(
    "field", ["status", "seller_id", "version", "id", "order_id", "prize", "__class__"]
)
def test_a_field_nobody_may_write_is_named(any_shop: Shop, field: str) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.post("/v1/tickets", {**LISTING, field: "available"})
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
def test_what_the_house_decides_cannot_be_sent(
    any_shop: Shop, method: str, path: str, body: object, field: str
) -> None:
    with any_shop.unchanged():
        refused = any_shop.buyer.send(method, path, body)
    assert refused.status_code == 422
    assert field in fields(refused)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"}", b"nope", GOOD[:-1], GOOD + b"x", GOOD + GOOD, b"'{}'", b"{'a': 1}", b"\x00",
     b'{"seat": "\xff"}', b'{"seat": "\xed\xa0\x80"}', b'{"seat": "\\ud800"}',
     b'{"seat": "\\udc00x"}', b'{"seat": "a\nb"}', b"\xef\xbb\xbf{}",
     GOOD.decode().encode("utf-16")],
)  # fmt: skip
def test_what_is_no_json_is_unreadable(any_shop: Shop, raw: bytes) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"text"', b"true", b"[{}]"])
def test_json_that_is_no_object_is_refused(any_shop: Shop, raw: bytes) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets", raw=raw)
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
def test_a_hundred_thousand_brackets_are_refused(any_shop: Shop, raw: bytes) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets/import", raw=raw)
    assert refused.status_code in (400, 422)


@pytest.mark.parametrize("raw", [b"[" * 60_000, b'{"show":' * 8_000, b'{"x":' + b"[" * 60_000])
def test_brackets_that_fit_into_a_small_body_are_refused_too(any_shop: Shop, raw: bytes) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets", raw=raw)
    assert refused.status_code in (400, 422)


@pytest.mark.parametrize("row", [b"9" * 5000, b'"\xff"'], ids=["5,000 digits", "no UTF-8"])
def test_a_row_that_cannot_be_read_is_refused(shop: Shop, row: bytes) -> None:
    with shop.unchanged():
        refused = shop.seller.send("POST", "/v1/tickets/import", raw=b'{"rows": [%s]}' % row)
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
def test_a_bad_row_of_an_import_names_its_field_and_changes_nothing(
    any_shop: Shop, row: object, field: str
) -> None:
    with any_shop.unchanged():
        report = any_shop.seller.post("/v1/tickets/import", {"rows": [row]}).json()
    (result,) = report["results"]
    assert (result["outcome"], [e["field"] for e in result["errors"]]) == ("refused", [field])


def test_a_lone_surrogate_in_a_row_is_refused(any_shop: Shop) -> None:
    raw = b'{"rows": [{"seat": "\xed\xa0\x80"}, {"seat": "\\ud800"}]}'
    with any_shop.unchanged():
        refused = any_shop.seller.send("POST", "/v1/tickets/import", raw=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_a_row_that_breaks_the_calendar_is_refused_alone(any_shop: Shop) -> None:
    late = {**LISTING, "show": {**LISTING["show"], "starts_at": "9999-12-31T23:59:59-14:00"}}
    good = {**LISTING, "seat": "from an import"}
    report = any_shop.seller.post("/v1/tickets/import", {"rows": [late, good]}).json()
    assert [result["outcome"] for result in report["results"]] == ["refused", "created"]


@pytest.mark.parametrize("rows", [[], [{}] * 501, None, {}, "rows"])
def test_an_import_of_no_rows_or_too_many_names_rows(any_shop: Shop, rows: object) -> None:
    with any_shop.unchanged():
        refused = any_shop.seller.post("/v1/tickets/import", {"rows": rows})
    assert (refused.status_code, fields(refused)) == (422, ["rows"])


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("nobody", "x" * 9, "email"), ("a@b", "x" * 9, "email"), ("a b@c.co", "x" * 9, "email"),
     ("a\x00@b.co", "x" * 9, "email"), ("x" * 250 + "@b.co", "x" * 9, "email"),
     ("a@b.co", "short", "password"), ("a@b.co", "x" * 257, "password"),
     ("somebody@example.org", "Somebody@Example.org", "password")],
)  # fmt: skip
def test_a_bad_account_names_its_field(
    any_shop: Shop, email: str, password: str, field: str
) -> None:
    with any_shop.unchanged():
        refused = any_shop.nobody.post("/v1/auth/signup", {"email": email, "password": password})
    assert (refused.status_code, fields(refused)) == (422, [field])
    assert password not in refused.text
