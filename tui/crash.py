"""Crash: what is kept of a bug: where it happened, never what was in the variables."""

from __future__ import annotations

import sys
import traceback
from datetime import datetime
from pathlib import Path

from client.config import BadConfig, write_private


def write(folder: Path, at: datetime) -> Path | None:
    """Write the current exception to a private file and return its path; None where it cannot be.

    Only where it happened and of what kind it was: messages and values may hold a secret.
    """
    kind, error, trace = sys.exc_info()
    lines = [f"ticketing tui stopped at {at.isoformat()}: {kind.__name__ if kind else 'unknown'}\n"]
    while error is not None:
        lines.append(f"\n{type(error).__name__}, raised in:\n")
        lines += traceback.format_tb(trace)
        error = error.__cause__ or error.__context__
        trace = error.__traceback__ if error else None
    path = folder / f"crash-{at:%Y%m%d-%H%M%S}.log"
    try:
        write_private(path, "".join(lines))
    except BadConfig:
        return None
    return path
