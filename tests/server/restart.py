"""A restart: the same database at the same time, with another application."""

from __future__ import annotations

from tests.world import World


def restart(world: World) -> None:
    """Close the application and open it again; the sandbox loses what it had in memory."""
    now = world.clock.now()
    world.close()
    World.__init__(world, world.settings.database, seed=2)
    world.clock.advance(now - world.clock.now())
