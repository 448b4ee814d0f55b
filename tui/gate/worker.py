"""Turnstile: one show's gate on a thread of its own: one scan after the other, in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from client.api import Api
from client.gate import PATIENCE, AdmissionList, Answer, Counters, Gate, Synced, TakenBack, lists
from contract.gate import Conflict
from contract.shows import Show
from tui.session import Session
from tui.thread_pool import Calls

T = TypeVar("T")


class Fetching(NamedTuple):
    """How far the fetching of a list is: tickets that came, and of how many; 0 is not known."""

    came: int
    total: int


class Turnstile:
    """A gate that may be asked from the screen. What was asked first is answered first.

    The attributes are replaced whole by whatever was done last, so that they may be read at once.
    """

    def __init__(self, session: Session, show: Show, *, entrance: str) -> None:
        """Stand at an entrance of a show. `open` comes first."""
        self.session, self.show, self.entrance = session, show, entrance
        self.counters = Counters(admitted=0, refused=0, waiting=0, conflicts=0)
        self.conflicts: tuple[Conflict, ...] = ()
        self.roll: AdmissionList | None = None
        #: None while no list is being fetched.
        self.fetching: Fetching | None = None
        self._calls = Calls(threads=1)
        self._api = session.line(timeout=PATIENCE)
        self._gate: Gate | None = None

    @property
    def gate(self) -> Gate:
        """The gate itself, for the one thread. Its files are read when it is first asked for."""
        if self._gate is None:
            self._gate = self._another(self._api)
        return self._gate

    @property
    def online(self) -> bool:
        """Whether the house would be asked now."""
        return self._gate is None or self._gate.online

    def is_older_than(self, age: timedelta) -> bool:
        """Whether the list was fetched longer ago than that, and is not being fetched."""
        if self.roll is None or self.fetching is not None:
            return False
        return self.session.now() - self.roll.downloaded_at > age

    async def open(self) -> None:
        """Read what was done here before. Raises Invalid for a bad name, and BadConfig."""
        await self._do(lambda: self.gate)

    async def scan(self, code: str) -> Answer | None:
        """Answer a scan, after those that came before it. Raises what `Gate.scan` does."""
        came = self.session.clock.monotonic()
        return await self._do(lambda: self.gate.scan(code, came=came))

    async def undo(self) -> TakenBack:
        """Take back the newest admission made here. Raises NothingToUndo."""
        return await self._do(self.gate.undo)

    async def sync(self) -> Synced:
        """Tell the house what it does not know yet. Raises Unreachable, Problem."""
        return await self._do(self.gate.sync)

    async def hear_undone(self, admission_id: str) -> None:
        """Take note that an admission was taken back elsewhere."""
        await self._do(lambda: self.gate.hear_undone(admission_id))

    async def download(self) -> AdmissionList:
        """Fetch the list on another line, so that nobody waits for it at the gate.

        Raises Unreachable, Problem.
        """
        other = self._another(self.session.line(timeout=PATIENCE))
        self.fetching = Fetching(0, 0)
        try:
            roll = await self.session.beside(lambda: other.download(self._note))
        finally:
            self.fetching = None
        await self._do(lambda: self._take(roll))
        return roll

    def _note(self, came: int, total: int) -> None:
        self.fetching = Fetching(came, total)

    def _take(self, roll: AdmissionList) -> None:
        self.gate.roll = roll

    def _another(self, api: Api) -> Gate:
        return Gate(api, self.session.config.folder, self.show.id, gate=self.entrance)

    async def _do(self, work: Callable[[], T]) -> T:
        # The feed alone is told how far the server's clock is ahead.
        self._api.delivery.ahead = self.session.now() - self.session.clock.now()

        def task() -> T:
            try:
                return work()
            finally:
                self._look()

        return await self._calls.run(task)

    def _look(self) -> None:
        """Take note of how the gate stands."""
        if self._gate is not None:
            self.counters = self._gate.counters()
            self.conflicts = self._gate.conflicts
            self.roll = self._gate.roll


def lists_here(session: Session) -> list[AdmissionList]:
    """Return the lists this machine has, of this server."""
    return lists(session.api, session.config.folder)
