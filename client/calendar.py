"""Calendar: a bought show as an entry for a calendar (iCalendar, RFC 5545)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from client.formatting import place
from client.receipts import content
from contract.receipts import Receipt

#: Nobody says when a show ends; three hours hold a concert, a play or a match with its way out.
LENGTH = timedelta(hours=3)
#: RFC 5545, 3.1: a line is at most so many octets; what is longer goes on after a space.
LONGEST = 75


def written(receipt: Receipt, now: datetime) -> bytes:
    """Write the entry as a whole calendar; `now` is when it is written."""
    return b"".join(folded(line) for line in _lines(receipt, now))


def _lines(receipt: Receipt, now: datetime) -> Iterator[str]:
    show = receipt.ticket.show
    test = "" if receipt.live else "TEST: "
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//ticketing//ticketing//EN"
    yield "CALSCALE:GREGORIAN"
    yield "BEGIN:VEVENT"
    # The same each time, so that a calendar changes its entry and does not add another.
    yield f"UID:{escaped(receipt.order_id)}@ticketing"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(show.starts_at)}"
    yield f"DTEND:{_utc(show.starts_at + LENGTH)}"
    yield f"SUMMARY:{escaped(test + show.name)}"
    yield f"LOCATION:{escaped(content.where(receipt))}"
    yield f"DESCRIPTION:{escaped(_description(receipt))}"
    yield f"CATEGORIES:{escaped(show.category.value.upper())}"
    yield f"STATUS:{'CANCELLED' if show.cancelled else 'CONFIRMED'}"
    yield f"SEQUENCE:{int(show.cancelled)}"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _description(receipt: Receipt) -> str:
    said = [
        f"{place(receipt.ticket)}.",
        f"Order {receipt.order_id}.",
        f"`ticketing wallet view {receipt.ticket.id}` shows the entry code.",
        "The end is assumed.",
    ]
    return "\n".join(said if receipt.live else [*said, content.TEST])


def escaped(text: str) -> str:
    """Write a text value (RFC 5545, 3.3.11); a control character becomes U+FFFD."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)


def folded(line: str) -> bytes:
    """Write a line in octets, broken where it is too long but never inside a letter."""
    pieces: list[bytes] = []
    piece = b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > LONGEST:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
