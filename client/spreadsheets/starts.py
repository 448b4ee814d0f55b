"""Starts: dates and times as people and spreadsheets write them, as RFC 3339 with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from client.spreadsheets.cells import ascii_digits
from client.spreadsheets.problems import BadCell
from contract import timezones

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
TIME = (
    r"(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?|h|(?= ?[ap]\.?m))"
    r" ?(?P<half>[ap]\.?m\.?)?"
)
OFFSET = r" ?(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
DATES = (
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    r"(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.](?P<year>\d{4}|\d{2})",
    WEEKDAY + r"(?P<day>\d{1,2})\.?[ -](?P<name>[a-z]{3,9})\.?[ -](?P<year>\d{4}|\d{2})",
    WEEKDAY + r"(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4}|\d{2})",
)
WRITTEN = tuple(
    re.compile(rf"{date}(?:(?:T| at |,? ){TIME}{OFFSET})?", re.IGNORECASE) for date in DATES
)
SERIAL = re.compile(r"\d{4,6}(?:[.,]\d+)?")
NOON = 12
#: Hours of the largest offset, and minutes of an hour.
FURTHEST = 14
HOUR = 60


@lru_cache(maxsize=1024)  # a file has few shows and many seats
def read(text: str, *, zone: str, country: str) -> str:
    """Return a start as RFC 3339.

    Without an offset it is the local time of `zone`, or of the only zone of `country`. Text that is
    no date is returned unchanged; it is refused where the request is checked. Raise BadCell if it
    can mean two times.
    """
    text = ascii_digits(text)
    if SERIAL.fullmatch(text):
        raise BadCell(
            f"is {text}, a spreadsheet's serial number, which is one day or another depending on "
            "the program; format the column as a date (yyyy-mm-dd hh:mm) and export the file again"
        )
    found = next((match for form in WRITTEN if (match := form.fullmatch(text))), None)
    if found is None:
        return text
    part = found.groupdict()
    local = _local(part, text)
    offset = part["offset"]
    if offset is None:
        return _with_offset(local, zone=zone, country=country)
    return local.replace(tzinfo=_offset(offset)).isoformat()


def join(date: str, time: str) -> str:
    """Return the text of a start whose date and time are in two cells."""
    return f"{date.removesuffix(' 00:00:00')} {time}".strip()


def _local(part: dict[str, str | None], text: str) -> datetime:
    """Return the date and the time on the clock."""
    if len(str(part["year"])) == 2:  # noqa: PLR2004
        raise BadCell(f"is {text}: write the year with four digits")
    if part["hour"] is None:
        raise BadCell(f"is {text}: the time is missing, such as 19:30")
    month, day = _month_and_day(part, text)
    hour, half = int(part["hour"]), (part["half"] or "").lower()
    if half and not 1 <= hour <= NOON:
        raise BadCell(f"is {text}: {hour} is no hour with {half[0]}m")
    if half:
        hour = hour % NOON + (NOON if half[0] == "p" else 0)
    minute, second = int(part["minute"] or 0), int(part["second"] or 0)
    try:
        # Without a zone: it is the time on the clock, wherever the clock hangs.
        return datetime(int(str(part["year"])), month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError as error:
        raise BadCell(f"is {text}: {error}") from None


def _month_and_day(part: dict[str, str | None], text: str) -> tuple[int, int]:
    """Return the month and the day. Raise BadCell where either may be first."""
    if part.get("name"):
        month = MONTHS.get(str(part["name"]).lower())
        if month is None:
            raise BadCell(f"is {text}: {part['name']} is no English name of a month")
        return month, int(str(part["day"]))
    if part.get("one") is None:
        return int(str(part["month"])), int(str(part["day"]))
    one, two = int(str(part["one"])), int(str(part["two"]))
    if one <= NOON and two <= NOON and one != two:
        day_first = f"{part['year']}-{two:02d}-{one:02d}"
        month_first = f"{part['year']}-{one:02d}-{two:02d}"
        raise BadCell(f"is {text}, which may be {day_first} or {month_first}; write the year first")
    return (two, one) if one > NOON else (one, two)


def _with_offset(local: datetime, *, zone: str, country: str) -> str:
    """Return a local time with the offset that its place uses then."""
    if zone and not timezones.exists(zone):
        return local.replace(tzinfo=UTC).isoformat()  # the row is refused for its zone
    zones = (zone,) if zone else timezones.zones_in(country)
    try:
        moments = sorted({moment for name in zones for moment in _moments(local, name)})
    except OverflowError:
        raise BadCell(f"is in the year {local.year}, where the calendar ends") from None
    if len(moments) == 1:
        return moments[0]
    name = zones[0] if zones else "Europe/Paris"
    example = (*_moments(local, name), "2028-06-08T13:00:00-06:00")[0]
    ways = f"add it, as in {example}, or the time zone (--timezone {name})"
    if not zones:
        raise BadCell(f"has no offset; {ways}")
    if not moments:
        raise BadCell(f"is a time that clocks in {zone or country} skip that night")
    if zone or len(zones) == 1:
        raise BadCell(f"is a time that clocks show twice that night: {' or '.join(moments)}")
    raise BadCell(f"has no offset, and {country} has several time zones; {ways}")


def _moments(local: datetime, zone: str) -> list[str]:
    """Return what a local time can be in a zone, with its offset."""
    return [at.isoformat() for at in timezones.moments(local, zone)]


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > FURTHEST or minutes >= HOUR:
        raise BadCell(f"has the offset {text}, which no place uses")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
