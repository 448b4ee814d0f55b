"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.tree import files, text

FILE_LINES = 400
FUNCTION_LINES = 40
EXCUSED_FUNCTION_LINES = 50

#: "path" or "path::function" -> why it may be longer. No excuse takes a function past the hard cap.
EXCEPTIONS: dict[str, str] = {}

PYTHON = [path for path in files() if path.suffix == ".py"]


def lines(path: Path) -> int:
    return len(text(path).splitlines())


def functions(source: str, *, path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's key and its length, from `def` to the last line of its body."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.as_posix()}::{node.name}", (node.end_lineno or 0) - node.lineno + 1


def too_long(lengths: dict[str, int], *, cap: int) -> list[str]:
    return [f"{key}: {length} lines, cap {cap}" for key, length in lengths.items() if length > cap]


def function_lengths() -> dict[str, int]:
    lengths: dict[str, int] = defaultdict(int)
    for path in PYTHON:
        for key, length in functions(text(path), path=path):
            lengths[key] = max(lengths[key], length)
    return lengths


def without_excused(lengths: dict[str, int]) -> dict[str, int]:
    return {key: length for key, length in lengths.items() if key not in EXCEPTIONS}


def test_no_file_is_longer_than_the_cap() -> None:
    lengths = {path.as_posix(): lines(path) for path in PYTHON}
    assert not too_long(without_excused(lengths), cap=FILE_LINES)


def test_no_function_is_longer_than_the_cap() -> None:
    assert not too_long(without_excused(function_lengths()), cap=FUNCTION_LINES)


def test_no_excuse_takes_a_function_past_the_hard_cap() -> None:
    assert not too_long(function_lengths(), cap=EXCUSED_FUNCTION_LINES)


def test_every_exception_is_still_needed() -> None:
    lengths = function_lengths() | {path.as_posix(): lines(path) for path in PYTHON}
    caps = {key: FUNCTION_LINES if "::" in key else FILE_LINES for key in EXCEPTIONS}
    assert not [key for key, cap in caps.items() if lengths.get(key, 0) <= cap]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_function_is_measured_from_def_to_its_last_line(kind: str) -> None:
    source = f"class A:\n    @cache\n    {kind} f(self):\n        x = 1\n\n        return x\n"
    assert list(functions(source, path=Path("a.py"))) == [("a.py::f", 4)]
