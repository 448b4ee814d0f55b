"""Feed listener: follows the event feed on its own thread and tracks the connection."""

from __future__ import annotations

import math
import threading
from collections import deque
from contextlib import closing
from datetime import datetime
from enum import StrEnum

from client import feed
from client.api import Api
from client.feed import Signal, listen
from client.transport import Unreachable
from contract.feed import FeedEntry
from contract.problems import Problem

#: How often the thread checks whether to stop, in seconds.
TICK = 0.2
#: More events than this between two reads are dropped, and everything is reloaded instead.
FLOOD = 10_000


class ConnectionState(StrEnum):
    """The state of the connection to the server."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


class FeedListener:
    """Receives every event, across lost connections, and keeps them until the app takes them.

    Reading its attributes from another thread is safe: each is replaced as a whole.
    """

    def __init__(self, api: Api, *, everything: bool) -> None:
        """Prepare to follow what this user may see; `everything` is for admins.

        The listener owns `api` and closes it at the end.
        """
        self.state = ConnectionState.CONNECTING
        #: Since when the connection is in its state, by the clock of `api`.
        self.since: datetime = api.now()
        #: The problem with which the server rejected the listener for good, or None.
        self.rejection: Problem | None = None
        #: Whether events were lost for good, so that everything on screen must be reloaded.
        self.events_missed = False
        self._api = api
        self._everything = everything
        self._entries: deque[FeedEntry] = deque()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="live")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def now(self) -> datetime:
        """Return the current time by the server's clock, as soon as the server has sent it."""
        return self._api.now()

    def stop(self, *, wait: float = 0.0) -> None:
        """Stop; wait that many seconds for the connection to close."""
        self._stopped.set()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    def take(self) -> list[FeedEntry]:
        """Return the events received since the last call, in order."""
        taken: list[FeedEntry] = []
        while self._entries:
            taken.append(self._entries.popleft())
        return taken

    def _run(self) -> None:
        try:
            self._keep_listening()
        except Problem as rejection:
            if not self._stopped.is_set():
                self.rejection = rejection
        finally:
            self._api.close()

    def _keep_listening(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._listen()
            except Unreachable:
                # Nothing was received yet, so nothing is missed by starting over.
                self._set_state(ConnectionState.OFFLINE)
                self._stopped.wait(feed.PAUSES[min(failures, len(feed.PAUSES) - 1)])
                failures += 1

    def _listen(self) -> None:
        items = listen(self._api, everything=self._everything, tick=TICK, patience=math.inf)
        with closing(items):
            for item in items:
                if self._stopped.is_set():
                    return
                if item is Signal.LOST:
                    self._set_state(ConnectionState.OFFLINE)
                elif item is Signal.LIVE or item is Signal.RESYNC:
                    # Events were missed unless this is the first connection; RESYNC tells.
                    self.events_missed = self.events_missed or item is Signal.RESYNC
                    self._set_state(ConnectionState.ONLINE)
                elif isinstance(item, FeedEntry):
                    self._entries.append(item)
                    if len(self._entries) > FLOOD:
                        self._entries.clear()
                        self.events_missed = True

    def _set_state(self, state: ConnectionState) -> None:
        if state is not self.state:
            self.since = self._api.now()
        self.state = state
