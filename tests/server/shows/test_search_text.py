"""Words: what a search finds, and what it takes literally."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.shows.search_text import fold, pattern, word_patterns


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
def test_two_spellings_of_one_word_fold_alike(written: str, searched: str) -> None:
    assert fold(written) == fold(searched)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_what_a_pattern_would_read_as_a_wildcard_is_taken_literally() -> None:
    assert pattern("100%_\\") == "%100\\%\\_\\\\%"


def test_a_search_asks_for_each_word_and_for_six_at_most() -> None:
    assert word_patterns("a b") == ["%a%", "%b%"]
    assert len(word_patterns("a b c d e f g h")) == 6
