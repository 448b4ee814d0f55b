"""The gate, without a terminal: scans are answered with a line or without one, and none is lost."""

from client.gate.answers import Answer, Counters, NothingToUndo, Synced, TakenBack, why
from client.gate.gate import PATIENCE, Gate, has_list, kept, lists
from client.gate.roll import Roll

__all__ = [
    "PATIENCE",
    "Answer",
    "Counters",
    "Gate",
    "NothingToUndo",
    "Roll",
    "Synced",
    "TakenBack",
    "has_list",
    "kept",
    "lists",
    "why",
]
