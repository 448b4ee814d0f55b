"""The event log read during writes: no event is missed, whichever commits first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from contract.shows import ShowCancelled
from db.types import from_us
from server import feed
from server.feed import entry
from tests.clock import START
from tests.world import World

Place = tuple[int, int]


def show(name: str) -> ShowCancelled:
    """Return an event without handlers."""
    return ShowCancelled(id=f"shw_{name}", version=1, title=name, starts_at=from_us(START))


def read_from(world: World, place: Place) -> tuple[list[str], Place]:
    """Return the ids of the events after a position, and the position after them."""
    rows = world.bus.read_now(lambda tx: feed.after(tx, position=place))
    names = [entry(row).event.id for row in rows]
    return names, (rows[-1][0], rows[-1][1]) if rows else place


def test_a_reader_misses_no_event_of_concurrent_writers(world: World) -> None:
    wanted = {f"shw_{n}" for n in range(60)}
    seen: list[str] = []
    place: Place = (0, 0)
    with ThreadPoolExecutor(6) as threads:
        writes = [
            threads.submit(world.bus.write_now, lambda tx, n=n: tx.publish(show(str(n))))
            for n in range(60)
        ]
        while not all(write.done() for write in writes):
            names, place = read_from(world, place)
            seen += names
    for _ in range(3):
        names, place = read_from(world, place)
        seen += names
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted
