"""The journal: what a gate has done, line by line in a file that is only ever added to.

A line is on the disk before anybody is told of what it says, so that a crash loses nothing. Others
on this machine may write to the same file; what they wrote is read before it matters. Codes do not
stand in it, only their digests.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from client.config import BadConfig
from contract.base import Model
from contract.gate import Conflict, OfflineScan, Verdict


class Scanned(Model, frozen=True, kw_only=True, tag="scanned"):
    """A code was scanned and answered; `told` says that the house gave the answer."""

    scan: OfflineScan
    told: bool
    admission_id: str | None = None


class Sent(Model, frozen=True, kw_only=True, tag="sent"):
    """The house knows of these scans now: each with the admission it came to, if to any."""

    admissions: dict[str, str | None]
    conflicts: tuple[Conflict, ...] = ()


class TookBack(Model, frozen=True, kw_only=True, tag="took_back"):
    """An admission was taken back here; the house may not know yet."""

    scan_id: str


class ToldBack(Model, frozen=True, kw_only=True, tag="told_back"):
    """The house knows that an admission was taken back."""

    scan_id: str


Line = Scanned | Sent | TookBack | ToldBack
_decode = msgspec.json.Decoder(Line).decode


class Journal:
    """What the lines come to."""

    def __init__(self, path: Path) -> None:
        """Read what is there. Raises BadConfig for a file that cannot be read."""
        self.path = path
        self.scans: dict[str, Scanned] = {}
        #: Scans the house does not know of, and undoings it does not know of, the oldest first.
        self.waiting: dict[str, OfflineScan] = {}
        self.to_take_back: dict[str, None] = {}
        self.admissions: dict[str, str | None] = {}
        #: By ticket: what let it in or took that back last, and where in the file that stands.
        self.moved: dict[str, tuple[int, Scanned | TookBack]] = {}
        self.taken_back: set[str] = set()
        self.conflicts: dict[str, Conflict] = {}
        #: How much of the file has been read, in bytes.
        self.read_to = 0
        self.catch_up()

    def add(self, line: Line) -> None:
        """Write a line and wait until it is on the disk; then it counts."""
        try:
            self._append(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise BadConfig(f"cannot write {self.path}: {error.strerror}") from None
        self.catch_up()

    def catch_up(self) -> None:
        """Read the lines that were added since."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.read_to)
                added = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise BadConfig(f"cannot read {self.path}: {error.strerror}") from None
        whole = added[: added.rfind(b"\n") + 1]
        for raw in whole.splitlines(keepends=True):
            place, self.read_to = self.read_to, self.read_to + len(raw)
            try:
                line = _decode(raw)
            except msgspec.DecodeError:
                continue  # half a line, of a crash: nobody was told what it says
            self._count(line, place)

    def waits(self, line: Scanned | TookBack) -> bool:
        """Tell whether the house does not know of a line yet."""
        if isinstance(line, TookBack):
            return line.scan_id in self.to_take_back
        return line.scan.scan_id in self.waiting

    def last_admitted(self) -> Scanned | None:
        """Return the newest scan that let somebody in and was not taken back."""
        return next(
            (
                line
                for line in reversed(self.scans.values())
                if line.scan.verdict is Verdict.ADMITTED
                and line.scan.scan_id not in self.taken_back
            ),
            None,
        )

    def _append(self, raw: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        number = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(number).st_size
            if size and _last_byte(number, size) != b"\n":
                raw = b"\n" + raw  # half a line, of a crash, must not take this one with it
            while raw:
                raw = raw[os.write(number, raw) :]
            os.fsync(number)
        finally:
            os.close(number)
        if is_new and os.name == "posix":
            _settle(self.path.parent)

    def _count(self, line: Line, place: int) -> None:
        match line:
            case Scanned():
                self._scanned(line, place)
            case Sent():
                for scan_id, admission_id in line.admissions.items():
                    self.waiting.pop(scan_id, None)
                    self.admissions[scan_id] = admission_id
                self.conflicts |= {one.scan_id: one for one in line.conflicts}
            case TookBack():
                self._took_back(line, place)
            case ToldBack():
                self.to_take_back.pop(line.scan_id, None)

    def _scanned(self, line: Scanned, place: int) -> None:
        scan = line.scan
        self.scans[scan.scan_id] = line
        if line.told:
            self.admissions[scan.scan_id] = line.admission_id
        else:
            self.waiting[scan.scan_id] = scan
        if scan.verdict is Verdict.ADMITTED and scan.ticket_id is not None:
            self.moved[scan.ticket_id] = (place, line)

    def _took_back(self, line: TookBack, place: int) -> None:
        known = self.scans.get(line.scan_id)
        self.taken_back.add(line.scan_id)
        self.to_take_back[line.scan_id] = None
        ticket_id = None if known is None else known.scan.ticket_id
        if ticket_id is not None:
            self.moved[ticket_id] = (place, line)


def _last_byte(number: int, size: int) -> bytes:
    os.lseek(number, size - 1, os.SEEK_SET)
    return os.read(number, 1)


def _settle(folder: Path) -> None:
    """Make the name of a new file last too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
