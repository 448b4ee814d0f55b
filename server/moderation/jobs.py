"""The job of moderation: what a ban, or its end, means for the seller's listings."""

from __future__ import annotations

from functools import partial

from server.bus import Bus
from server.jobs import Snooze
from server.moderation import service

#: The actor in the event log.
ACTOR = "moderation"
#: Seconds until a payment that is being confirmed now is decided.
SOON = 2


def follow_ban(bus: Bus, user_id: str) -> None:
    """Withdraw a banned seller's listings, or put back on sale what the ban withdrew."""
    after: str | None = ""
    while after is not None:
        after = bus.write_now(
            partial(service.follow_batch, user_id=user_id, after=after), actor=ACTOR
        )
    if not bus.read_now(partial(service.is_done, user_id=user_id)):
        raise Snooze(SOON, why="a payment for a listing is being confirmed")
