"""Search text: what a search finds, and what it takes literally."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.text_keys import fold
from server.shows.search_text import pattern, word_patterns


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Curaçao", "curacao"),
        ("São Paulo", "SAO PAULO"),
        ("Øresund", "oresund"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("Þingvellir", "thingvellir"),
        ("cœur", "coeur"),
        ("Hai\u0308ti", "haïti"),
        ("ﬁnal", "final"),
        ("  two   words ", "two words"),
        ("İstanbul", "istanbul"),
    ],
)
def test_two_spellings_of_a_word_fold_to_the_same_text(written: str, searched: str) -> None:
    assert fold(written) == fold(searched)


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_wildcards_in_a_search_are_literal() -> None:
    assert pattern("100%_\\") == "%100\\%\\_\\\\%"


def test_a_search_looks_for_each_word_and_for_six_at_most() -> None:
    assert word_patterns("a b") == ["%a%", "%b%"]
    assert len(word_patterns("a b c d e f g h")) == 6
