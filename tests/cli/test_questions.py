"""Every question that a command asks can be answered by an option."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping

import pytest

from ticketing_cli.commands import COMMANDS, CommandSpec

ASKING = {"confirm", "confirm_name"}


def targets(table: Mapping[str, CommandSpec]) -> Iterator[str]:
    """Yield the function of every command."""
    for spec in table.values():
        if spec.target:
            yield spec.target
        yield from targets(spec.group)


def asks(function: ast.FunctionDef, module: Mapping[str, ast.FunctionDef]) -> bool:
    """Tell whether a function, or one of its module that it calls, asks for a yes."""
    seen: set[str] = set()
    waiting = [function]
    while waiting:
        for node in ast.walk(waiting.pop()):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in ASKING:
                return True
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in module and name not in seen:
                seen.add(name)
                waiting.append(module[name])
    return False


def asking() -> Iterator[str]:
    for target in sorted(set(targets(COMMANDS))):
        name, _, function = target.partition(":")
        source = inspect.getsource(importlib.import_module(f"ticketing_cli.{name}"))
        module = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
        if asks(module[function], module):
            yield target


@pytest.mark.parametrize("target", asking())
def test_a_command_that_asks_takes_yes(target: str) -> None:
    name, _, function = target.partition(":")
    command = getattr(importlib.import_module(f"ticketing_cli.{name}"), function)
    assert "yes" in inspect.signature(command).parameters


def test_the_commands_that_ask_are_found() -> None:
    assert {
        "buy:buy", "cards:remove", "admin.accounts:ban", "admin.shows:cancel_show",
        "admin.refunds:refund", "admin.payouts:release", "admin.listings:withdraw",
    } <= set(asking())  # fmt: skip
