"""Injection points: every commit and every request to the gateway in a history."""

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
from server.sandbox import Fault

T = TypeVar("T")

CRASH = "crash"
FAULTS = frozenset(fault.value for fault in Fault)
#: The SDK retries twice, except after a 429. All tries fail, so that the call fails.
IN_A_ROW = {Fault.RATE_LIMIT: 1}


class Crash(BaseException):
    """The process has died. No `except Exception` of the server catches this."""


@dataclass(frozen=True)
class Injection:
    """What happens at a point: a crash, a fault of the gateway, or a step of somebody else."""

    what: str = "nothing"
    at: int = -1

    def __str__(self) -> str:
        """Format it for `read`."""
        return f"{self.what}@{self.at}" if self.at >= 0 else self.what

    @classmethod
    def read(cls, text: str) -> Injection:
        """Parse what `str` returned."""
        what, _, at = text.partition("@")
        return cls(what, int(at)) if at else cls(what)


NOTHING = Injection()


@dataclass(frozen=True)
class Point:
    """A request or a commit in a history, and whether somebody else can act there.

    Nobody can inside the event loop, because their step would wait for that same loop.
    """

    is_request: bool
    is_free: bool


class Points:
    """Count the points, and inject at the right one."""

    def __init__(self, injection: Injection, meanwhile: Callable[[str], None]) -> None:
        """Inject `injection`; `meanwhile` does a step of somebody else."""
        self.passed: list[Point] = []
        self.failures: list[Exception] = []
        self.gateway_down = False
        self._injection = injection
        self._meanwhile = meanwhile
        self._faults = 0
        self._inside = False

    def commit(self) -> None:
        """Pass a point before a commit."""
        self._pass(is_request=False)

    def request(self) -> Fault:
        """Pass a point before a request; return the fault of the request."""
        self._pass(is_request=True)
        if self._faults:
            self._faults -= 1
            return Fault(self._injection.what)
        return Fault.LOSE_REQUEST if self.gateway_down else Fault.NONE

    def _pass(self, *, is_request: bool) -> None:
        if self._inside:
            return
        here = len(self.passed)
        self.passed.append(Point(is_request=is_request, is_free=not _in_loop()))
        if here != self._injection.at:
            return
        if self._injection.what == CRASH:
            raise Crash
        if self._injection.what in FAULTS:
            self._faults = IN_A_ROW.get(Fault(self._injection.what), 3)
            return
        self._inside = True
        try:
            self._meanwhile(self._injection.what)
        except Exception as failure:
            self.failures.append(failure)  # a running job would log it and be retried
            raise
        finally:
            self._inside = False


class InjectedFaults(deque[Fault]):
    """Replace the transport's queue of faults: each request takes its fault from here."""

    def __init__(self, points: Points) -> None:
        """Get faults from `points`."""
        super().__init__()
        self._points = points

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Fault:
        return self._points.request()


class ObservedDatabase:
    """A database that passes a point before every write."""

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

    def verify(self) -> None:
        self._database.verify()

    def close(self) -> None:
        self._database.close()


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
