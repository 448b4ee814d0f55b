"""Facets: what narrows the market besides words: city, kind, dates and price."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Self

from contract.money import Money
from contract.shows import Category


class When(StrEnum):
    """Which days."""

    ANY = "any day"
    TODAY = "today"
    WEEK = "within a week"
    MONTH = "within a month"
    QUARTER = "within three months"


SPANS = {When.TODAY: 0, When.WEEK: 7, When.MONTH: 31, When.QUARTER: 92}


@dataclass(frozen=True)
class Facets:
    """What was chosen. `max_price` is in minor units of `currency`, and means nothing without."""

    city: str = ""
    category: Category | None = None
    when: When = When.ANY
    max_price: int | None = None
    currency: str | None = None

    def __bool__(self) -> bool:
        return self != Facets()

    @property
    def words(self) -> str:
        """Say what was chosen in a line."""
        said = [self.city, self.category or "", "" if self.when is When.ANY else self.when]
        if self.currency:
            price = f"up to {Money(amount=self.max_price, currency=self.currency)}" if (
                self.max_price is not None) else f"in {self.currency}"  # fmt: skip
            said.append(price)
        return " · ".join(part for part in said if part)

    def days(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last moment, by this machine's calendar."""
        if self.when is When.ANY:
            return None, None
        today = now.astimezone().date()
        last = datetime.combine(today + timedelta(days=SPANS[self.when]), time.max)
        return datetime.combine(today, time.min).astimezone(), last.astimezone()

    @property
    def kept(self) -> dict[str, str]:
        """Return it as the memory keeps it."""
        return {name: str(value) for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def recalled(cls, kept: dict[str, str]) -> Self:
        """Read what the memory kept; what it cannot mean is left out."""
        known = {each.value for each in Category}
        price = kept.get("max_price", "")
        category = kept.get("category", "")
        when = kept.get("when", "")
        return cls(
            city=kept.get("city", ""),
            category=Category(category) if category in known else None,
            when=When(when) if when in set(When) else When.ANY,
            max_price=int(price) if price.isdecimal() else None,
            currency=kept.get("currency") or None,
        )
