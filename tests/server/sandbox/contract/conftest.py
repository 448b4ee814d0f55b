"""The contract: every check runs against every available provider that supports what it needs.

The sandbox, over HTTP, is always available. localstripe is when LOCALSTRIPE_PYTHON names a Python
that has it, and Stripe's test mode, over the Internet, when STRIPE_TEST_KEY is set. The report
shows which providers ran.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import stripe

from tests.server.sandbox import oracle
from tests.server.sandbox.contract import providers
from tests.server.sandbox.contract.features import Feature
from tests.server.sandbox.contract.provider import Provider

HERE = "tests/server/sandbox/contract/"
OUTCOMES = ("passed", "failed", "error")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): what a provider must support")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check against each available provider that supports what it needs."""
    if "provider" in metafunc.fixturenames:
        marks = metafunc.definition.iter_markers("needs")
        needed: set[Feature] = {feature for mark in marks for feature in mark.args}
        fit = [name for name, lacks in providers.UNSUPPORTED.items() if not needed & lacks]
        available = [name for name in fit if providers.unavailable(name) is None]
        metafunc.parametrize("provider", available, indirect=True)


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture(scope="session")
def _shared() -> Iterator[tuple[ExitStack, dict[str, Provider]]]:
    """Keep the providers that all checks share: localstripe's process, the client of Stripe."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def provider(
    request: pytest.FixtureRequest,
    _shared: tuple[ExitStack, dict[str, Provider]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Provider]:
    """Yield a provider; the sandbox is new for each check."""
    stack, started = _shared
    if request.param == "sandbox":
        with providers.sandbox() as fresh:
            yield fresh
        return
    if request.param not in started:
        opening = (
            providers.stripe_test_mode()
            if request.param == "stripe"
            else providers.localstripe(tmp_path_factory.mktemp("localstripe"))
        )
        started[request.param] = stack.enter_context(opening)
    yield started[request.param]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print which providers ran, with how many checks, and which did not."""
    for name in providers.UNSUPPORTED:
        counts = {
            outcome: sum(
                name in _cases(report.nodeid) for report in terminalreporter.stats.get(outcome, ())
            )
            for outcome in OUTCOMES
        }
        why = providers.unavailable(name)
        ran = f"{counts['passed']} of {sum(counts.values())} checks pass"
        result = ran if why is None else f"did not run: {why}"
        terminalreporter.write_line(f"contract, {name}: {result}")
    types = "in use" if oracle.PATH.exists() else f"did not run: {oracle.PATH.name} is absent"
    terminalreporter.write_line(f"contract, types: {types}")


def _cases(nodeid: str) -> list[str]:
    """Return the cases of a check; none for any other test."""
    is_check = nodeid.startswith(HERE) and "/test_providers.py" not in nodeid
    return nodeid.partition("[")[2].rstrip("]").split("-") if is_check else []
