"""Gate: scan tickets at the entrance, online or offline, without losing a scan."""

from client.gate.admission_list import AdmissionList
from client.gate.gate import (
    RESPONSE_TIMEOUT,
    Gate,
    has_stored_list,
    shows_scanned_here,
    stored_lists,
)
from client.gate.results import (
    EXPLAINED,
    REPEATED,
    Counters,
    NothingToUndo,
    ScanResult,
    SyncSummary,
    UndoneAdmission,
    reason_text,
    refusal_text,
)

__all__ = [
    "EXPLAINED",
    "REPEATED",
    "RESPONSE_TIMEOUT",
    "AdmissionList",
    "Counters",
    "Gate",
    "NothingToUndo",
    "ScanResult",
    "SyncSummary",
    "UndoneAdmission",
    "has_stored_list",
    "reason_text",
    "refusal_text",
    "shows_scanned_here",
    "stored_lists",
]
