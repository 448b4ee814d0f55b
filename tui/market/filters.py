"""Filters: city, category, dates and price, besides the text filter."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from contract.money import Money
from contract.shows import Category


class DateRange(StrEnum):
    """A range of dates."""

    ANY = "any day"
    TODAY = "today"
    WEEK = "within a week"
    MONTH = "within a month"
    QUARTER = "within three months"


SPANS = {DateRange.TODAY: 0, DateRange.WEEK: 7, DateRange.MONTH: 31, DateRange.QUARTER: 92}


@dataclass(frozen=True)
class ShowFilter:
    """The chosen filter. `max_price` is in minor units of `currency` and needs it."""

    city: str = ""
    category: Category | None = None
    when: DateRange = DateRange.ANY
    max_price: int | None = None
    currency: str | None = None

    def __bool__(self) -> bool:
        return self != ShowFilter()

    @property
    def summary(self) -> str:
        """The filter in one line."""
        text = [self.city, self.category or "", "" if self.when is DateRange.ANY else self.when]
        if self.currency:
            price = f"up to {Money(amount=self.max_price, currency=self.currency)}" if (
                self.max_price is not None) else f"in {self.currency}"  # fmt: skip
            text.append(price)
        return " · ".join(part for part in text if part)

    def date_bounds(self, now: datetime) -> tuple[date | None, date | None]:
        """Return the first and the last day, where the shows are, counted from the reader's."""
        if self.when is DateRange.ANY:
            return None, None
        today = now.astimezone().date()
        return today, today + timedelta(days=SPANS[self.when])

    @property
    def as_saved(self) -> dict[str, str]:
        """The filter as it is saved."""
        return {name: str(value) for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def from_saved(cls, as_saved: dict[str, str]) -> Self:
        """Read a saved filter; ignore values that are no longer valid."""
        known = {each.value for each in Category}
        price = as_saved.get("max_price", "")
        category = as_saved.get("category", "")
        when = as_saved.get("when", "")
        return cls(
            city=as_saved.get("city", ""),
            category=Category(category) if category in known else None,
            when=DateRange(when) if when in set(DateRange) else DateRange.ANY,
            max_price=int(price) if price.isdecimal() else None,
            currency=as_saved.get("currency") or None,
        )
