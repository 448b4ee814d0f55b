"""Worker: runs one show's gate on its own thread, one scan after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar

from client.api import Api
from client.gate import (
    RESPONSE_TIMEOUT,
    AdmissionList,
    Counters,
    Gate,
    ScanResult,
    SyncSummary,
    UndoneAdmission,
    stored_lists,
)
from contract.gate import Conflict, Direction
from contract.shows import Show
from tui.session import UserSession
from tui.thread_pool import DaemonThreads

T = TypeVar("T")


class DownloadProgress(NamedTuple):
    """The progress of a download: tickets received, and the total; 0 if that is not known."""

    came: int
    total: int


class GateWorker:
    """A gate that the screen can call without blocking. Calls are answered in order.

    Each attribute is replaced as a whole after a call, so that the screen may read it at any time.
    """

    def __init__(self, session: UserSession, show: Show, *, entrance: str) -> None:
        """Prepare for an entrance of a show. Call `open` first."""
        self.session, self.show, self.entrance = session, show, entrance
        self.counters = Counters(admitted=0, refused=0, waiting=0, conflicts=0)
        self.conflicts: tuple[Conflict, ...] = ()
        self.admission_list: AdmissionList | None = None
        #: None while no list is being downloaded.
        self.download_progress: DownloadProgress | None = None
        self._pool = DaemonThreads(threads=1)
        self._api = session.separate_api(timeout=RESPONSE_TIMEOUT)
        self._gate: Gate | None = None

    @property
    def gate(self) -> Gate:
        """The gate itself, for use on the worker's thread. Its files are read at first use."""
        if self._gate is None:
            self._gate = self._new_gate(self._api)
        return self._gate

    @property
    def online(self) -> bool:
        """Whether the next scan would be sent to the server."""
        return self._gate is None or self._gate.online

    def is_older_than(self, age: timedelta) -> bool:
        """Whether the list is older than `age` and is not being downloaded."""
        if self.admission_list is None or self.download_progress is not None:
            return False
        return self.session.now() - self.admission_list.downloaded_at > age

    async def open(self) -> None:
        """Read what this machine recorded before. Raise Invalid for a bad name, and BadConfig."""
        await self._run(lambda: self.gate)

    async def scan(
        self, code: str, direction: Direction, *, override: str = ""
    ) -> ScanResult | None:
        """Answer a scan, after the scans before it. Raises what `Gate.scan` raises."""
        came = self.session.clock.monotonic()
        return await self._run(
            lambda: self.gate.scan(code, at=came, direction=direction, override=override)
        )

    async def undo(self) -> UndoneAdmission:
        """Undo the newest admission made on this machine. Raise NothingToUndo."""
        return await self._run(self.gate.undo)

    async def sync(self) -> SyncSummary:
        """Sync with the server what it does not know yet. Raise Unreachable, Problem."""
        return await self._run(self.gate.sync)

    async def note_undone(self, admission_id: str) -> None:
        """Note that an admission was undone elsewhere."""
        await self._run(lambda: self.gate.record_undone(admission_id))

    async def download(self) -> AdmissionList:
        """Download the list over a separate connection, so that no scan waits for it.

        Raise Unreachable, Problem.
        """
        other = self._new_gate(self.session.separate_api(timeout=RESPONSE_TIMEOUT))
        self.download_progress = DownloadProgress(0, 0)
        try:
            admission_list = await self.session.run_blocking(
                lambda: other.download(self._note_progress)
            )
        finally:
            self.download_progress = None
        await self._run(lambda: self._use_list(admission_list))
        return admission_list

    def _note_progress(self, came: int, total: int) -> None:
        self.download_progress = DownloadProgress(came, total)

    def _use_list(self, admission_list: AdmissionList) -> None:
        self.gate.admission_list = admission_list

    def _new_gate(self, api: Api) -> Gate:
        return Gate(api, self.session.config.folder, self.show.id, entrance=self.entrance)

    async def _run(self, work: Callable[[], T]) -> T:
        # Only the feed's connection learns how far the server's clock is ahead.
        self._api.transport.clock_offset = self.session.now() - self.session.clock.now()

        def task() -> T:
            try:
                return work()
            finally:
                self._update_status()

        return await self._pool.run(task)

    def _update_status(self) -> None:
        """Copy the status of the gate into the attributes."""
        if self._gate is not None:
            self.counters = self._gate.counters()
            self.conflicts = self._gate.conflicts
            self.admission_list = self._gate.admission_list


def local_lists(session: UserSession) -> list[AdmissionList]:
    """Return the admission lists of this server on this machine."""
    return stored_lists(session.api, session.config.folder)
