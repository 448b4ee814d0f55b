"""Words: how values read to people, the same in every face of the client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from contract.gate import ScannedTicket
from contract.money import Money, decimal

if TYPE_CHECKING:
    from contract.tickets import Ticket


@dataclass(frozen=True)
class Marked:
    """Money that tells people whether it is real; programs read that in the record's `live`.

    `amount` is in minor units and may be below zero. `live` None says nothing.
    """

    amount: int
    currency: str
    live: bool | None = None

    def __str__(self) -> str:
        """Write it for people: `EUR 45.00 TEST`, `EUR -1,250.00 LIVE`."""
        written = self.written(grouped=True)
        return written if self.live is None else f"{written} {mode(live=self.live)}"

    def written(self, *, grouped: bool = False) -> str:
        """Write the amount alone: `EUR 45.00`."""
        sign = "-" if self.amount < 0 else ""
        size = Money(amount=abs(self.amount), currency=self.currency)
        return f"{self.currency} {sign}{decimal(size, grouped=grouped)}"


def marked(money: Money, *, live: bool) -> Marked:
    """Mark money as real or not, wherever people see it change hands."""
    return Marked(money.amount, money.currency, live)


def mode(*, live: bool) -> str:
    """Say in one word whether money is real."""
    return "LIVE" if live else "TEST"


def seat(ticket: Ticket) -> str:
    """Say where a ticket lets one sit, as short as a table needs it: `B118 C 7`."""
    return " ".join(part for part in (ticket.section, ticket.row, ticket.seat) if part)


def place(ticket: Ticket | ScannedTicket) -> str:
    """Say where a ticket lets one sit, in words; a standing ticket may say nothing."""
    parts = (("section", ticket.section), ("row", ticket.row), ("seat", ticket.seat))
    return ", ".join(f"{word} {value}" for word, value in parts if value) or "no numbered seat"


def for_pipe(value: object) -> str:
    """Write a value for programs: no grouping, RFC 3339 times, never a tab or a line end."""
    if isinstance(value, Marked):
        return value.written()
    if isinstance(value, Money):
        return f"{value.currency} {decimal(value)}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return " ".join(word(value).split())


def moment(at: datetime) -> str:
    """Write a moment in the reader's own time zone: `Thu 8 Jun 2028 13:00`."""
    return _clock(at.astimezone())


def there(at: datetime) -> str:
    """Write a moment as the place's clocks show it: `Thu 8 Jun 2028 13:00 (UTC-6)`."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    zone = f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "UTC"
    return f"{_clock(at)} ({zone})"


def left(at: datetime, now: datetime) -> str:
    """Write how far a moment is away: `in 14 min`, `3 h ago`, `now`."""
    seconds = round((at - now).total_seconds())
    size = abs(seconds)
    if size == 0:
        return "now"
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    unit, length = next((unit for unit in units if size >= 2 * unit[1]), units[-1])
    amount = f"{size // length} {unit}"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"


def countdown(seconds: float) -> str:
    """Write the time left until a deadline: `14:37`, `1:02:09`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def _clock(at: datetime) -> str:
    # %-d is not known everywhere.
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"


def word(value: object) -> str:
    """Write a plain value: an enum by its own word, a claim as yes or no, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value) if isinstance(value, Enum) else str(value)
