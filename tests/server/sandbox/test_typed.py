"""What somebody typed: test cards are read, anything else is refused and forgotten."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sandbox.cards import BY_NUMBER, luhn
from server.sandbox.typed import Mistyped, read
from tests.server.sandbox.till import GOOD, START, Till

#: A test number of Stripe's that is not listed: for the sandbox as real as any.
UNLISTED = "4012888888881881"


def typed(number: str = GOOD, exp: str = "12/40", cvc: str = "123") -> dict[str, str]:
    return {"card_number": number, "exp": exp, "cvc": cvc}


@pytest.mark.parametrize(
    "number", ["4242 4242 4242 4242", "4242-4242-4242-4242", " 4242424242424242 "]
)
def test_a_number_may_be_spaced(number: str) -> None:
    assert read(typed(number), now=START).card.number == GOOD


@pytest.mark.parametrize("exp", ["01/27", "1227", "12 / 40", "12/2040"])
def test_a_date_to_come_is_read(exp: str) -> None:
    assert read(typed(exp=exp), now=START).expires[1] >= 2027


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "card_number"),
        (typed(""), "card_number"),
        (typed("4242"), "card_number"),
        (typed("4242424242424241"), "card_number"),
        (typed("4242x4242x4242x4242"), "card_number"),
        (typed("４２４２" + "4" * 12), "card_number"),  # noqa: RUF001  digits of another script
        (typed(UNLISTED), "card_number"),
        (typed(exp=""), "exp"),
        (typed(exp="13/40"), "exp"),
        (typed(exp="00/40"), "exp"),
        (typed(exp="12/26"), "exp"),
        (typed(exp="12/1999"), "exp"),
        (typed(cvc=""), "cvc"),
        (typed(cvc="12"), "cvc"),
        (typed(cvc="1234"), "cvc"),
        (typed(cvc="abc"), "cvc"),
        (typed("378282246310005"), "cvc"),
    ],
)
def test_a_mistake_is_refused_at_its_field(form: dict[str, str], field: str) -> None:
    with pytest.raises(Mistyped) as raised:
        read(form, now=START)
    assert raised.value.field == field


def test_a_card_is_good_to_the_end_of_its_month() -> None:
    last_second_of_january_2027 = 1_801_439_999
    assert read(typed(exp="01/27"), now=last_second_of_january_2027).expires == (1, 2027)
    with pytest.raises(Mistyped, match="in the past"):
        read(typed(exp="01/27"), now=last_second_of_january_2027 + 1)


@given(digits=st.text("0123456789", min_size=11, max_size=18))
def test_no_number_outside_the_table_is_ever_taken(digits: str) -> None:
    number = next(digits + last for last in "0123456789" if luhn(digits + last))
    if number in BY_NUMBER:
        return
    with pytest.raises(Mistyped, match="never a real one") as raised:
        read(typed(number), now=START)
    assert number not in str(raised.value)


def test_a_real_looking_number_is_neither_stored_nor_logged_nor_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    till = Till(tmp_path / "sandbox.db")
    session = till.open()
    reply = till.type_in(session.id, UNLISTED)
    assert (reply.status, reply.state) == (422, "invalid")
    assert till.session(session.id).payment_intent is None
    till.sandbox.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for place in (kept.decode("latin-1"), caplog.text, reply.html, reply.message):
        assert UNLISTED not in place


def test_not_even_a_test_number_is_stored(tmp_path: Path) -> None:
    till = Till(tmp_path / "sandbox.db")
    till.authorise()
    till.sandbox.close()
    assert GOOD.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
