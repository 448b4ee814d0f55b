"""Code: read the project's own source, to tell who publishes, who calls and who asks for what."""

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
    """A function of the source. `name` is dotted from its module on: `Work.capture`."""

    module: str
    name: str
    node: AnyFunction

    @property
    def path(self) -> str:
        """The full dotted name."""
        return f"{self.module}.{self.name}"

    @property
    def is_private(self) -> bool:
        """Whether only its own module may use it."""
        return self.name.rpartition(".")[2].startswith("_")


@dataclass(frozen=True)
class Module:
    """A file of the source: what it imports, by the name it uses, its functions and constants."""

    name: str
    imports: dict[str, str]
    functions: dict[str, Function] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)


class Source:
    """Every module of a package."""

    def __init__(self, package: str) -> None:
        """Read the package; nothing of it is run."""
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
        """Yield everything a function mentions, and whatever it calls, each once."""
        seen, waiting = {function.path}, [function]
        while waiting:
            for name in self.uses(waiting.pop()):
                if name not in seen:
                    seen.add(name)
                    yield name
                    if name in self.functions:
                        waiting.append(self.functions[name])

    def doors(self, function: Function) -> list[Function]:
        """Return the public functions of its module through which a private one is reached."""
        if not function.is_private:
            return [function]
        found: dict[str, Function] = {}
        waiting, seen = [function], {function.path}
        while waiting:
            inner = waiting.pop()
            for caller in self.modules[function.module].functions.values():
                if caller.path not in seen and inner.path in set(self.uses(caller)):
                    seen.add(caller.path)
                    if caller.is_private:
                        waiting.append(caller)
                    else:
                        found[caller.path] = caller
        order = list(self.modules[function.module].functions)
        return sorted(found.values(), key=lambda door: order.index(door.name))

    def _home(self, path: str) -> str:
        """Return where a name is defined that a package's door hands on."""
        package, _, name = path.rpartition(".")
        door = self.modules.get(package)
        is_known = path in self.functions or path in self.modules
        if is_known or door is None or name not in door.imports:
            return path
        return self._home(door.imports[name])


@cache
def source(package: str) -> Source:
    """Return a package's source, read once."""
    return Source(package)


def thing(path: str) -> Any:  # noqa: ANN401  whatever the name stands for
    """Return what a full dotted name stands for, or None where it stands for nothing."""
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


def room(path: str) -> str:
    """Return the room of the server that a dotted name is in."""
    return path.split(".")[1]


def verb(function: Function) -> str:
    """Return what a room's function is called beside its room: `lock`, `refunds.begin`."""
    inside = function.module.split(".")[2:]
    return ".".join([part for part in inside if part != "service"] + [function.name])


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
    """Return `a.b.c` as its parts; what hangs on anything but a name begins with an empty one."""
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.insert(0, inner.attr)
        inner = inner.value
    return [inner.id if isinstance(inner, ast.Name) else "", *parts]
