"""Purchases on real databases, with a crash or a fault of the gateway at every point of them."""

from __future__ import annotations

from collections import Counter

import pytest

from server.sandbox.faults import Fault
from tests.simulation.history import FAULTS, LOSSES, Wrong, intrusions, mishaps, play
from tests.simulation.points import CRASH, Mishap
from tests.simulation.scripts import SCRIPTS, shuffled
from tests.simulation.shop import Stage

#: Shuffled scripts are dealt out in hands, which workers can share.
HANDS, IN_A_HAND = 20, 4


def play_all(stage: Stage, script: str, chosen: list[Mishap]) -> Counter[str]:
    """Play a script with each mishap; return the counts of what came of it."""
    counts: Counter[str] = Counter()
    for mishap in chosen:
        counts += play(stage, script, mishap).counts
    return counts


def shuffled_histories(stage: Stage, script: str) -> Counter[str]:
    """Play a script without a mishap, and with every crash and every loss it has room for."""
    clean = play(stage, script)
    return clean.counts + play_all(stage, script, mishaps(clean.points, faults=LOSSES))


def told(about: str, counts: Counter[str]) -> None:
    """Say how many histories there were and how they ended."""
    print(f"{about}: {', '.join(f'{counts[word]} {word}' for word in WORDS)}")


WORDS = ("histories", "complete", "cancelled", "refunds")


@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_after_a_crash_or_a_lost_reply_at_any_point(
    stage: Stage, name: str
) -> None:
    clean = play(stage, SCRIPTS[name])
    chosen = mishaps(clean.points, faults=(Fault.LOSE_REPLY,))
    counts = clean.counts + play_all(stage, SCRIPTS[name], chosen)
    told(name, counts)
    assert counts["histories"] == len(chosen) + 1
    assert counts["complete"] + counts["cancelled"] >= counts["histories"]
    assert "bank-captures" in SCRIPTS[name] or not counts["refunds"]


def test_there_are_more_than_a_thousand_histories(stage: Stage) -> None:
    counts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for script in SCRIPTS.values():
        clean = play(stage, script)
        found = mishaps(clean.points, faults=(Fault.LOSE_REPLY,))
        counts.update(mishap.what for mishap in found)
        ends += clean.counts
    told("without a mishap", ends)
    print(dict(counts))
    assert sum(counts.values()) > 1000
    assert set(counts) == {CRASH, Fault.LOSE_REPLY}
    assert min(ends["complete"], ends["cancelled"]) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_after_any_fault_of_the_gateway(stage: Stage, name: str) -> None:
    clean = play(stage, SCRIPTS[name])
    others = tuple(fault for fault in FAULTS if fault is not Fault.LOSE_REPLY)
    chosen = [m for m in mishaps(clean.points, faults=others) if m.what != CRASH]
    told(name, play_all(stage, SCRIPTS[name], chosen))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_when_somebody_acts_in_between(stage: Stage, name: str) -> None:
    clean = play(stage, SCRIPTS[name])
    told(name, play_all(stage, SCRIPTS[name], intrusions(clean.points)))


@pytest.mark.slow
@pytest.mark.parametrize("hand", range(HANDS))
def test_random_histories_end_well(stage: Stage, hand: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(hand * IN_A_HAND, (hand + 1) * IN_A_HAND):
        try:
            counts += shuffled_histories(stage, shuffled(seed))
        except Wrong as wrong:
            wrong.add_note(f"seed {seed}")
            raise
    told(f"seeds from {hand * IN_A_HAND}", counts)
    assert counts["histories"] > IN_A_HAND * 20
