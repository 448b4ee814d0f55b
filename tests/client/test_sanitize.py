from __future__ import annotations

import pytest

from client.sanitize import LONGEST, clean, safe_text
from contract.orders import OrderStatus
from contract.problems import FieldError, ProblemDocument
from contract.system import Stats
from tests.hostile import CORPUS, STEERING


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_no_terminal_control_is_left(text: str) -> None:
    assert not STEERING.search(safe_text(text))


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_making_safe_text_safe_again_changes_nothing(text: str) -> None:
    safe = safe_text(text)
    assert safe_text(safe) is safe


@pytest.mark.parametrize("name", ["wide", "right to left", "flags and families", "markup bold"])
def test_honest_text_stays_as_it_is(name: str) -> None:
    assert safe_text(CORPUS[name]) is CORPUS[name]


def test_each_hidden_character_is_replaced_visibly() -> None:
    assert safe_text("a\x1b[2Jb\u202ec") == "a\ufffd[2Jb\ufffdc"


def test_at_most_four_marks_stay_on_a_letter() -> None:
    assert safe_text("e" + "\u0301" * 30 + "x") == "e" + "\u0301" * 4 + "x"


def test_joiners_alone_do_not_accumulate() -> None:
    assert safe_text("a" + "\u200d" * 500) == "a" + "\u200d" * 4


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    safe = safe_text("A" * 4_000)
    assert len(safe) == LONGEST
    assert safe.endswith("A…")


def test_line_feeds_stay_only_in_multiline_text() -> None:
    assert safe_text("a\nb") == "a\ufffdb"
    assert safe_text("a\nb\r\x1b", multiline=True) == "a\nb\ufffd\ufffd"


def test_cleaning_reaches_every_text_of_a_reply() -> None:
    document = ProblemDocument(
        type="t", title="t\x1b", status=409, code="c", detail="d\x9b",
        errors=(FieldError(field="f\u202e", message="m"),),
    )  # fmt: skip
    safe = clean(document)
    assert (safe.title, safe.detail, safe.errors[0].field) == ("t\ufffd", "d\ufffd", "f\ufffd")


def test_cleaning_reaches_the_keys_of_a_map() -> None:
    stats = Stats(accounts={"a\x1b": 1}, tickets={}, orders={}, jobs={}, events=0)
    assert clean(stats).accounts == {"a\ufffd": 1}


def test_cleaning_leaves_enum_values_unchanged() -> None:
    assert clean((OrderStatus.COMPLETE,))[0] is OrderStatus.COMPLETE


def test_cleaning_returns_a_safe_reply_unchanged() -> None:
    error = FieldError(field="price", message="is missing")
    assert clean(error) is error
