"""Messages: what the app tells every screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from contract.feed import FeedEntry


class Heard(Message):
    """Facts came over the feed, in order."""

    def __init__(self, entries: Sequence[FeedEntry]) -> None:
        """Hand the facts on."""
        super().__init__()
        self.entries = entries


class Stale(Message):
    """What is shown may be wrong: read it again. After lost facts, another person or server."""


class LinkMoved(Message):
    """The line to the server came, went, or somebody else is signed in."""
