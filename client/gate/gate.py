"""The gate: a scan is answered by the house, or by the list kept here when there is no line."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from client.api import Api
from client.config import BadConfig
from client.gate.admission_list import AdmissionList
from client.gate.answers import Answer, Counters, NothingToUndo, Synced, TakenBack
from client.gate.journal import Journal, Scanned, Sent, ToldBack, TookBack
from client.sanitize import safe_text
from client.transport import Unreachable
from contract.base import Id
from contract.gate import (
    ADMIT,
    SYNC_ADMISSIONS,
    SYNC_SCANS,
    UNDO_ADMISSION,
    AdmissionNotFound,
    Admit,
    Conflict,
    GateEntry,
    GateTicket,
    NotYourAdmission,
    OfflineScan,
    Refusal,
    Scan,
    ScannedTicket,
    SyncAdmissions,
    Verdict,
    digest_of,
)
from contract.problems import FieldError, Invalid, Problem
from contract.validation import hidden

#: How long, in seconds, somebody at a gate waits for the house. Give the `Api` this timeout.
PATIENCE = 3.0
#: The same code within this many seconds is the scanner's stutter, not another scan.
BLANK = 1.0
#: After this many seconds without a line it is tried again.
RETRY = 5.0
LONGEST_CODE = 80
LONGEST_NAME = 40
JOURNAL, LIST = ".journal", ".list"


class Gate:
    """One show's gate on this machine, at one server. For one thread at a time."""

    def __init__(self, api: Api, folder: Path, show_id: str, *, gate: str = "") -> None:
        """Keep what must be kept under `folder`; `gate` is the name of the entrance.

        Nothing is asked of the server yet. Raises Invalid for what the house would refuse of either
        name, and BadConfig for files that cannot be read.
        """
        try:
            msgspec.convert(show_id, Id)
        except msgspec.ValidationError:
            message = f"{safe_text(show_id)!a} is not an id such as shw_4k"
            raise Invalid(errors=(FieldError(field="show_id", message=message),)) from None
        if len(gate) > LONGEST_NAME or hidden(gate) is not None:
            message = f"must be text of at most {LONGEST_NAME} characters"
            raise Invalid(errors=(FieldError(field="gate", message=message),))
        self._api = api
        self.show_id = show_id
        self.gate = gate
        kept_in = _folder(api, folder)
        self._roll_path = kept_in / f"{show_id}{LIST}"
        self.journal = Journal(kept_in / f"{show_id}{JOURNAL}")
        self.roll = AdmissionList.read(self._roll_path)
        self._last = ("", float("-inf"))
        self._away_until = float("-inf")

    @property
    def online(self) -> bool:
        """Whether the house would be asked now: it has answered, or it is time to try again."""
        return self._api.clock.monotonic() >= self._away_until

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Everybody let in here whom the house would not have let in, the oldest first."""
        found = self.journal.conflicts.items()
        return tuple(one for scan_id, one in found if scan_id not in self.journal.taken_back)

    def counters(self) -> Counters:
        """Count what was done here."""
        self.journal.catch_up()
        verdicts = [line.scan.verdict for line in self.journal.scans.values()]
        admitted = verdicts.count(Verdict.ADMITTED)
        return Counters(
            admitted=admitted - len(self.journal.taken_back), refused=len(verdicts) - admitted,
            waiting=len(self.journal.waiting) + len(self.journal.to_take_back),
            conflicts=len(self.conflicts),
        )  # fmt: skip

    def download(
        self, progress: Callable[[int, int], object] = lambda _came, _of: None
    ) -> AdmissionList:
        """Fetch the list anew, after telling what waits. Raises Unreachable, Problem."""
        self.sync()
        self.journal.catch_up()
        mark = self.journal.read_to  # before: what happens meanwhile is newer than the list
        self.roll = AdmissionList.fetch(self._api, self.show_id, mark=mark, progress=progress)
        self.roll.write(self._roll_path)
        return self.roll

    def scan(self, code: str, *, came: float | None = None) -> Answer | None:
        """Answer a scan; None for nothing, and for the same code again within a second.

        `came` is when, by the clock's monotonic, if it had to wait for others.
        It is written down before it is answered. Raises Unreachable when there is neither a line
        nor a list, and what the house refuses whoever asks.
        """
        code = code.strip()
        digest = digest_of(
            code, digest_prefix=self.show_id if self.roll is None else self.roll.salt
        )
        if not code or self._stutters(digest, came):
            return None
        scan_id = self._api.clock.new_key()
        if not _could_be_one(code):
            return self._note(self._unknown(scan_id), digest=digest)
        asked = Admit(show_id=self.show_id, code=code, scan_id=scan_id, gate=self.gate)
        said = self._ask(asked)
        if isinstance(said, Scan):
            return self._note(_of_house(said), digest=digest)
        if self.roll is None:
            raise said
        return self._note(self._by_list(scan_id, digest), digest=digest)

    def undo(self) -> TakenBack:
        """Take back the newest admission made here, now or once there is a line.

        Raises NothingToUndo.
        """
        self.journal.catch_up()
        last = self.journal.last_admitted()
        if last is None:
            raise NothingToUndo
        scan_id = last.scan.scan_id
        self.journal.add(TookBack(scan_id=scan_id))
        self._last = ("", float("-inf"))  # the same code may come at once, and counts
        if self.online:
            try:
                self.sync()
            except (Unreachable, Problem) as failure:
                self._be_away(failure)
        return TakenBack(
            scan_id=scan_id, ticket_id=last.scan.ticket_id,
            told=scan_id not in self.journal.to_take_back,
        )  # fmt: skip

    def hear_undone(self, admission_id: str) -> None:
        """Write down that the house has taken an admission back, if it was made here."""
        self.journal.catch_up()
        for scan_id, known in self.journal.admissions.items():
            if known == admission_id and scan_id not in self.journal.taken_back:
                self.journal.add(TookBack(scan_id=scan_id))
                self.journal.add(ToldBack(scan_id=scan_id))
                return

    def sync(self) -> Synced:
        """Tell the house what it does not know yet. Raises Unreachable, Problem.

        What was told is known as told even if it ends halfway; the rest waits.
        """
        self.journal.catch_up()
        self._tell_back()
        sent = 0
        for batch in self._batches():
            report = self._api.call(SYNC_ADMISSIONS, SyncAdmissions(scans=batch))
            admissions = {one.scan_id: one.admission_id for one in report.results}
            known = {scan.scan_id: admissions.get(scan.scan_id) for scan in batch}
            self.journal.add(Sent(admissions=known, conflicts=report.conflicts))
            self._tell_back()
            sent += len(batch)
        self._away_until = float("-inf")
        return Synced(sent=sent, conflicts=self.conflicts)

    def _batches(self) -> Iterator[tuple[OfflineScan, ...]]:
        """Yield what waits, the oldest first, cut where an undoing comes between two scans."""
        batch: list[OfflineScan] = []
        free_again: set[str | None] = set()
        for scan in list(self.journal.waiting.values()):
            if len(batch) == SYNC_SCANS or scan.ticket_id in free_again:
                yield tuple(batch)
                batch, free_again = [], set()
            batch.append(scan)
            if scan.scan_id in self.journal.taken_back:
                free_again.add(scan.ticket_id)
        if batch:
            yield tuple(batch)

    def _tell_back(self) -> None:
        """Tell of every undoing of an admission that the house knows."""
        for scan_id in [one for one in self.journal.to_take_back if one in self.journal.admissions]:
            admission_id = self.journal.admissions[scan_id]
            if admission_id is not None:
                # What is an operator's by now would be refused for ever.
                with contextlib.suppress(AdmissionNotFound, NotYourAdmission):
                    self._api.call(UNDO_ADMISSION, admission_id=admission_id)
            self.journal.add(ToldBack(scan_id=scan_id))

    def _stutters(self, digest: str, came: float | None) -> bool:
        now = self._api.clock.monotonic() if came is None else came
        before, at = self._last
        self._last = (digest, now)
        return digest == before and now - at < BLANK

    def _ask(self, asked: Admit) -> Scan | Unreachable:
        """Return the house's answer, or why there is none."""
        if not self.online:
            return Unreachable(self._api.server, "there was no line a moment ago")
        try:
            if self.journal.waiting or self.journal.to_take_back:
                self.sync()  # or the house would let in who is inside already
            said = self._api.call(ADMIT, asked)  # its own id lets it be sent again
        except (Unreachable, Problem) as failure:
            return self._be_away(failure)
        self._away_until = float("-inf")
        return said

    def _be_away(self, failure: Unreachable | Problem) -> Unreachable:
        """Do without the house for a while; raise what it will refuse another time too."""
        if isinstance(failure, Problem) and not failure.retryable:
            raise failure
        self._away_until = self._api.clock.monotonic() + RETRY
        if isinstance(failure, Unreachable):
            return failure
        return Unreachable(self._api.server, failure.detail)

    def _by_list(self, scan_id: str, digest: str) -> Answer:
        """Answer from the list and from what was done here."""
        self.journal.catch_up()
        roll = self.roll
        if roll is None or digest not in roll.by_digest:
            return self._unknown(scan_id)
        tickets = roll.by_digest[digest]
        entries = [self._entry(roll, ticket) for ticket in tickets]
        place = entries.index(None) if None in entries else 0
        reason = Refusal.ALREADY_INSIDE if entries[place] is not None else None
        if roll.show.cancelled:
            reason = Refusal.SHOW_CANCELLED
        ticket = tickets[place]
        return Answer(
            scan_id=scan_id, verdict=Verdict.ADMITTED if reason is None else Verdict.REFUSED,
            reason=reason, first=entries[place], at=self._api.now(), online=False,
            ticket=ScannedTicket(ticket_id=ticket.ticket_id, show=roll.show, section=ticket.section,
                             row=ticket.row, seat=ticket.seat),
        )  # fmt: skip

    def _entry(self, roll: AdmissionList, ticket: GateTicket) -> GateEntry | None:
        """Return when a ticket was let in, as far as is known here: what is newest counts."""
        place, line = self.journal.moved.get(ticket.ticket_id, (-1, None))
        if line is not None and (place >= roll.mark or self.journal.waits(line)):
            if isinstance(line, TookBack):
                return None
            return GateEntry(admission_id=None, at=line.scan.scanned_at, by="", gate=line.scan.gate)
        if ticket.admitted_at is None:
            return None
        return GateEntry(admission_id=None, at=ticket.admitted_at, by="", gate="")

    def _unknown(self, scan_id: str) -> Answer:
        return Answer(
            scan_id=scan_id, verdict=Verdict.REFUSED, reason=Refusal.UNKNOWN_CODE, ticket=None,
            first=None, at=self._api.now(), online=False,
        )  # fmt: skip

    def _note(self, answer: Answer, *, digest: str) -> Answer:
        """Write an answer down, then give it."""
        scan = OfflineScan(
            scan_id=answer.scan_id, show_id=self.show_id, digest=digest,
            ticket_id=None if answer.ticket is None else answer.ticket.ticket_id,
            verdict=answer.verdict, reason=answer.reason, scanned_at=self._api.now(),
            gate=self.gate,
        )  # fmt: skip
        told = answer.online
        self.journal.add(Scanned(scan=scan, told=told, admission_id=answer.admission_id))
        return answer


