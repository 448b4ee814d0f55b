"""tests/course.md: every number of the original application is listed, and every test exists."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.conventions.tree import TOP

PAGE = (TOP / "tests" / "course.md").read_text(encoding="utf-8")
#: Rows that no test covers yet, by their first cell.
LATER = {"one valid entry code for a sold ticket"}
#: A cell of three to eight words, after the status where one stands.
MOST_WORDS = 9


def table(heading: str) -> list[list[str]]:
    """Return the cells of the rows under a heading."""
    body = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in body.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ROWS = {heading: table(heading) for heading in ("Tests", "Holes", "Invariants")}
NAMED = sorted({
    name for rows in ROWS.values() for row in rows for name in row[-1].split() if "::" in name
})  # fmt: skip


@cache
def known_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    source = (TOP / path).read_text(encoding="utf-8")
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in found if node.name.startswith("test_"))


def test_every_number_is_listed_once_and_in_order() -> None:
    assert [row[0] for row in ROWS["Tests"]] == [str(n) for n in range(1, 90)]


@pytest.mark.parametrize(("heading", "count"), [("Holes", 30), ("Invariants", 12)])
def test_every_hole_and_invariant_is_listed_once(heading: str, count: int) -> None:
    assert len({row[0] for row in ROWS[heading]}) == len(ROWS[heading]) == count


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_is_named_exists(name: str) -> None:
    path, _, test = name.partition("::")
    assert test in known_in(path)


@pytest.mark.parametrize("heading", list(ROWS))
def test_every_row_names_a_test_unless_it_is_later_work(heading: str) -> None:
    for row in ROWS[heading]:
        names = row[-1].split()
        assert names
        if row[0] in LATER:
            assert row[-1] == "later work"
        else:
            assert all(re.fullmatch(r"tests/[\w/]+\.py::test_\w+", name) for name in names)


def test_every_answer_is_short() -> None:
    for _, says, answer, _ in ROWS["Tests"]:
        assert says
        assert 0 < len(answer.split()) <= MOST_WORDS
