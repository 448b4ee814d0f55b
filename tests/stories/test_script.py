"""The script parser: a wrong story fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.script import matches, parse

SCRIPT = """\
# Nothing.
people: sofia ana
ORDER = ana$ ticketing lock $TICKET --quiet
sofia$ ticketing view "$TICKET"
< typed
tkt_…
! error: no
= 6
"""


def test_a_story_is_parsed_into_steps(tmp_path: Path) -> None:
    path = tmp_path / "x.story"
    path.write_text(SCRIPT)
    story = parse(path)
    first, second = story.steps
    assert story.people == ["sofia", "ana"]
    assert (first.store_as, first.words({"TICKET": "tkt_1"})) == (
        "ORDER",
        ["lock", "tkt_1", "--quiet"],
    )
    assert (second.stdin, second.out, second.err, second.status) == (
        "typed\n", ["tkt_…"], ["error: no"], 6,
    )  # fmt: skip


def test_a_story_that_does_not_begin_with_a_command_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.story"
    path.write_text("words\n")
    with pytest.raises(ValueError, match=r"x\.story:1"):
        parse(path)


@pytest.mark.parametrize(
    ("expected", "output", "fitting"),
    [
        ([], "", True),
        ([], "x\n", False),
        (["x"], "", False),
        (["a…c"], "abc\n", True),
        (["a…c"], "a\nc\n", False),
        (["…"], "", True),
        (["…", "end"], "1\n2\nend\n", True),
        (["a.c"], "abc\n", False),
        (["$ID"], "tkt_1\n", True),
    ],
)
def test_an_expectation_matches_only_what_it_states(
    expected: list[str], output: str, *, fitting: bool
) -> None:
    assert matches(expected, output, {"ID": "tkt_1"}) is fitting