def kept(api: Api, folder: Path) -> list[str]:
    """Return the shows this machine has been a gate of, at this server."""
    return sorted(
        path.name.removesuffix(JOURNAL) for path in _folder(api, folder).glob(f"*{JOURNAL}")
    )


def has_list(api: Api, folder: Path) -> bool:
    """Tell whether this machine has any list of this server, without reading it."""
    return any(_folder(api, folder).glob(f"*{LIST}"))


def lists(api: Api, folder: Path) -> list[AdmissionList]:
    """Return the lists kept on this machine, of this server. One that is damaged is left out."""
    found = []
    for path in sorted(_folder(api, folder).glob(f"*{LIST}")):
        with contextlib.suppress(BadConfig):
            roll = AdmissionList.read(path)
            found += [] if roll is None else [roll]
    return found


def _folder(api: Api, folder: Path) -> Path:
    return folder / "gate" / hashlib.sha256(api.server.encode()).hexdigest()[:16]


def _could_be_one(code: str) -> bool:
    """Tell whether a code is one the house would look at: what it refuses must not wait here."""
    return len(code) <= LONGEST_CODE and hidden(code) is None


def _of_house(said: Scan) -> Answer:
    return Answer(
        scan_id=said.scan_id, verdict=said.verdict, reason=said.reason, ticket=said.ticket,
        admission_id=said.admission_id, first=said.first, at=said.scanned_at, online=True,
    )  # fmt: skip
