"""Places: a moment as the clocks of a country show it, as every show's start must be given."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from contract.timezones import zones_in


def local(moment: datetime, country: str) -> datetime:
    """Return the moment with the offset that the country's first time zone uses then."""
    return moment.astimezone(ZoneInfo(zones_in(country)[0]))
