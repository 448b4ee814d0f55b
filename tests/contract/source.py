"""The source code as syntax trees: what the contract defines, and who uses what in the server."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import contract
from contract.base import Event
from contract.endpoint import Endpoint
from tests.conventions.tree import TOP

FOLDER = Path(contract.__file__).parent


def modules() -> list[ModuleType]:
    """Return every module of the contract."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    return [importlib.import_module(f"contract.{name}") for name in names]


def endpoints() -> dict[str, Endpoint[object, object]]:  # type: ignore[type-var]
    """Return every endpoint by the name it has in the contract."""
    return {
        name: value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, Endpoint)
    }


def events() -> dict[str, type[Event]]:
    """Return every event by the name of its class."""
    found = {
        name: value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Event) and not name.startswith("_")
    }
    del found["Event"]
    return found


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def files(*folders: str) -> list[Path]:
    """Return every Python file under some folders of the project."""
    return sorted(path for folder in folders for path in (TOP / folder).rglob("*.py"))


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every name, import and text of a file with its line, without docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word):
                yield node.lineno, word
            case ast.Constant(value=str(word)) if id(node) not in docs:
                yield node.lineno, word
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
