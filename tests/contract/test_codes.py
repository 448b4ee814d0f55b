"""Entry codes: one form in which all spellings of a code are equal."""

from __future__ import annotations

import sys

import pytest

from contract.codes import code_key


@pytest.mark.parametrize(
    "spelling",
    [
        "8E81973E0BECD7B0", "8e81973e0becd7b0", "8E81-973E-0BEC-D7B0", "8e81 973e 0bec d7b0",
        "\ufeff8E81973E0BECD7B0", "8E81973E0BECD7B0\r\n", "\t8E81\u00a0973E\u20130BEC\u2212D7B0 ",
        "8E81\u00ad973E\u200b0BECD7B0",
    ],
)  # fmt: skip
def test_all_spellings_of_a_code_have_one_key(spelling: str) -> None:
    assert code_key(spelling) == "8E81973E0BECD7B0"


def test_different_codes_have_different_keys() -> None:
    codes = ["ADA1", "ADA2", "ADA_1", "ADA.1", "ADA", "ÄDA1", "AD4-1"]
    assert len({code_key(code) for code in codes}) == len(codes)


@pytest.mark.parametrize("blank", ["", " ", "\r\n", "\ufeff", "\u00a0\u200b\t"])
def test_a_blank_code_has_an_empty_key(blank: str) -> None:
    assert code_key(blank) == ""


def test_a_code_of_dashes_keeps_them() -> None:
    assert code_key(" -- ") == "--"


def test_the_key_of_a_key_is_the_key_itself() -> None:
    unstable = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if code_key(code_key(f"a{char}1")) != code_key(f"a{char}1")
    ]
    assert unstable == []
