"""Seat ranges: rows and seats in few characters."""

from __future__ import annotations

import pytest

from client.seat_ranges import BadRange, expand


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("7", ["7"]),
        ("1-3", ["1", "2", "3"]),
        ("08-11", ["08", "09", "10", "11"]),
        ("A-C,F", ["A", "B", "C", "F"]),
        ("B1-B3", ["B1", "B2", "B3"]),
        ("1-2, 5", ["1", "2", "5"]),
        ("Box", ["Box"]),
    ],
)
def test_a_text_stands_for_several_names(text: str, names: list[str]) -> None:
    assert expand(text) == names


@pytest.mark.parametrize("text", ["", "1,,2", "5-1", "F-A", "a-F", "1-3,2"])
def test_a_text_that_is_unclear_is_refused(text: str) -> None:
    with pytest.raises(BadRange):
        expand(text)
