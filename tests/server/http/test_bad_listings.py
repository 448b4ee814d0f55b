"""Invalid listings: each is refused with the name of the field, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.http.http_client import LISTING, SHOW, fields
from tests.server.http.marketplace import Marketplace

pytestmark = pytest.mark.sqlite_only

ENCODED = json.dumps({k: v for k, v in LISTING.items() if k != "price"})[1:-1].encode()


@pytest.mark.parametrize(
    "amount",
    ["0", "-1", "1e3", "1000.0", "12.345", "9223372036854775808", "1000000000001", "true", '"45"',
     "null", "[]"],
)  # fmt: skip
def test_a_price_that_is_not_a_whole_number_is_named(any_market: Marketplace, amount: str) -> None:
    raw = b'{%s,"price":{"amount":%s,"currency":"EUR"}}' % (ENCODED, amount.encode())
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, fields(refused)) == (422, ["price.amount"])


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1_000", "01", "+1"])
def test_a_price_that_is_not_json_makes_the_body_malformed(
    any_market: Marketplace, amount: str
) -> None:
    raw = b'{%s,"price":{"amount":%s,"currency":"EUR"}}' % (ENCODED, amount.encode())
    with any_market.unchanged():
        refused = any_market.seller.send("POST", "/v1/tickets", raw=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_a_number_of_five_thousand_digits_is_refused(any_market: Marketplace) -> None:
    raw = b'{%s,"price":{"amount":%s,"currency":"EUR"}}' % (ENCODED, b"9" * 5000)
    assert any_market.seller.send("POST", "/v1/tickets", raw=raw).status_code == 422


@pytest.mark.parametrize("currency", ["EURO", "eur", "", "EU", "E\x00R", "\u0415UR", 978])
def test_an_unknown_currency_is_named(any_market: Marketplace, currency: object) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post(
            "/v1/tickets", {**LISTING, "price": {"amount": 100, "currency": currency}}
        )
    assert (refused.status_code, fields(refused)) == (422, ["price.currency"])


@pytest.mark.parametrize("currency", ["XXX", "ZZZ"])
def test_a_code_outside_iso_4217_is_named(market: Marketplace, currency: str) -> None:
    with market.unchanged():
        refused = market.seller.post(
            "/v1/tickets", {**LISTING, "price": {"amount": 100, "currency": currency}}
        )
    assert (refused.status_code, fields(refused)) == (422, ["price.currency"])


@pytest.mark.parametrize("part", ["name", "venue", "city"])
@pytest.mark.parametrize(
    "text",
    ["", "   ", "A" * 5000, "A" * 201, "a\x00b", "a\x1b[31mb", "a\nb", "a\tb", "a\x9bb",
     "a\u202eb", "a\u200bb", "\ufb2c" * 200],
    ids=["empty", "blank", "5,000 letters", "201 letters", "nul", "escape", "line feed", "tab",
         "c1", "bidi", "zero width", "longer once normalised"],
)  # fmt: skip
def test_an_invalid_name_is_named(any_market: Marketplace, part: str, text: str) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post("/v1/tickets", {**LISTING, "show": {**SHOW, part: text}})
    assert (refused.status_code, fields(refused)) == (422, [f"show.{part}"])


@pytest.mark.parametrize("field", ["section", "row", "seat", "barcode", "external_id"])
@pytest.mark.parametrize("text", ["A" * 81, "a\x00b", "a\x1bb", "a\u2028b"])
def test_an_invalid_text_is_named(any_market: Marketplace, field: str, text: str) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post("/v1/tickets", {**LISTING, field: text})
    assert (refused.status_code, fields(refused)) == (422, [field])


@pytest.mark.parametrize(
    "starts_at",
    ["2031-06-18T19:00:00", "2031-06-18", "tomorrow", "2031-13-01T00:00:00Z",
     "2031-02-29T00:00:00Z", "2031-06-18T25:00:00Z", "", 1924988400, None,
     "9999-12-31T23:59:59-14:00"],
)  # fmt: skip
def test_a_start_without_an_offset_is_named(any_market: Marketplace, starts_at: object) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post(
            "/v1/tickets", {**LISTING, "show": {**SHOW, "starts_at": starts_at}}
        )
    assert (refused.status_code, fields(refused)) == (422, ["show.starts_at"])


@pytest.mark.parametrize("starts_at", ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_show_in_the_past_is_refused(any_market: Marketplace, starts_at: str) -> None:
    with any_market.unchanged():
        refused = any_market.seller.post(
            "/v1/tickets", {**LISTING, "show": {**SHOW, "starts_at": starts_at}}
        )
    assert (refused.status_code, refused.json()["code"]) == (409, "show_started")


@pytest.mark.parametrize("country", ["Curaçao", "cw", "C", "", "CUW", 1])
def test_an_invalid_country_code_is_named(any_market: Marketplace, country: object) -> None:
    refused = any_market.seller.post(
        "/v1/tickets", {**LISTING, "show": {**SHOW, "country": country}}
    )
    assert (refused.status_code, fields(refused)) == (422, ["show.country"])


def test_every_invalid_field_is_named_at_once(any_market: Marketplace) -> None:
    body: dict[str, Any] = {
        "show": {**SHOW, "name": "", "country": "x"}, "price": {"amount": 0, "currency": "EUR"},
        "seat": 7,
    }  # fmt: skip
    refused = any_market.seller.post("/v1/tickets", body)
    assert fields(refused) == ["show.name", "show.country", "seat", "price.amount"]


@pytest.mark.parametrize("missing", ["show", "price"])
def test_a_missing_field_is_named(any_market: Marketplace, missing: str) -> None:
    body = {name: value for name, value in LISTING.items() if name != missing}
    refused = any_market.seller.post("/v1/tickets", body)
    assert [(e["field"], e["message"]) for e in refused.json()["errors"]] == [
        (missing, "is missing")
    ]
