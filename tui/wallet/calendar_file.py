"""Calendar file: save the show of a ticket, for a calendar to open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from client import calendar
from contract.orders import WalletTicket


def save(folder: Path, bought: WalletTicket, now: datetime) -> Path:
    """Write a calendar file under a new name, and return its path. Raise OSError if that fails."""
    content = calendar.to_ics(bought, now)
    name = bought.ticket.id
    for n in range(1, 100):
        path = folder / (f"{name}.ics" if n == 1 else f"{name}-{n}.ics")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(None, "100 such files exist already")
