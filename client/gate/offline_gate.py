"""Offline gate: what an admission list and a journal say about a code, in place of the server."""

from __future__ import annotations

from datetime import datetime

import msgspec

from client.gate.admission_list import AdmissionList
from client.gate.journal import Journal, UndoLine
from client.gate.results import ScanResult
from contract.gate import Direction, GateCode, GateEntry, Refusal, Verdict


class _Presence(msgspec.Struct, frozen=True):
    """Where a ticket is: inside since `entry`, or outside, perhaps since it left."""

    entry: GateEntry | None = None
    left_at: datetime | None = None


class OfflineGate:
    """Answers scans by the list; what the journal knows since the list was downloaded wins."""

    def __init__(self, known: AdmissionList, journal: Journal, *, at: datetime) -> None:
        """Answer as of the time `at`, by the clock of the server."""
        self._known = known
        self._journal = journal
        self._at = at

    def answer(self, scan_id: str, key: str, direction: Direction) -> ScanResult | None:
        """Return the answer to a code; None for one that is unknown here."""
        codes = self._known.find(key)
        if not codes:
            return None
        if direction is Direction.OUT:
            return self._let_out(scan_id, codes)
        return self._admit(scan_id, codes, by_signature=not codes[0].digest)

    def _admit(self, scan_id: str, codes: list[GateCode], *, by_signature: bool) -> ScanResult:
        valid = [code for code in codes if self._refusal(code) is None]
        if not valid:
            code = codes[-1]
            return self._result(
                scan_id, code, reason=self._refusal(code), revoked_at=code.revoked_at
            )
        found = [(code, self._presence(code)) for code in valid]
        code, presence = next((pair for pair in found if pair[1].entry is None), found[0])
        reason = None if presence.entry is None else Refusal.ALREADY_INSIDE
        return self._result(
            scan_id, code, reason=reason, first=presence.entry, left_at=presence.left_at,
            by_signature=by_signature,
        )  # fmt: skip

    def _let_out(self, scan_id: str, codes: list[GateCode]) -> ScanResult:
        """Let a ticket out, also if it went in where this gate does not know of it."""
        found = [(code, self._presence(code)) for code in codes]
        code, presence = next((pair for pair in found if pair[1].entry is not None), found[0])
        reason = None if presence.left_at is None else Refusal.NOT_INSIDE
        return ScanResult(
            scan_id=scan_id, verdict=Verdict.LEFT if reason is None else Verdict.REFUSED,
            reason=reason, first=None, at=self._at, online=False, ticket=self._known.ticket(code),
            direction=Direction.OUT, left_at=presence.left_at or self._at,
        )  # fmt: skip

    def _refusal(self, code: GateCode) -> Refusal | None:
        """Return why a code is not valid: this gate may have seen a newer one of its ticket."""
        if self._journal.serials.get(code.ticket_id, 0) > code.serial:
            return Refusal.REPLACED
        return self._known.refusal(code)

    def _result(  # noqa: PLR0913  what is said beside the verdict
        self,
        scan_id: str,
        code: GateCode,
        *,
        reason: Refusal | None = None,
        first: GateEntry | None = None,
        left_at: datetime | None = None,
        revoked_at: datetime | None = None,
        by_signature: bool = False,
    ) -> ScanResult:
        window_at = None
        if self._known.show.cancelled:
            reason, revoked_at = Refusal.SHOW_CANCELLED, None
        if reason is None and (outside := self._known.window_refusal(self._at)) is not None:
            reason, window_at = outside
        return ScanResult(
            scan_id=scan_id, verdict=Verdict.ADMITTED if reason is None else Verdict.REFUSED,
            reason=reason, first=first, at=self._at, online=False, window_at=window_at,
            ticket=self._known.ticket(code), by_signature=by_signature and reason is None,
            revoked_at=revoked_at, left_at=left_at if reason is None else None,
        )  # fmt: skip

    def _presence(self, code: GateCode) -> _Presence:
        """Return where a ticket is, by the newer of the list and the journal."""
        offset, line = self._journal.last_change.get(code.ticket_id, (-1, None))
        if line is not None and (
            offset >= self._known.journal_offset or self._journal.is_pending(line)
        ):
            if isinstance(line, UndoLine):
                return _Presence(left_at=code.left_at)
            scan = line.scan
            if scan.verdict is Verdict.LEFT:
                return _Presence(left_at=scan.scanned_at)
            return _Presence(
                GateEntry(admission_id=None, at=scan.scanned_at, by="", gate=scan.gate)
            )
        if code.admitted_at is not None:
            return _Presence(GateEntry(admission_id=None, at=code.admitted_at, by="", gate=""))
        return _Presence(left_at=code.left_at)
