"""The contract: every check is asked of every provider that is here and does what it needs.

The sandbox, over HTTP, is always here. localstripe is when LOCALSTRIPE_PYTHON names a Python that
has it, and Stripe's test mode, over the Internet, when STRIPE_TEST_KEY is set. The report says
which legs ran and which did not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import stripe

from tests.server.sandbox import oracle
from tests.server.sandbox.contract import legs
from tests.server.sandbox.contract.features import Feature
from tests.server.sandbox.contract.provider import Provider

HERE = "tests/server/sandbox/contract/"
OUTCOMES = ("passed", "failed", "error")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): what a provider must do to be asked")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each provider that is here and lacks nothing the check needs."""
    if "provider" in metafunc.fixturenames:
        marks = metafunc.definition.iter_markers("needs")
        needed: set[Feature] = {feature for mark in marks for feature in mark.args}
        asked = [leg for leg, lacks in legs.LACKS.items() if not needed & lacks]
        here = [leg for leg in asked if legs.absent(leg) is None]
        metafunc.parametrize("provider", here, indirect=True)


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture(scope="session")
def _lasting() -> Iterator[tuple[ExitStack, dict[str, Provider]]]:
    """Keep what all checks share: localstripe's process, the way to Stripe."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def provider(
    request: pytest.FixtureRequest,
    _lasting: tuple[ExitStack, dict[str, Provider]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Provider]:
    """Give a provider; the sandbox afresh for each check."""
    stack, started = _lasting
    if request.param == "sandbox":
        with legs.sandbox() as fresh:
            yield fresh
        return
    if request.param not in started:
        leg = (
            legs.stripe_test_mode()
            if request.param == "stripe"
            else legs.localstripe(tmp_path_factory.mktemp("localstripe"))
        )
        started[request.param] = stack.enter_context(leg)
    yield started[request.param]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which legs ran, with how many checks, and which did not."""
    for leg in legs.LACKS:
        counts = {
            outcome: sum(
                leg in _asked(report.nodeid) for report in terminalreporter.stats.get(outcome, ())
            )
            for outcome in OUTCOMES
        }
        why = legs.absent(leg)
        ran = f"{counts['passed']} of {sum(counts.values())} checks hold"
        said = ran if why is None else f"did not run: {why}"
        terminalreporter.write_line(f"contract, {leg}: {said}")
    types = "in use" if oracle.PATH.exists() else f"did not run: {oracle.PATH.name} is absent"
    terminalreporter.write_line(f"contract, types: {types}")


def _asked(nodeid: str) -> list[str]:
    """Return the cases of a check; none for what is no check, or is about the legs themselves."""
    is_check = nodeid.startswith(HERE) and "/test_legs.py" not in nodeid
    return nodeid.partition("[")[2].rstrip("]").split("-") if is_check else []
