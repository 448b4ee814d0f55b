"""Live: the feed, heard on a thread of its own, and how the line to the server stands."""

from __future__ import annotations

import math
import threading
from collections import deque
from datetime import datetime
from enum import StrEnum

from client.api import Api
from client.feed import Signal, listen
from client.transport import Unreachable
from contract.feed import FeedEntry
from contract.problems import Problem

#: Pauses before the server is looked for again, in seconds; the last one repeats.
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
#: How often the thread looks whether it should end, in seconds.
TICK = 0.2
#: More facts than this between two looks are not shown one by one; everything is read again.
FLOOD = 10_000


class Link(StrEnum):
    """How the line to the server stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


class Live:
    """Hears every fact, across lost connections, and keeps them until the app takes them.

    Reading its attributes from another thread is safe: each is replaced whole.
    """

    def __init__(self, api: Api, *, everything: bool) -> None:
        """Prepare to hear what this caller may hear; `everything` is for admins.

        `api` is for this alone, and closed at the end.
        """
        self.link = Link.CONNECTING
        #: When the link came to stand as it does, by the clock of `api`.
        self.since: datetime = api.now()
        #: Why the server refused us for good; None while it does not.
        self.refused: Problem | None = None
        #: Whether facts were lost for good, so that what is shown must be read again.
        self.stale = False
        self._api = api
        self._everything = everything
        self._heard: deque[FeedEntry] = deque()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="live")

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def now(self) -> datetime:
        """Return the present moment by the server's clock, once it was heard."""
        return self._api.now()

    def stop(self, *, wait: float = 0.0) -> None:
        """Hear nothing more; wait that many seconds for the line to be closed."""
        self._stopped.set()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    def take(self) -> list[FeedEntry]:
        """Return what was heard since the last time, in order."""
        taken: list[FeedEntry] = []
        while self._heard:
            taken.append(self._heard.popleft())
        return taken

    def _run(self) -> None:
        try:
            self._keep_listening()
        except Problem as refused:
            if not self._stopped.is_set():
                self.refused = refused
        finally:
            self._api.close()

    def _keep_listening(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._listen()
            except Unreachable:
                # Nothing was heard yet, so nothing is missed by beginning anew.
                self._stand(Link.LOST)
                self._stopped.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    def _listen(self) -> None:
        for heard in listen(self._api, everything=self._everything, tick=TICK, patience=math.inf):
            if self._stopped.is_set():
                return
            if heard is Signal.LOST:
                self._stand(Link.LOST)
            elif heard is Signal.LIVE or heard is Signal.RESYNC:
                # Facts were missed if this is not the first time; RESYNC says so.
                self.stale = self.stale or heard is Signal.RESYNC
                self._stand(Link.LIVE)
            elif isinstance(heard, FeedEntry):
                self._heard.append(heard)
                if len(self._heard) > FLOOD:
                    self._heard.clear()
                    self.stale = True

    def _stand(self, link: Link) -> None:
        if link is not self.link:
            self.since = self._api.now()
        self.link = link
