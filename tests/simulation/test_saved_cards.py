"""Purchases with a saved card, with a crash or a lost reply at every point of them."""

from __future__ import annotations

import pytest

from tests.simulation.history import LOSSES, mishaps, play
from tests.simulation.saved_cards import SCRIPTS
from tests.simulation.shop import Stage

#: Those that sell no ticket even when nothing else goes wrong.
UNSOLD = {
    "cancelled before the press arrived",
    "the gateway is away when a saved card is charged",
}
#: Those whose every point is worth the time at each change; the others are left to `make proof`.
OFTEN = (
    "a saved card pays",
    "a saved card is declined, and a page pays",
    "cancelled after the press",
    "a page beside a saved card, both paid",
)
RARELY = tuple(name for name in SCRIPTS if name not in OFTEN)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_history_without_failures_ends_well(stage: Stage, name: str) -> None:
    assert play(stage, SCRIPTS[name]).counts["complete"] == (name not in UNSOLD)


@pytest.mark.parametrize(
    "name", [*OFTEN, *(pytest.param(name, marks=pytest.mark.slow) for name in RARELY)]
)
def test_nobody_loses_anything_after_a_crash_or_a_lost_reply_at_any_point(
    stage: Stage, name: str
) -> None:
    clean = play(stage, SCRIPTS[name])
    counts = clean.counts
    chosen = mishaps(clean.points, faults=LOSSES)
    for mishap in chosen:
        counts += play(stage, SCRIPTS[name], mishap).counts
    print(f"{name}: {dict(counts)}")
    assert counts["histories"] == len(chosen) + 1 > 20
    assert not counts["refunds"]
