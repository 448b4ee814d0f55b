"""Points: every commit and every request to the gateway, where a history may take another turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from db.dialect import Backend
from db.engine import Database
from db.errors import ErrorKind
from db.statement import Connection
from db.writer import CompletionHandler, Pending
from server.sandbox.faults import Fault

T = TypeVar("T")

CRASH = "crash"
FAULTS = frozenset(fault.value for fault in Fault)
#: The SDK asks twice more by itself, save after a 429: so that a whole call goes wrong.
IN_A_ROW = {Fault.RATE_LIMIT: 1}


class Crash(BaseException):
    """The process is gone. No `except Exception` of the house may catch that."""


@dataclass(frozen=True)
class Mishap:
    """What happens at one point: a crash, a fault of the gateway, or a step by somebody else."""

    what: str = "nothing"
    at: int = -1

    def __str__(self) -> str:
        """Write it so that `read` understands."""
        return f"{self.what}@{self.at}" if self.at >= 0 else self.what

    @classmethod
    def read(cls, text: str) -> Mishap:
        """Read what `str` wrote."""
        what, _, at = text.partition("@")
        return cls(what, int(at)) if at else cls(what)


NOTHING = Mishap()


@dataclass(frozen=True)
class Point:
    """A place in a history: a request or a commit, and whether somebody may step in there.

    Nobody can while the event loop stands at it: a step of theirs would wait for that very loop.
    """

    is_request: bool
    is_free: bool


class Points:
    """Counts points, and lets the mishap happen when its turn has come."""

    def __init__(self, mishap: Mishap, meanwhile: Callable[[str], None]) -> None:
        """Do `mishap`; `meanwhile` does a step of somebody else."""
        self.passed: list[Point] = []
        self.failures: list[Exception] = []
        self.away = False
        self._mishap = mishap
        self._meanwhile = meanwhile
        self._faults = 0
        self._inside = False

    def commit(self) -> None:
        """Pass a commit that is about to be made."""
        self._pass(is_request=False)

    def request(self) -> Fault:
        """Pass a request that is about to be sent; say what goes wrong with it."""
        self._pass(is_request=True)
        if self._faults:
            self._faults -= 1
            return Fault(self._mishap.what)
        return Fault.LOSE_REQUEST if self.away else Fault.NONE

    def _pass(self, *, is_request: bool) -> None:
        if self._inside:
            return
        here = len(self.passed)
        self.passed.append(Point(is_request=is_request, is_free=not _in_loop()))
        if here != self._mishap.at:
            return
        if self._mishap.what == CRASH:
            raise Crash
        if self._mishap.what in FAULTS:
            self._faults = IN_A_ROW.get(Fault(self._mishap.what), 3)
            return
        self._inside = True
        try:
            self._meanwhile(self._mishap.what)
        except Exception as failure:
            self.failures.append(failure)  # a job under way would log it, and be tried again
            raise
        finally:
            self._inside = False


class Wire(deque[Fault]):
    """Stands in for the transport's queue of faults: each request asks here first."""

    def __init__(self, points: Points) -> None:
        """Ask `points`."""
        super().__init__()
        self._points = points

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Fault:
        return self._points.request()


class Watched:
    """A database that passes a point with every write."""

    def __init__(self, database: Database, points: Points) -> None:
        """Write to `database`."""
        self._database = database
        self._points = points

    @property
    def backend(self) -> Backend:
        return self._database.backend

    def error_kind(self, error: BaseException) -> ErrorKind | None:
        return self._database.error_kind(error)

    def submit(self, pending: Pending) -> None:
        self._points.commit()
        self._database.submit(pending)

    def read(self, work: Callable[[Connection], T]) -> T:
        return self._database.read(work)

    def on_completion(self, handler: CompletionHandler) -> None:
        self._database.on_completion(handler)

    def close(self) -> None:
        self._database.close()


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
