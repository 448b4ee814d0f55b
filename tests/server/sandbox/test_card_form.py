"""The card form: test cards are accepted, anything else is refused and not stored."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.card_form import InvalidCardField, read
from server.sandbox.cards import BY_NUMBER, passes_luhn
from tests.server.sandbox.merchant import GOOD, START, Merchant

#: One of Stripe's test numbers that the sandbox does not list: it counts as a real card.
UNLISTED = "4012888888881881"


def form(number: str = GOOD, exp: str = "12/40", cvc: str = "123") -> dict[str, str]:
    return {"card_number": number, "exp": exp, "cvc": cvc}


@pytest.mark.parametrize(
    "number", ["4242 4242 4242 4242", "4242-4242-4242-4242", " 4242424242424242 "]
)
def test_a_card_number_may_contain_spaces_and_dashes(number: str) -> None:
    assert read(form(number), now=START).card.number == GOOD


@pytest.mark.parametrize("exp", ["01/27", "1227", "12 / 40", "12/2040"])
def test_a_future_expiry_date_is_accepted(exp: str) -> None:
    assert read(form(exp=exp), now=START).expires[1] >= 2027


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "card_number"),
        (form(""), "card_number"),
        (form("4242"), "card_number"),
        (form("4242424242424241"), "card_number"),
        (form("4242x4242x4242x4242"), "card_number"),
        (form("４２４２" + "4" * 12), "card_number"),  # noqa: RUF001  digits of another script
        (form(UNLISTED), "card_number"),
        (form(exp=""), "exp"),
        (form(exp="13/40"), "exp"),
        (form(exp="00/40"), "exp"),
        (form(exp="12/26"), "exp"),
        (form(exp="12/1999"), "exp"),
        (form(cvc=""), "cvc"),
        (form(cvc="12"), "cvc"),
        (form(cvc="1234"), "cvc"),
        (form(cvc="abc"), "cvc"),
        (form("378282246310005"), "cvc"),
    ],
)
def test_an_invalid_field_is_named(fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidCardField) as raised:
        read(fields, now=START)
    assert raised.value.field == field


def test_a_card_is_valid_until_the_end_of_its_expiry_month() -> None:
    last_second_of_january_2027 = 1_801_439_999
    assert read(form(exp="01/27"), now=last_second_of_january_2027).expires == (1, 2027)
    with pytest.raises(InvalidCardField, match="in the past"):
        read(form(exp="01/27"), now=last_second_of_january_2027 + 1)


@given(digits=st.text("0123456789", min_size=11, max_size=18))
def test_no_unlisted_card_number_is_accepted(digits: str) -> None:
    number = next(digits + last for last in "0123456789" if passes_luhn(digits + last))
    if number in BY_NUMBER:
        return
    with pytest.raises(InvalidCardField, match="never a real card") as raised:
        read(form(number), now=START)
    assert number not in str(raised.value)


def test_a_real_looking_number_is_neither_stored_nor_logged_nor_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    merchant = Merchant(tmp_path / "sandbox.db")
    session = merchant.open()
    reply = merchant.submit_card(session.id, UNLISTED)
    assert (reply.status, reply.state) == (422, "invalid")
    assert merchant.session(session.id).payment_intent is None
    merchant.sandbox.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for place in (stored.decode("latin-1"), caplog.text, reply.html, reply.message):
        assert UNLISTED not in place


def test_not_even_a_test_number_is_stored(tmp_path: Path) -> None:
    merchant = Merchant(tmp_path / "sandbox.db")
    merchant.authorize()
    merchant.sandbox.close()
    assert GOOD.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
