"""Purchases on real databases, with a crash or a fault of the gateway at every point of them."""

from __future__ import annotations

from collections import Counter

import pytest

from server.sandbox import Fault
from tests.simulation.history import FAULTS, LOSSES, HistoryFailed, injections, interleavings, play
from tests.simulation.points import CRASH, Injection
from tests.simulation.scripts import SCRIPTS, shuffled
from tests.simulation.shop import Template

#: Random scripts are split into batches, so that workers can share them.
BATCHES, BATCH_SIZE = 20, 4


def play_all(template: Template, script: str, chosen: list[Injection]) -> Counter[str]:
    """Play a script with each injection; return the counts of the endings."""
    counts: Counter[str] = Counter()
    for injection in chosen:
        counts += play(template, script, injection).counts
    return counts


def shuffled_histories(template: Template, script: str) -> Counter[str]:
    """Play a script without an injection, and with every crash and every lost message."""
    clean = play(template, script)
    return clean.counts + play_all(template, script, injections(clean.points, faults=LOSSES))


def report(about: str, counts: Counter[str]) -> None:
    """Print how many histories there were and how they ended."""
    print(f"{about}: {', '.join(f'{counts[word]} {word}' for word in WORDS)}")


WORDS = ("histories", "complete", "cancelled", "refunds")


#: `make test` plays every third point; `make proof` plays them all.
EVERY = pytest.mark.parametrize(
    "every", [3, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"]
)


@EVERY
@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_after_a_crash_or_a_lost_reply_at_any_point(
    template: Template, name: str, every: int
) -> None:
    clean = play(template, SCRIPTS[name])
    chosen = injections(clean.points, faults=(Fault.LOSE_REPLY,))[::every]
    counts = clean.counts + play_all(template, SCRIPTS[name], chosen)
    report(name, counts)
    assert counts["histories"] == len(chosen) + 1
    assert counts["complete"] + counts["cancelled"] >= counts["histories"]
    assert "provider-captures" in SCRIPTS[name] or not counts["refunds"]


def test_there_are_more_than_a_thousand_histories(template: Template) -> None:
    counts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for script in SCRIPTS.values():
        clean = play(template, script)
        found = injections(clean.points, faults=(Fault.LOSE_REPLY,))
        counts.update(injection.what for injection in found)
        ends += clean.counts
    report("without an injection", ends)
    print(dict(counts))
    assert sum(counts.values()) > 1000
    assert set(counts) == {CRASH, Fault.LOSE_REPLY}
    assert min(ends["complete"], ends["cancelled"]) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_after_a_fault_of_the_gateway(template: Template, name: str) -> None:
    clean = play(template, SCRIPTS[name])
    others = tuple(fault for fault in FAULTS if fault is not Fault.LOSE_REPLY)
    chosen = [m for m in injections(clean.points, faults=others) if m.what != CRASH]
    report(name, play_all(template, SCRIPTS[name], chosen))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_nobody_loses_anything_when_somebody_acts_in_between(template: Template, name: str) -> None:
    clean = play(template, SCRIPTS[name])
    report(name, play_all(template, SCRIPTS[name], interleavings(clean.points)))


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_histories_end_well(template: Template, batch: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE):
        try:
            counts += shuffled_histories(template, shuffled(seed))
        except HistoryFailed as failure:
            failure.add_note(f"seed {seed}")
            raise
    report(f"seeds from {batch * BATCH_SIZE}", counts)
    assert counts["histories"] > BATCH_SIZE * 20
