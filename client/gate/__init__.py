"""The gate, without a terminal: scans are answered with a line or without one, and none is lost."""

from client.gate.admission_list import AdmissionList
from client.gate.answers import Answer, Counters, NothingToUndo, Synced, TakenBack, why
from client.gate.gate import PATIENCE, Gate, has_list, kept, lists

__all__ = [
    "PATIENCE",
    "AdmissionList",
    "Answer",
    "Counters",
    "Gate",
    "NothingToUndo",
    "Synced",
    "TakenBack",
    "has_list",
    "kept",
    "lists",
    "why",
]
