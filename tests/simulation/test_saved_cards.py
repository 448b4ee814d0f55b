"""Purchases with a saved card, with a crash or a lost reply at every point of them."""

from __future__ import annotations

import pytest

from tests.simulation.history import LOSSES, mishaps, play
from tests.simulation.saved_cards import SCRIPTS
from tests.simulation.shop import Stage

#: Those that sell the ticket when nothing goes wrong.
UNSOLD = {
    "cancelled after the press", "the gateway is away when a saved card is charged",
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_crash_or_a_lost_reply_anywhere_costs_nobody_anything(stage: Stage, name: str) -> None:
    clean = play(stage, SCRIPTS[name])
    assert clean.counts["complete"] == (name not in UNSOLD)
    chosen = mishaps(clean.points, faults=LOSSES)
    counts = clean.counts
    for mishap in chosen:
        counts += play(stage, SCRIPTS[name], mishap).counts
    print(f"{name}: {dict(counts)}")
    assert counts["histories"] == len(chosen) + 1 > 20
    assert not counts["refunds"]
