"""Gate: answer scans from the server, or from the local admission list while offline."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from client.api import Api
from client.config import BadConfig
from client.gate.admission_list import LIST, AdmissionList
from client.gate.journal import Journal, ScanLine, SyncLine, UndoLine, UndoSyncedLine
from client.gate.offline_gate import OfflineGate
from client.gate.other_shows import OtherShows
from client.gate.results import (
    Counters,
    NothingToUndo,
    ScanResult,
    SyncSummary,
    UndoneAdmission,
)
from client.sanitize import safe_text
from client.transport import Unreachable
from contract.base import Id
from contract.codes import code_key
from contract.gate import (
    ADMIT,
    MAX_OVERRIDE,
    OVERRIDABLE,
    SYNC_ADMISSIONS,
    SYNC_SCANS,
    UNDO_ADMISSION,
    AdmissionNotFound,
    Admit,
    Conflict,
    Direction,
    NotASupervisor,
    NotYourAdmission,
    OfflineScan,
    Refusal,
    Scan,
    SyncAdmissions,
    TicketLeft,
    Verdict,
    digest_of,
)
from contract.problems import FieldError, Invalid, Problem
from contract.signed_codes import TEXT_LENGTH, read_signed
from contract.validation import hidden

#: How long, in seconds, somebody at a gate waits for the server. Give the `Api` this timeout.
RESPONSE_TIMEOUT = 3.0
#: The same code within this many seconds is the scanner repeating itself, not another scan.
REPEAT_WINDOW = 1.0
#: After this many seconds offline the server is tried again.
RETRY_AFTER = 5.0
MAX_CODE_LENGTH = TEXT_LENGTH
MAX_NAME_LENGTH = 40
JOURNAL = ".journal"


class Gate:
    """One show's gate on this machine, at one server. Not thread-safe."""

    def __init__(self, api: Api, folder: Path, show_id: str, *, entrance: str = "") -> None:
        """Store the gate's files under `folder`; `entrance` is the name of the entrance.

        No request is sent yet. Raise Invalid for a name that the server would refuse, and
        BadConfig for files that are not readable.
        """
        try:
            msgspec.convert(show_id, Id)
        except msgspec.ValidationError:
            message = f"{safe_text(show_id)!a} is not an id such as shw_4k"
            raise Invalid(errors=(FieldError(field="show_id", message=message),)) from None
        _check_text("gate", entrance, MAX_NAME_LENGTH)
        self._api = api
        self.show_id = show_id
        self.entrance = entrance
        gate_folder = _folder(api, folder)
        self._list_path = gate_folder / f"{show_id}{LIST}"
        self.journal = Journal(gate_folder / f"{show_id}{JOURNAL}")
        self.admission_list = AdmissionList.read(self._list_path)
        self._other_shows = OtherShows(gate_folder, show_id)
        #: The newest scan: its digest, direction and override, when it was made, and its result.
        self._last_scan: tuple[tuple[str, Direction, str], float, ScanResult] | None = None
        self._offline_until = float("-inf")

    @property
    def online(self) -> bool:
        """Whether the next scan goes to the server: it responded, or it is time to try again."""
        return self._api.clock.monotonic() >= self._offline_until

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Every admission made here that the server would have refused, the oldest first."""
        found = self.journal.conflicts.items()
        return tuple(one for scan_id, one in found if scan_id not in self.journal.undone)

    def counters(self) -> Counters:
        """Count what was done here."""
        self.journal.catch_up()
        scans = [line.scan for line in self.journal.scans.values()]
        verdicts = [scan.verdict for scan in scans if scan.direction is Direction.IN]
        admitted = verdicts.count(Verdict.ADMITTED)
        return Counters(
            admitted=admitted - len(self.journal.undone), refused=len(verdicts) - admitted,
            overrides=sum(bool(scan.override) for scan in scans),
            left=sum(scan.verdict is Verdict.LEFT for scan in scans),
            waiting=len(self.journal.pending_scans) + len(self.journal.pending_undos),
            conflicts=len(self.conflicts),
        )  # fmt: skip

    def download(
        self, progress: Callable[[int, int], object] = lambda _done, _total: None
    ) -> AdmissionList:
        """Sync, then download the list, or what has changed on it. Raise Unreachable, Problem."""
        self.sync()
        self.journal.catch_up()
        offset = self.journal.offset  # before: what happens meanwhile is newer than the list
        self.admission_list = AdmissionList.fetch(
            self._api, self.show_id, known=self.admission_list, journal_offset=offset,
            progress=progress,
        )  # fmt: skip
        self.admission_list.write(self._list_path)
        return self.admission_list

    def scan(
        self,
        code: str,
        *,
        at: float | None = None,
        direction: Direction = Direction.IN,
        override: str = "",
    ) -> ScanResult | None:
        """Answer a scan, however its code is written; None for blank input.

        The same code again within a second is the same scan: it gets the same result, marked as
        `repeated`, and counts once. `at` is the monotonic time when the code was scanned, if that
        was not just now. In the `direction` out the holder leaves. With `override`, the reason, a
        supervisor admits in spite of a refusal, if that is allowed. Raise Unreachable without a
        connection and without a list, and Problem for what the server refuses: a show it does not
        have, or somebody who does not work at the gate.
        """
        _check_text("override", override, MAX_OVERRIDE)
        if not code_key(code):
            return None
        prefix = self.show_id if self.admission_list is None else self.admission_list.digest_prefix
        digest = digest_of(code, digest_prefix=prefix)
        scanned = (digest, direction, override)
        now = self._api.clock.monotonic() if at is None else at
        result = self._last_result(scanned, now)
        if result is None:
            result = self._answer(code_key(code), direction, override)
            self._record(result, digest=digest, serial=_serial(code, result))
        self._last_scan = (scanned, now, result)
        return result

    def _answer(self, key: str, direction: Direction, override: str) -> ScanResult:
        """Return the server's answer to a code, or the list's while offline."""
        scan_id = self._api.clock.new_key()
        if not _is_acceptable(key):
            return self._unknown_code(scan_id, direction)
        request = Admit(
            show_id=self.show_id, code=key, scan_id=scan_id, gate=self.entrance,
            direction=direction, override=override,
        )  # fmt: skip
        reply = self._ask_server(request)
        if isinstance(reply, Scan):
            return _from_server(reply)
        if self.admission_list is None:
            raise reply
        self.journal.catch_up()
        offline = OfflineGate(self.admission_list, self.journal, at=self._api.now())
        answer = offline.answer(scan_id, key, direction)
        if answer is None:
            return self._of_another_show(scan_id, key, direction)
        return _overridden(answer, self.admission_list, override) if override else answer

    def _last_result(self, scanned: tuple[str, Direction, str], now: float) -> ScanResult | None:
        """Return the last result again if this scan is a repeat of that scan, else None."""
        if self._last_scan is None:
            return None
        last_scanned, last_at, result = self._last_scan
        if scanned != last_scanned or now - last_at >= REPEAT_WINDOW:
            return None
        return msgspec.structs.replace(result, repeated=True)

    def undo(self) -> UndoneAdmission:
        """Undo the newest admission made here; the server learns of it now or at the next sync.

        Raise NothingToUndo.
        """
        self.journal.catch_up()
        last = self.journal.last_admitted()
        if last is None:
            raise NothingToUndo
        scan_id = last.scan.scan_id
        self.journal.add(UndoLine(scan_id=scan_id))
        self._last_scan = None  # the same code may be scanned again at once
        if self.online:
            try:
                self.sync()
            except (Unreachable, Problem) as failure:
                self._go_offline(failure)
        return UndoneAdmission(
            scan_id=scan_id, ticket_id=last.scan.ticket_id,
            synced=scan_id not in self.journal.pending_undos,
        )  # fmt: skip

    def record_undone(self, admission_id: str) -> None:
        """Record that an admission was undone at the server, if it was made here."""
        self.journal.catch_up()
        for scan_id, known in self.journal.admissions.items():
            if known == admission_id and scan_id not in self.journal.undone:
                self.journal.add(UndoLine(scan_id=scan_id))
                self.journal.add(UndoSyncedLine(scan_id=scan_id))
                return

    def sync(self) -> SyncSummary:
        """Send the server what it does not know yet. Raise Unreachable, Problem.

        If it fails halfway, what was sent is recorded as sent, and the rest stays pending.
        """
        self.journal.catch_up()
        self._sync_undos()
        sent = 0
        for batch in self._batches():
            report = self._api.call(SYNC_ADMISSIONS, SyncAdmissions(scans=batch))
            admissions = {one.scan_id: one.admission_id for one in report.results}
            known = {scan.scan_id: admissions.get(scan.scan_id) for scan in batch}
            self.journal.add(SyncLine(admissions=known, conflicts=report.conflicts))
            self._sync_undos()
            sent += len(batch)
        self._offline_until = float("-inf")
        return SyncSummary(sent=sent, conflicts=self.conflicts)

    def _batches(self) -> Iterator[tuple[OfflineScan, ...]]:
        """Yield the pending scans, the oldest first, split where an undo lies between two scans."""
        batch: list[OfflineScan] = []
        undone_tickets: set[str | None] = set()
        for scan in list(self.journal.pending_scans.values()):
            if len(batch) == SYNC_SCANS or scan.ticket_id in undone_tickets:
                yield tuple(batch)
                batch, undone_tickets = [], set()
            batch.append(scan)
            if scan.scan_id in self.journal.undone:
                undone_tickets.add(scan.ticket_id)
        if batch:
            yield tuple(batch)

    def _sync_undos(self) -> None:
        """Send every undo of an admission that the server knows."""
        pending = [one for one in self.journal.pending_undos if one in self.journal.admissions]
        for scan_id in pending:
            admission_id = self.journal.admissions[scan_id]
            if admission_id is not None:
                # An admission that an operator has taken over would be refused for ever.
                with contextlib.suppress(AdmissionNotFound, NotYourAdmission, TicketLeft):
                    self._api.call(UNDO_ADMISSION, admission_id=admission_id)
            self.journal.add(UndoSyncedLine(scan_id=scan_id))

    def _ask_server(self, request: Admit) -> Scan | Unreachable:
        """Return the server's answer, or why there is none."""
        if not self.online:
            return Unreachable(self._api.server, "it was offline a moment ago")
        try:
            if self.journal.pending_scans or self.journal.pending_undos:
                self.sync()  # else the server would admit a ticket that was admitted here already
            scan = self._api.call(ADMIT, request)  # its scan id makes a retry safe
        except (Unreachable, Problem) as failure:
            return self._go_offline(failure)
        self._offline_until = float("-inf")
        return scan

    def _go_offline(self, failure: Unreachable | Problem) -> Unreachable:
        """Stop asking the server for a while; raise a problem that retrying would not solve."""
        if isinstance(failure, Problem) and not failure.retryable:
            raise failure
        self._offline_until = self._api.clock.monotonic() + RETRY_AFTER
        if isinstance(failure, Unreachable):
            return failure
        return Unreachable(self._api.server, failure.detail)

    def _unknown_code(self, scan_id: str, direction: Direction) -> ScanResult:
        return ScanResult(
            scan_id=scan_id, verdict=Verdict.REFUSED, reason=Refusal.UNKNOWN_CODE, ticket=None,
            first=None, at=self._api.now(), online=False, direction=direction,
        )  # fmt: skip

    def _of_another_show(self, scan_id: str, key: str, direction: Direction) -> ScanResult:
        """Refuse a code that this show does not have, with the show that it is for, if known."""
        unknown = self._unknown_code(scan_id, direction)
        found = self._other_shows.find(key)
        if found is None:
            return unknown
        return msgspec.structs.replace(
            unknown, reason=Refusal.WRONG_SHOW, ticket=found.known.ticket(found.code),
            by_signature=not found.code.digest,
        )  # fmt: skip

    def _record(self, result: ScanResult, *, digest: str, serial: int | None) -> None:
        """Write a result to the journal."""
        scan = OfflineScan(
            scan_id=result.scan_id, show_id=self.show_id, digest=digest,
            ticket_id=None if result.ticket is None else result.ticket.ticket_id,
            verdict=result.verdict, reason=result.reason, scanned_at=self._api.now(),
            gate=self.entrance, direction=result.direction, override=result.override,
        )  # fmt: skip
        self.journal.add(
            ScanLine(
                scan=scan, synced=result.online, admission_id=result.admission_id, serial=serial
            )
        )


