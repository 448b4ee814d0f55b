"""Time zones: which zones a country has, and in which of them a start with its offset can be.

The table of countries comes with the time zone database, of the system or of the package `tzdata`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

#: A place such as Europe/Paris. UTC, EST and Etc/GMT+5 are offsets and no places.
PLACE = re.compile(r"(?!Etc/)[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}")
#: Where most people live, among a country's zones that share an offset for part of the year. The
#: table sorts zones by population only where that suits the map: Phoenix before Los Angeles.
POPULOUS = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Pacific/Honolulu", "America/Halifax", "America/Toronto", "America/Winnipeg",
    "America/Edmonton", "America/Vancouver", "America/Mexico_City", "America/Cancun",
    "America/Tijuana", "America/Sao_Paulo", "America/Santiago", "Australia/Sydney",
    "Australia/Adelaide", "Europe/Kyiv", "Asia/Tashkent",
)  # fmt: skip


class NotInZone(ValueError):
    """A start or a time zone that cannot be right; the message says what would be.

    `about_zone` is True when the time zone is wrong, and False when the start is.
    """

    def __init__(self, message: str, *, about_zone: bool = False) -> None:
        """Keep what is wrong."""
        super().__init__(message)
        self.about_zone = about_zone


def zone_of(starts_at: datetime, *, country: str, city: str, timezone: str | None) -> str:
    """Return the IANA time zone of a show: the one given, or the likeliest of its country.

    Raises NotInZone when the zone or the country does not use the offset of `starts_at` at that
    moment, or when nothing tells the zone.
    """
    known = zones_in(country)
    if timezone is None:
        using = [zone for zone in known if uses(zone, starts_at)]
        if using:
            return _likeliest(using, city)
        if known:
            raise NotInZone(_correction(starts_at, known, country, city))
        raise NotInZone(f"is needed, because none is known for {country}", about_zone=True)
    if not exists(timezone):
        message = f"{timezone[:40]!a} is not an IANA time zone, such as Europe/Paris"
        raise NotInZone(message, about_zone=True)
    if known and not _agrees(timezone, known, starts_at):
        likely = [zone for zone in known if zone in POPULOUS] or known[:8]
        message = f"{timezone} is not a time zone of {country}: {', '.join(likely)}"
        raise NotInZone(message, about_zone=True)
    if not uses(timezone, starts_at):
        raise NotInZone(_correction(starts_at, (timezone,), timezone, city))
    return timezone


def uses(zone: str, at: datetime) -> bool:
    """Tell whether clocks in a zone show the offset of `at` at that moment."""
    return at.astimezone(ZoneInfo(zone)).utcoffset() == at.utcoffset()


def moments(local: datetime, zone: str) -> list[datetime]:
    """Return what a clock time can be in a zone: two if it repeats, none if it is skipped."""
    folds = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    real = (
        at for at in folds if at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == local
    )
    return list({at.isoformat(): at for at in real}.values())


@cache
def exists(zone: str) -> bool:
    """Tell whether this is the name of a place in the time zone database."""
    try:
        return PLACE.fullmatch(zone) is not None and bool(ZoneInfo(zone).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


@cache
def zones_in(country: str) -> tuple[str, ...]:
    """Return the time zones of a country, none for an unknown one."""
    return tuple(zone for zone in _table().get(country, ()) if exists(zone))


def _agrees(zone: str, others: Sequence[str], at: datetime) -> bool:
    """Tell whether a zone shows the same time as one of the others at that moment."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return any(at.astimezone(ZoneInfo(other)).utcoffset() == offset for other in others)


def _likeliest(zones: Sequence[str], city: str) -> str:
    named = [zone for zone in zones if _letters(zone.rpartition("/")[2]) == _letters(city)]
    populous = [zone for zone in zones if zone in POPULOUS]
    return (named or populous or zones)[0]


def _correction(starts_at: datetime, zones: Sequence[str], place: str, city: str) -> str:
    """Say which offsets the zones use then, at the same time on the clock."""
    at_offset: dict[str, list[str]] = {}
    for zone in zones:
        # Through UTC, so that a time that clocks skip becomes the time they show instead.
        on_the_clock = starts_at.replace(tzinfo=ZoneInfo(zone))
        moment = on_the_clock.astimezone(UTC).astimezone(ZoneInfo(zone))
        at_offset.setdefault(moment.isoformat(), []).append(zone)
    right = " or ".join(f"{at} ({_likeliest(found, city)})" for at, found in at_offset.items())
    given = starts_at.isoformat()[-6:]
    return f"is at {given}, which {place} does not use then; it should be {right}"


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


@cache
def _table() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _zone_tab().splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, []).append(zone)
    return found


def _zone_tab() -> str:
    """Read the table from where `zoneinfo` takes the zones themselves, so that they agree."""
    for folder in TZPATH:
        path = Path(folder, "zone.tab")
        if path.is_file():
            return path.read_text("utf-8")
    return (resources.files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8")
