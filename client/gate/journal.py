"""Journal: what a gate has done, line by line in a file that is only appended to.

A line is on disk before its result is shown, so that a crash loses nothing. Other processes on
this machine may append to the same file; their lines are read before they matter. The file
contains no codes, only their digests.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from client.config import BadConfig
from contract.base import Model
from contract.gate import Conflict, OfflineScan, Verdict


class ScanLine(Model, frozen=True, kw_only=True, tag="scanned"):
    """A code was scanned and answered; `synced` is True if the server gave the answer.

    `serial` is that of a genuine QR code.
    """

    scan: OfflineScan
    synced: bool = msgspec.field(name="told")
    admission_id: str | None = None
    serial: int | None = None


class SyncLine(Model, frozen=True, kw_only=True, tag="sent"):
    """The server received these scans: the admission id by scan id, None without an admission."""

    admissions: dict[str, str | None]
    conflicts: tuple[Conflict, ...] = ()


class UndoLine(Model, frozen=True, kw_only=True, tag="took_back"):
    """An admission was undone here; the server may not know yet."""

    scan_id: str


class UndoSyncedLine(Model, frozen=True, kw_only=True, tag="told_back"):
    """The server knows that an admission was undone."""

    scan_id: str


JournalLine = ScanLine | SyncLine | UndoLine | UndoSyncedLine
_decode = msgspec.json.Decoder(JournalLine).decode


class Journal:
    """The state that results from the journal's lines."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raise BadConfig if it is not readable."""
        self.path = path
        self.scans: dict[str, ScanLine] = {}
        #: Scans and undos that the server does not know, the oldest first.
        self.pending_scans: dict[str, OfflineScan] = {}
        self.pending_undos: dict[str, None] = {}
        self.admissions: dict[str, str | None] = {}
        #: By ticket: the last admission, exit or undo, and its offset in the file.
        self.last_change: dict[str, tuple[int, ScanLine | UndoLine]] = {}
        #: By ticket: the serial of its newest genuine QR code that was seen here.
        self.serials: dict[str, int] = {}
        self.undone: set[str] = set()
        self.conflicts: dict[str, Conflict] = {}
        #: How much of the file has been read, in bytes.
        self.offset = 0
        self.catch_up()

    def add(self, line: JournalLine) -> None:
        """Append a line, wait until it is on disk, and apply it."""
        try:
            self._append(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise BadConfig(f"cannot write {self.path}: {error.strerror}") from None
        self.catch_up()

    def catch_up(self) -> None:
        """Read and apply the lines appended since the last call."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                added = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise BadConfig(f"cannot read {self.path}: {error.strerror}") from None
        whole = added[: added.rfind(b"\n") + 1]
        for raw in whole.splitlines(keepends=True):
            at, self.offset = self.offset, self.offset + len(raw)
            try:
                line = _decode(raw)
            except msgspec.DecodeError:
                continue  # half a line, after a crash: its result was never shown
            self._apply(line, at)

    def is_pending(self, line: ScanLine | UndoLine) -> bool:
        """Return whether the server does not know of a line yet."""
        if isinstance(line, UndoLine):
            return line.scan_id in self.pending_undos
        return line.scan.scan_id in self.pending_scans

    def last_admitted(self) -> ScanLine | None:
        """Return the newest scan that admitted somebody, who is still inside as far as known."""
        return next(
            (
                line
                for line in reversed(self.scans.values())
                if line.scan.verdict is Verdict.ADMITTED
                and line.scan.scan_id not in self.undone
                and not self._has_left(line.scan)
            ),
            None,
        )

    def _has_left(self, scan: OfflineScan) -> bool:
        _, last = self.last_change.get(scan.ticket_id or "", (0, None))
        return isinstance(last, ScanLine) and last.scan.scan_id != scan.scan_id

    def _append(self, raw: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and _last_byte(descriptor, size) != b"\n":
                raw = b"\n" + raw  # end the half line of a crash, so that this line is not lost
            while raw:
                raw = raw[os.write(descriptor, raw) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new and os.name == "posix":
            _sync_folder(self.path.parent)

    def _apply(self, line: JournalLine, at: int) -> None:
        match line:
            case ScanLine():
                self._apply_scan(line, at)
            case SyncLine():
                for scan_id, admission_id in line.admissions.items():
                    self.pending_scans.pop(scan_id, None)
                    self.admissions[scan_id] = admission_id
                self.conflicts |= {one.scan_id: one for one in line.conflicts}
            case UndoLine():
                self._apply_undo(line, at)
            case UndoSyncedLine():
                self.pending_undos.pop(line.scan_id, None)

    def _apply_scan(self, line: ScanLine, at: int) -> None:
        scan = line.scan
        self.scans[scan.scan_id] = line
        if line.synced:
            self.admissions[scan.scan_id] = line.admission_id
        else:
            self.pending_scans[scan.scan_id] = scan
        if scan.ticket_id is None:
            return
        if scan.verdict is not Verdict.REFUSED:
            self.last_change[scan.ticket_id] = (at, line)
        if line.serial is not None:
            self.serials[scan.ticket_id] = max(line.serial, self.serials.get(scan.ticket_id, 0))

    def _apply_undo(self, line: UndoLine, at: int) -> None:
        known = self.scans.get(line.scan_id)
        self.undone.add(line.scan_id)
        self.pending_undos[line.scan_id] = None
        ticket_id = None if known is None else known.scan.ticket_id
        if ticket_id is not None:
            self.last_change[ticket_id] = (at, line)


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
