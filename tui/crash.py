"""Crash log: where a bug happened, never the values of variables."""

from __future__ import annotations

import sys
import traceback
from datetime import datetime
from pathlib import Path

from client.config import BadConfig, write_private


def write(folder: Path, at: datetime) -> Path | None:
    """Write the current exception to a private file and return its path; None if that fails.

    Write only its type and location: messages and values may contain secrets.
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
