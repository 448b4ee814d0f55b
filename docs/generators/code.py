"""Code: the project's own source, parsed, to find what each function mentions and calls."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    """A function of the source. `name` is dotted, relative to its module: `Work.capture`."""

    module: str
    name: str
    node: AnyFunction

    @property
    def path(self) -> str:
        """Its full dotted name."""
        return f"{self.module}.{self.name}"

    @property
    def is_private(self) -> bool:
        """Whether it is private to its module."""
        return self.name.rpartition(".")[2].startswith("_")


@dataclass(frozen=True)
class Module:
    """A file of the source. `imports` maps each name in use to the full name behind it."""

    name: str
    imports: dict[str, str]
    functions: dict[str, Function] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)


class Source:
    """Every module of a package."""

    def __init__(self, package: str) -> None:
        """Parse the package; nothing is executed."""
        self.modules = {m.name: m for m in map(_module, _files(package))}
        self.functions = {
            function.path: function
            for module in self.modules.values()
            for function in module.functions.values()
        }

    def uses(self, function: Function, within: ast.AST | None = None) -> Iterator[str]:
        """Yield the full dotted name of everything a function mentions."""
        module = self.modules[function.module]
        owner = function.name.rpartition(".")[0]
        for node in ast.walk(within or function.node):
            if not isinstance(node, ast.Name | ast.Attribute):
                continue
            first, *rest = _dotted(node)
            if first == "self" and owner and rest:
                yield ".".join((module.name, owner, rest[0]))
            elif first in module.imports:
                yield self._home(".".join((module.imports[first], *rest)))
            elif (first in module.functions or first in module.constants) and not rest:
                yield f"{module.name}.{first}"

    def reached(self, function: Function) -> Iterator[str]:
        """Yield what a function mentions, and what the functions it calls mention; each once."""
        seen, waiting = {function.path}, [function]
        while waiting:
            for name in self.uses(waiting.pop()):
                if name not in seen:
                    seen.add(name)
                    yield name
                    if name in self.functions:
                        waiting.append(self.functions[name])

    def public_callers(self, function: Function) -> list[Function]:
        """Return the public functions of the same module that lead to a private function.

        A public function stands for itself.
        """
        if not function.is_private:
            return [function]
        found: dict[str, Function] = {}
        waiting, seen = [function], {function.path}
        while waiting:
            inner = waiting.pop()
            for outer in self.modules[function.module].functions.values():
                if outer.path not in seen and inner.path in set(self.uses(outer)):
                    seen.add(outer.path)
                    if outer.is_private:
                        waiting.append(outer)
                    else:
                        found[outer.path] = outer
        order = list(self.modules[function.module].functions)
        return sorted(found.values(), key=lambda each: order.index(each.name))

    def _home(self, path: str) -> str:
        """Return where a name is defined that a package re-exports from its `__init__`."""
        package, _, name = path.rpartition(".")
        module = self.modules.get(package)
        is_known = path in self.functions or path in self.modules
        if is_known or module is None or name not in module.imports:
            return path
        return self._home(module.imports[name])


@cache
def source(package: str) -> Source:
    """Return a package's source, parsed once."""
    return Source(package)


def resolve(path: str) -> Any:  # noqa: ANN401  a dotted name may mean anything
    """Return the object with this full dotted name, or None."""
    module, _, rest = path.rpartition(".")
    tail = [rest]
    while module:
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, part = module.rpartition(".")
            tail.insert(0, part)
            continue
        for name in tail:
            found = getattr(found, name, None)
        return found
    return None


def service_of(path: str) -> str:
    """Return the service of the server that a dotted name belongs to."""
    return path.split(".")[1]


def short_name(function: Function) -> str:
    """Return a function's name within its service: `lock`, `refunds.begin`."""
    inside = function.module.split(".")[2:]
    return ".".join([*(part for part in inside if part != "service"), function.name])


def _files(package: str) -> list[Path]:
    return sorted((TOP / package).rglob("*.py"))


def _module(path: Path) -> Module:
    parts = path.relative_to(TOP).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    module = Module(name, imports)
    for node in tree.body:
        if isinstance(node, AnyFunction):
            module.functions[node.name] = Function(name, node.name, node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, AnyFunction):
                    path_in = f"{node.name}.{inner.name}"
                    module.functions[path_in] = Function(name, path_in, inner)
        elif isinstance(node, ast.Assign):
            module.constants.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return module


def _dotted(node: ast.Name | ast.Attribute) -> list[str]:
    """Return the parts of `a.b.c`; the first is empty when `a` is not a plain name."""
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.insert(0, inner.attr)
        inner = inner.value
    return [inner.id if isinstance(inner, ast.Name) else "", *parts]
