"""Calendar: write the show of a ticket as a calendar file (iCalendar, RFC 5545)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from client.formatting import changed_from, place
from client.receipts import content
from client.validity import void_notice, why_void
from contract.orders import WalletTicket
from contract.receipts import Receipt

#: A show has no end time here; three hours cover a concert, a play or a match, and leaving.
ASSUMED_LENGTH = timedelta(hours=3)
#: RFC 5545, 3.1: a line has at most this many octets; the rest continues after a space.
MAX_OCTETS = 75


def to_ics(bought: Receipt | WalletTicket, now: datetime) -> bytes:
    """Return the show as a calendar with one entry; `now` is its creation time."""
    return b"".join(fold(line) for line in _lines(bought, now))


def _lines(bought: Receipt | WalletTicket, now: datetime) -> Iterator[str]:
    show = bought.ticket.show
    void = bool(why_void(bought))
    label = ("CANCELLED: " if void else "") + ("" if bought.live else "TEST: ")
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//ticketing//ticketing//EN"
    yield "CALSCALE:GREGORIAN"
    yield "BEGIN:VEVENT"
    # Always the same, so that a calendar updates its entry and does not add another.
    yield f"UID:{escape(bought.order_id or bought.ticket.id)}@ticketing"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(show.starts_at)}"
    yield f"DTEND:{_utc(show.starts_at + ASSUMED_LENGTH)}"
    yield f"SUMMARY:{escape(label + show.name)}"
    yield f"LOCATION:{escape(content.where(bought.ticket))}"
    yield f"DESCRIPTION:{escape(_description(bought))}"
    yield f"CATEGORIES:{escape(show.category.value.upper())}"
    yield f"STATUS:{'CANCELLED' if void else 'CONFIRMED'}"
    # A calendar replaces an entry only by one that was changed more often.
    yield f"SEQUENCE:{int(void) + int(show.before is not None)}"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _description(bought: Receipt | WalletTicket) -> str:
    before = changed_from(bought.ticket.show)
    lines = [
        *([f"The show was changed; before: {before}."] if before else []),
        f"{place(bought.ticket)}.",
        f"Order {bought.order_id}." if bought.order_id else f"Ticket {bought.ticket.id}.",
        void_notice(bought) or f"`ticketing wallet view {bought.ticket.id}` shows the entry code.",
        "The end time is an estimate.",
    ]
    return "\n".join(lines if bought.live else [*lines, content.TEST])


def escape(text: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11); a control character becomes U+FFFD."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)


def fold(line: str) -> bytes:
    """Encode a line, folded where it is too long but never inside a character."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > MAX_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