def shows_scanned_here(api: Api, folder: Path) -> list[str]:
    """Return the ids of the shows with a journal on this machine, at this server."""
    return sorted(
        path.name.removesuffix(JOURNAL) for path in _folder(api, folder).glob(f"*{JOURNAL}")
    )


def has_stored_list(api: Api, folder: Path) -> bool:
    """Return whether this machine has any list of this server, without reading it."""
    return any(_folder(api, folder).glob(f"*{LIST}"))


def stored_lists(api: Api, folder: Path) -> list[AdmissionList]:
    """Return the lists of this server on this machine. Damaged ones are left out."""
    found = []
    for path in sorted(_folder(api, folder).glob(f"*{LIST}")):
        with contextlib.suppress(BadConfig):
            stored = AdmissionList.read(path)
            found += [] if stored is None else [stored]
    return found


def _folder(api: Api, folder: Path) -> Path:
    return folder / "gate" / hashlib.sha256(api.server.encode()).hexdigest()[:16]


def _is_acceptable(code: str) -> bool:
    """Return whether the server would accept a code: one that it refuses must not stay pending."""
    return len(code) <= MAX_CODE_LENGTH and hidden(code) is None


def _check_text(field: str, text: str, length: int) -> None:
    """Refuse a text that the server would refuse: its scan would stay pending. Raise Invalid."""
    if len(text) > length or hidden(text) is not None:
        message = f"must be text of at most {length} characters"
        raise Invalid(errors=(FieldError(field=field, message=message),))


def _from_server(scan: Scan) -> ScanResult:
    return ScanResult(
        scan_id=scan.scan_id, verdict=scan.verdict, reason=scan.reason, ticket=scan.ticket,
        admission_id=scan.admission_id, first=scan.first, at=scan.scanned_at, online=True,
        revoked_at=scan.revoked_at, window_at=scan.window_at, direction=scan.direction,
        left_at=scan.left_at, overrode=scan.overrode, override=scan.override,
    )  # fmt: skip


def _overridden(answer: ScanResult, known: AdmissionList, override: str) -> ScanResult:
    """Return the answer of a supervisor, whose override is synced later. Raise NotASupervisor."""
    if not known.may_override:
        raise NotASupervisor
    if answer.reason not in OVERRIDABLE or answer.direction is not Direction.IN:
        return answer
    return msgspec.structs.replace(
        answer, verdict=Verdict.ADMITTED, reason=None, overrode=answer.reason, override=override,
    )  # fmt: skip


def _serial(code: str, result: ScanResult) -> int | None:
    """Return the serial of a QR code that was found to be genuine, else None."""
    signed = read_signed(code)
    if signed is None or result.ticket is None or result.ticket.ticket_id != signed.ticket_id:
        return None
    return signed.serial
