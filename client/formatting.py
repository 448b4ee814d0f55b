"""Formatting: write values for people, the same in the command line and the terminal app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from contract.money import Money, decimal

if TYPE_CHECKING:
    from contract.gate import ScannedTicket
    from contract.orders import WalletTicket
    from contract.shows import Show
    from contract.tickets import CreateTicket, Ticket


@dataclass(frozen=True)
class Marked:
    """Money labelled as TEST or LIVE for people; programs read the record's `live` instead.

    `amount` is in minor units and may be negative. With `live` None there is no label.
    """

    amount: int
    currency: str
    live: bool | None = None

    def __str__(self) -> str:
        """Return it for people: `EUR 45.00 TEST`, `EUR -1,250.00 LIVE`."""
        text = self.unlabelled(grouped=True)
        return text if self.live is None else f"{text} {mode(live=self.live)}"

    def unlabelled(self, *, grouped: bool = False) -> str:
        """Return the amount without its label: `EUR 45.00`."""
        sign = "-" if self.amount < 0 else ""
        size = Money(amount=abs(self.amount), currency=self.currency)
        return f"{self.currency} {sign}{decimal(size, grouped=grouped)}"


def marked(money: Money, *, live: bool) -> Marked:
    """Label money as TEST or LIVE, wherever people see it change hands."""
    return Marked(money.amount, money.currency, live)


def mode(*, live: bool) -> str:
    """Return the label for real money (LIVE) or for test money (TEST)."""
    return "LIVE" if live else "TEST"


def seat(ticket: Ticket) -> str:
    """Return a ticket's seat in the short form for tables: `B118 C 7`."""
    return " ".join(part for part in (ticket.section, ticket.row, ticket.seat) if part)


def origin(ticket: Ticket) -> str:
    """Return who vouches for a ticket: its show's organiser (`official`), or nobody."""
    return origin_of_show(ticket.show) if ticket.origin == "issued" else "unverified"


def origin_of_show(show: Show) -> str:
    """Return whether an approved organiser vouches for a show."""
    return "official" if show.official else "unverified"


def place(ticket: Ticket | CreateTicket | ScannedTicket) -> str:
    """Return a ticket's seat in words: `section B118, row C, seat 7`."""
    parts = (("section", ticket.section), ("row", ticket.row), ("seat", ticket.seat))
    return ", ".join(f"{name} {value}" for name, value in parts if value) or "no numbered seat"


def for_pipe(value: object) -> str:
    """Return a value for programs: no digit grouping, RFC 3339 times, no tab or line feed."""
    if isinstance(value, Marked):
        return value.unlabelled()
    if isinstance(value, Money):
        return f"{value.currency} {decimal(value)}"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return " ".join(format_value(value).split())


def local_time(at: datetime) -> str:
    """Return a time in the reader's own time zone: `Thu 8 Jun 2028 13:00`."""
    return _clock(at.astimezone())


def venue_time(at: datetime) -> str:
    """Return a time in the venue's time zone: `Thu 8 Jun 2028 13:00 (UTC-6)`."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    zone = f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "") if minutes else "UTC"
    return f"{_clock(at)} ({zone})"


def short_venue_time(at: datetime) -> str:
    """Return it for a table: `8 Jun 2028 13:00`, or `13:00-06` if the reader's offset differs."""
    text = f"{at.day} {at:%b %Y %H:%M}"
    if at.utcoffset() == at.astimezone().utcoffset():
        return text
    return text + at.isoformat()[-6:].removesuffix(":00")


def changed_from(show: Show) -> str | None:
    """Return what a show was before an operator changed it: `8 Jun 2028 13:00 (UTC-6)`, or None."""
    before = show.before
    if before is None:
        return None
    starts = venue_time(before.starts_at) if before.starts_at else None
    return ", ".join(part for part in (before.name, starts, before.venue, before.city) if part)


def order_text(bought: WalletTicket) -> str:
    """Return the order of a ticket in a wallet, and until when the ticket can be returned."""
    if bought.order_id is None:
        return ""
    until = f" · return until {local_time(bought.refund_until)}" if bought.refund_until else ""
    return f"order {bought.order_id}{until}"


def relative_time(at: datetime, now: datetime) -> str:
    """Return a time relative to now: `in 14 min`, `3 h ago`, `now`."""
    seconds = round((at - now).total_seconds())
    if seconds == 0:
        return "now"
    names = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    count, name = _in_units(abs(seconds), names)
    return f"in {count} {name}" if seconds > 0 else f"{count} {name} ago"


def duration(seconds: float) -> str:
    """Return a length of time in words: `14 minutes`, `1 second`."""
    names = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    count, name = _in_units(max(0, round(seconds)), names)
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _in_units(seconds: int, units: tuple[tuple[str, int], ...]) -> tuple[int, str]:
    """Return how many of the largest unit fit at least twice, and its name."""
    name, length = next((unit for unit in units if seconds >= 2 * unit[1]), units[-1])
    return seconds // length, name


def countdown(seconds: float) -> str:
    """Return the time left until a deadline: `14:37`, `1:02:09`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def _clock(at: datetime) -> str:
    # %-d is not available on every platform.
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"


def format_value(value: object) -> str:
    """Return a plain value as text: an enum's value, yes or no for a bool, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value) if isinstance(value, Enum) else str(value)
