"""Messages: what the app posts to every screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from contract.feed import FeedEntry


class FeedEvents(Message):
    """Events arrived over the feed, in order."""

    def __init__(self, entries: Sequence[FeedEntry]) -> None:
        """Carry the events."""
        super().__init__()
        self.entries = entries


class ReloadNeeded(Message):
    """Reload what is on screen: events were lost, or the user or the server changed."""


class ConnectionChanged(Message):
    """The connection was lost or restored, or another user is signed in."""
