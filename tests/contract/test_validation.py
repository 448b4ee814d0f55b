"""Validation: a request is decoded strictly, and every invalid field is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.problems import Invalid, Malformed, Problem
from contract.tickets import CreateTicket, EditTicket, TicketsQuery
from contract.validation import convert, decode, hidden
from tests.hostile import CORPUS, STEERING

SHOW = {
    "name": "Curaçao v Haïti", "category": "sports", "venue": "Estadio", "city": "Willemstad",
    "country": "CW", "starts_at": "2031-06-18T19:00:00-04:00",
}  # fmt: skip
GOOD: dict[str, Any] = {"show": SHOW, "price": {"amount": 4500, "currency": "EUR"}}


def raw(**changes: Any) -> bytes:
    """Encode a valid ticket with changes."""
    return json.dumps({**GOOD, **changes}).encode()


def show(**changes: Any) -> bytes:
    """Encode a valid ticket with changes to its show."""
    return raw(show={**SHOW, **changes})


def price(text: str) -> bytes:
    """Encode a valid ticket with an amount written literally."""
    return raw(price="@").replace(b'"@"', f'{{"amount":{text},"currency":"EUR"}}'.encode())


def refused(given_raw: bytes) -> Problem:
    """Return the problem with which a body is refused."""
    with pytest.raises(Problem) as problem:
        decode(given_raw, CreateTicket)
    return problem.value


def test_a_valid_body_is_decoded() -> None:
    ticket = decode(raw(), CreateTicket)
    assert (ticket.show.name, ticket.price.amount) == ("Curaçao v Haïti", 4500)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(price("0"), "price.amount", id="nothing"),
        pytest.param(price("-1"), "price.amount", id="negative"),
        pytest.param(price("1e3"), "price.amount", id="exponent"),
        pytest.param(price("12.345"), "price.amount", id="fraction"),
        pytest.param(price("1.0"), "price.amount", id="float"),
        pytest.param(price("true"), "price.amount", id="bool as a number"),
        pytest.param(price("null"), "price.amount", id="null"),
        pytest.param(price('"1"'), "price.amount", id="text as a number"),
        pytest.param(price(str(2**63)), "price.amount", id="2^63"),
        pytest.param(price(str(10**40)), "price.amount", id="10^40"),
        pytest.param(price("1000000000001"), "price.amount", id="too much"),
        pytest.param(raw(price={"amount": 1, "currency": "ABC"}), "price.currency", id="unknown"),
        pytest.param(raw(price={"amount": 1, "currency": "eur"}), "price.currency", id="small"),
        pytest.param(raw(price={"amount": 1}), "price.currency", id="missing inside"),
        pytest.param(raw(price=[]), "price", id="a list for an object"),
        pytest.param(raw(surprise=1), "surprise", id="unknown field"),
        pytest.param(
            raw(price={"amount": 1, "currency": "EUR", "x": 1}), "price.x", id="unknown in"
        ),
        pytest.param(raw(seller_id="usr_me"), "seller_id", id="somebody else's field"),
        pytest.param(raw(seat="x" * 41), "seat", id="long seat"),
        pytest.param(raw(barcode=""), "barcode", id="empty barcode"),
        pytest.param(raw(section="   "), "section", id="blank"),
        pytest.param(raw(external_id=7), "external_id", id="number for text"),
        pytest.param(show(name=""), "show.name", id="empty name"),
        pytest.param(show(name="x" * 5000), "show.name", id="5,000 characters"),
        pytest.param(show(name="a\x00b"), "show.name", id="NUL"),
        pytest.param(show(name="\u202eevil"), "show.name", id="bidi"),
        pytest.param(show(name="a\nb"), "show.name", id="line end"),
        pytest.param(show(starts_at="2031-06-18T19:00:00"), "show.starts_at", id="no offset"),
        pytest.param(show(starts_at="tomorrow"), "show.starts_at", id="no date"),
        pytest.param(show(starts_at=1_900_000_000), "show.starts_at", id="seconds"),
        pytest.param(show(category="event"), "show.category", id="unknown category"),
        pytest.param(show(country="cw"), "show.country", id="country in small letters"),
        pytest.param(show(country="CUW"), "show.country", id="country of three"),
    ],
)
def test_an_invalid_field_is_named(body: bytes, field: str) -> None:
    problem = refused(body)
    assert isinstance(problem, Invalid)
    assert [error.field for error in problem.errors] == [field]


def test_all_invalid_fields_are_named_at_once() -> None:
    body = json.dumps({"show": {**SHOW, "name": "", "country": "x"}, "seat": 1, "y": 2}).encode()
    named = {error.field for error in refused(body).errors}
    assert named == {"show.name", "show.country", "seat", "y", "price"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b"nonsense", id="no JSON"),
        pytest.param(price("NaN"), id="NaN"),
        pytest.param(price("Infinity"), id="infinity"),
        pytest.param(price("1_000"), id="underscore"),
        pytest.param(raw(seat="@").replace(b"@", b"\xff"), id="not UTF-8"),
        pytest.param(raw(seat="@").replace(b"@", b"\\ud800"), id="lone surrogate"),
        pytest.param(raw() + b"{}", id="two bodies"),
        pytest.param(b"\xef\xbb\xbf" + raw(), id="byte order mark"),
        pytest.param(raw().replace(b'"price"', b'"price": {}, "price"', 1), id="twice"),
        pytest.param(price('1, "amount": 2'), id="twice inside"),
        pytest.param(price('1, "am\\u006funt": 2'), id="twice, once escaped"),
    ],
)
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    assert isinstance(refused(body), Malformed | Invalid)


def test_a_duplicate_key_is_named() -> None:
    problem = refused(price('1, "amount": 2'))
    assert isinstance(problem, Malformed)
    assert [error.field for error in problem.errors] == ["amount"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="lists"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="lists that end"),
        pytest.param(b'{"show":' * 100_000, id="objects"),
        pytest.param(raw(surprise="@").replace(b'"@"', b"[" * 99 + b"]" * 99), id="99 deep"),
        pytest.param(
            raw(surprise="@").replace(b'"@"', b"[" * 5000 + b"]" * 5000), id="deep inside"
        ),
    ],
)
def test_json_that_is_nested_too_deeply_is_refused(body: bytes) -> None:
    assert refused(body).status in (400, 422)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_json_that_is_not_an_object_is_refused(body: bytes) -> None:
    problem = refused(body)
    assert [error.field for error in problem.errors] == ["body"]


def test_a_missing_body_is_an_empty_object() -> None:
    assert decode(b"", EditTicket) == EditTicket()
    assert {error.field for error in refused(b"").errors} == {"show", "price"}


@pytest.mark.parametrize("name", [n for n, t in CORPUS.items() if STEERING.search(t)])
def test_a_text_with_terminal_control_characters_is_refused_by_name(name: str) -> None:
    problem = refused(show(name=CORPUS[name]))
    assert problem.status in (400, 422)
    if isinstance(problem, Invalid):
        assert [error.field for error in problem.errors] == ["show.name"]


def test_a_refusal_contains_no_terminal_control_characters() -> None:
    for text in CORPUS.values():
        problem = refused(raw(**{f"x{text}": 1}, seat=f"\x1b{text}"))
        for message in (problem.detail, *(e.message for e in problem.errors)):
            assert not STEERING.search(message)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "x"}, "limit"),
        ({"max_price": "-1"}, "max_price"), ({"max_price": "1.5"}, "max_price"),
        ({"surprise": "1"}, "surprise"), ({"currency": "ABC"}, "currency"),
        ({"starts_from": "2031-01-01T00:00:00"}, "starts_from"), ({"sort": "x"}, "sort"),
        ({"starts_from": "1e3"}, "starts_from"), ({"mine": "perhaps"}, "mine"),
        ({"q": "a\x00"}, "q"), ({"show_id": "x"}, "show_id"),
    ],
    ids=str,
)  # fmt: skip
def test_an_invalid_query_parameter_is_named(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as problem:
        convert(query, TicketsQuery, strict=False)
    assert [error.field for error in problem.value.errors] == [field]


def test_a_query_parses_numbers_and_booleans_from_text() -> None:
    read = convert({"limit": "7", "mine": "true"}, TicketsQuery, strict=False)
    assert (read.limit, read.mine) == (7, True)


@given(st.text(max_size=60))
def test_accepted_text_can_be_displayed(text: str) -> None:
    if hidden(text) is None:
        assert not STEERING.search(text.replace("\u200d", ""))


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    refusal: Problem | None = None
    try:
        decode(body, CreateTicket)
    except Problem as problem:
        refusal = problem
    assert refusal is None or refusal.status in (400, 422)
