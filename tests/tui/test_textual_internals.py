"""Textual's private names that we use still exist in the pinned version."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator
from importlib.metadata import version
from inspect import iscoroutinefunction, signature
from pathlib import Path

import pytest
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

ROOT = Path(__file__).parents[2]
#: The private names of Textual used in tui/, and their classes.
TOUCHED: dict[str, type] = {
    "_close_messages_no_wait": App,
    "_fatal_error": App,
    "_handle_exception": App,
    "_driver": App,
    "_screen_stacks": App,
    "_mouse": LinuxDriver,
    "_enable_mouse_support": LinuxDriver,
    "_disable_mouse_support": LinuxDriver,
}


def test_the_pinned_version_of_textual_is_installed() -> None:
    pinned = re.search(r'"textual==([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert pinned
    assert version("textual") == pinned[1]


@pytest.mark.parametrize("name", TOUCHED)
def test_each_private_name_still_exists_in_textual(name: str) -> None:
    async def made() -> object:
        return App() if TOUCHED[name] is App else LinuxDriver(App())

    assert hasattr(asyncio.run(made()), name)


@pytest.mark.parametrize("name", ["_close_messages_no_wait", "_fatal_error",
                                  "_enable_mouse_support", "_disable_mouse_support"])  # fmt: skip
def test_each_private_method_still_takes_no_arguments(name: str) -> None:
    method = getattr(TOUCHED[name], name)
    assert not iscoroutinefunction(method)
    assert list(signature(method).parameters) == ["self"]


def test_textual_still_ends_a_crash_with_the_method_we_call() -> None:
    assert "_close_messages_no_wait" in App._fatal_error.__code__.co_names  # noqa: SLF001  the seam


def test_textual_still_passes_each_exception_to_our_handler() -> None:
    assert list(signature(App._handle_exception).parameters) == ["self", "error"]  # noqa: SLF001  the seam


def private(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that are used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # for getattr


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names that we define."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def test_no_other_private_name_of_textual_is_used() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "tui").rglob("*.py")]
    ours = {name for tree in trees for name in defined(tree)} - set(TOUCHED)
    asked = {name for tree in trees for name in private(tree)}
    foreign = {name for name in asked if re.fullmatch(r"_[a-z]\w*", name)} - ours
    assert foreign <= set(TOUCHED)
