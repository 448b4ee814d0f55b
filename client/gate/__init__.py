"""Gate: scan tickets at the entrance, online or offline, without losing a scan."""

from client.gate.admission_list import AdmissionList
from client.gate.gate import (
    RESPONSE_TIMEOUT,
    Gate,
    has_stored_list,
    shows_scanned_here,
    stored_lists,
)
from client.gate.refresher import REFRESH_AFTER, ListRefresher
from client.gate.results import (
    BY_SIGNATURE,
    EXPLAINED,
    REPEATED,
    Counters,
    NothingToUndo,
    ScanResult,
    SyncSummary,
    UndoneAdmission,
    reason_text,
    refusal_text,
    seat_text,
)

__all__ = [
    "BY_SIGNATURE",
    "EXPLAINED",
    "REFRESH_AFTER",
    "REPEATED",
    "RESPONSE_TIMEOUT",
    "AdmissionList",
    "Counters",
    "Gate",
    "ListRefresher",
    "NothingToUndo",
    "ScanResult",
    "SyncSummary",
    "UndoneAdmission",
    "has_stored_list",
    "reason_text",
    "refusal_text",
    "seat_text",
    "shows_scanned_here",
    "stored_lists",
]
