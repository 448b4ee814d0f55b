"""Offline status: the list that a gate needs offline, and the scans that it syncs afterwards."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from client.transport import Unreachable
from tui.gate.worker import GateWorker
from tui.requests import AppAccess, request


class OfflineStatus(Static, AppAccess):
    """The age of the list, or the progress of its download."""

    @request("sync")
    async def sync(self, worker: GateWorker, *, asked: bool = False) -> None:
        """Sync offline scans with the server; new conflicts ring the bell."""
        before = {conflict.scan_id for conflict in worker.conflicts}
        try:
            synced = await worker.sync()
        except Unreachable:
            if asked:
                raise
            return
        if {conflict.scan_id for conflict in synced.conflicts} - before:
            self.app.bell()
        elif synced.sent or asked:
            self.app_base.notify(f"{synced.sent} scans synced with the server.", title="synced")

    @request("download")
    async def download(self, worker: GateWorker, *, asked: bool = False) -> None:
        """Download the admission list. Scanning continues meanwhile."""
        try:
            admission_list = await worker.download()
        except Unreachable:
            if asked:
                raise
            return
        if asked:
            self.app_base.notify(
                f"{admission_list.size:,} tickets can be admitted.", title="list downloaded"
            )

    def redraw(self, worker: GateWorker) -> None:
        """Draw the list as it is now."""
        self.update(_list_text(worker))


def _list_text(worker: GateWorker) -> Content:
    if worker.download_progress is not None:
        came, total = worker.download_progress
        far = f" {came:,} of {total:,}" if total else "…"
        return Content.styled(f"downloading the list{far}", "$accent")
    if worker.admission_list is None:
        return Content.styled("no list for offline use", "$warning")
    tickets = f"{worker.admission_list.size:,} tickets"
    return Content.styled(f"list of {_listed_at(worker)} · {tickets}", "$text-muted")


def offline_banner(worker: GateWorker) -> str:
    """Return the banner for when the gate is offline."""
    waiting = worker.counters.waiting
    text = f"{waiting:,} to sync" if waiting else "nothing to sync"
    if worker.admission_list is None:
        return f"OFFLINE: no admission list, nobody can be checked · {text}"
    return f"OFFLINE: using the list of {_listed_at(worker)} · {text}"


def unsaved_scans(worker: GateWorker | None) -> str:
    """Say how many scans are not synced yet; empty if all are."""
    waiting = worker.counters.waiting if worker is not None else 0
    if not waiting:
        return ""
    scans = "1 scan is" if waiting == 1 else f"{waiting:,} scans are"
    return f"{scans} not synced yet; `ticketing gate sync` syncs later."


def _listed_at(worker: GateWorker) -> str:
    admission_list = worker.admission_list
    return "" if admission_list is None else f"{admission_list.downloaded_at.astimezone():%H:%M:%S}"
