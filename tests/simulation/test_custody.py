"""Custody: in any history a ticket has one owner, and only the owner's code opens the gate."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.custody import ACTIONS, CustodyMarket
from tests.world import World

#: Histories in one market; the audit reads all of it once at the end.
BATCH = 50


def play(world: World, first: int, number: int) -> Counter[str]:
    """Play some histories in one market; fail if the audit finds anything."""
    world.with_settings(max_open_orders=1000, cool_down=0)
    market = CustodyMarket(world)
    counts: Counter[str] = Counter()
    for seed in range(first, first + number):
        counts += market.play(seed)
    assert world.sound()
    return counts


def test_a_ticket_has_one_owner_whose_code_alone_opens_the_gate(world: World) -> None:
    counts = play(world, 0, BATCH)
    print(dict(counts))
    assert not {*ACTIONS, "returned", "winning_evidence", "losing_evidence"} - set(counts)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("batch", range(1, 19))
def test_a_ticket_has_one_owner_in_more_histories(world: World, batch: int) -> None:
    play(world, batch * BATCH, BATCH)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(100, 120))
def test_a_ticket_has_one_owner_in_many_more_histories(world: World, batch: int) -> None:
    play(world, batch * 1000, 1000)
