"""`python -m bench` runs every benchmark, and continuous integration runs `python -m bench`."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bench.__main__ import BENCHMARKS
from tests.conventions.tree import files, text


def is_benchmark(module: ModuleType) -> bool:
    """Tell whether a module has a `run` that can be quick; the others are their helpers."""
    return hasattr(module, "run") and "quick" in inspect.signature(module.run).parameters


def test_every_benchmark_is_listed() -> None:
    names = [path.stem for path in files() if path.parts[0] == "bench" and path.suffix == ".py"]
    modules = {name: import_module(f"bench.{name}") for name in names if name != "__main__"}
    found = {name: module.run for name, module in modules.items() if is_benchmark(module)}
    assert found == BENCHMARKS


def test_continuous_integration_runs_every_benchmark() -> None:
    assert "make bench ARGS=--quick " in text(Path(".ci/run"))
