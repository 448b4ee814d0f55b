"""Refresher: bring the list of a gate up to date every minute, while the gate scans."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from client.config import BadConfig
from client.gate.gate import Gate
from client.transport import Unreachable
from contract.problems import Problem

#: How old the list may get while there is a network, in seconds.
REFRESH_AFTER = 60.0


class ListRefresher:
    """A thread with a connection of its own, so that no scan waits for it."""

    def __init__(self, gate: Gate, other: Gate) -> None:
        """Refresh the list of `gate` through `other`, the same gate over another connection."""
        self._gate, self._other = gate, other
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="admission list")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; a request that is under way is not waited for."""
        self._stopped.set()

    def refresh(self) -> bool:
        """Sync, and download what has changed; False if that is not possible now."""
        self._other.admission_list = self._gate.admission_list
        try:
            self._gate.admission_list = self._other.download()
        except (Unreachable, Problem, BadConfig):  # the next scan says what is wrong
            return False
        return True

    def _run(self) -> None:
        while not self._stopped.wait(REFRESH_AFTER):
            self.refresh()
