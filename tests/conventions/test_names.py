"""A class name has one meaning in the whole tree, and a test's name is a plain sentence."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.conventions.tree import files, text

#: Where a class name must be unique. Tests name their helpers as they like.
PACKAGES = ("bench", "client", "contract", "db", "docs", "server", "ticketing_cli", "tui")
#: Class name -> why there are two of them.
SHARED: dict[str, str] = {
    "Clock": "the same idea for synchronous clients and for the asynchronous server",
}
#: Such as `t36_` or `h03_`: the number of something on a page that the project does not have.
CODE = re.compile(r"^test_[a-z]\d+[a-z]?_")

PYTHON = [path for path in files() if path.suffix == ".py"]


def classes(source: str) -> list[str]:
    """Return the names of the classes of a module, without those inside another class."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]


def names_of_tests(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_":
            yield node.name


def class_files() -> dict[str, list[str]]:
    """Return the files that define each class."""
    found = defaultdict(list)
    for path in PYTHON:
        if path.parts[0] in PACKAGES:
            for name in classes(text(path)):
                found[name].append(path.as_posix())
    return found


def test_no_class_name_is_defined_twice() -> None:
    found = class_files()
    assert not {name: paths for name, paths in found.items() if paths[1:] and name not in SHARED}


def test_every_shared_class_name_is_still_shared() -> None:
    found = class_files()
    assert not [name for name in SHARED if len(found[name]) < 2]


def test_no_test_name_carries_a_code() -> None:
    names = (
        f"{path.as_posix()}::{name}"
        for path in PYTHON
        if path.parts[0] == "tests"
        for name in names_of_tests(text(path))
        if CODE.match(name)
    )
    assert not list(names)


@pytest.mark.parametrize("name", ["test_c44_x", "test_h03_x", "test_i1_x", "test_s12b_x"])
def test_a_code_is_found(name: str) -> None:
    assert CODE.match(name)


@pytest.mark.parametrize("name", ["test_001_x", "test_a_x", "test_utf8_x", "test_3d_secure_x"])
def test_a_plain_name_is_no_code(name: str) -> None:
    assert not CODE.match(name)
