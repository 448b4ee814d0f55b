"""Purchases with a saved card, with a crash or a lost reply at every point of them."""

from __future__ import annotations

import pytest

from tests.simulation.history import LOSSES, injections, play
from tests.simulation.saved_cards import SCRIPTS
from tests.simulation.shop import Template

#: Scripts that sell no ticket even without an injection.
UNSOLD = {
    "cancelled before the charge is sent",
    "the gateway is down when a saved card is charged",
}
#: Scripts that every test run injects into at every point; `make proof` does the others.
OFTEN = (
    "a saved card pays",
    "a saved card is declined, then a page pays",
    "cancelled after the charge",
    "a page beside a saved card, both paid",
)
RARELY = tuple(name for name in SCRIPTS if name not in OFTEN)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_history_without_failures_ends_well(template: Template, name: str) -> None:
    assert play(template, SCRIPTS[name]).counts["complete"] == (name not in UNSOLD)


#: `make test` plays every third point; `make proof` plays them all.
EVERY = pytest.mark.parametrize(
    "every", [3, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)


@pytest.mark.parametrize(
    "name", [*OFTEN, *(pytest.param(name, marks=pytest.mark.slow) for name in RARELY)]
)
@EVERY
def test_nobody_loses_anything_after_a_crash_or_a_lost_reply_at_any_point(
    template: Template, name: str, every: int
) -> None:
    clean = play(template, SCRIPTS[name])
    counts = clean.counts
    chosen = injections(clean.points, faults=LOSSES)[::every]
    for injection in chosen:
        counts += play(template, SCRIPTS[name], injection).counts
    print(f"{name}: {dict(counts)}")
    assert counts["histories"] == len(chosen) + 1 > 7
    assert not counts["refunds"]
