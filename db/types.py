"""Column types: every Python value is also the driver's value, so that nothing is converted.

Text stays text, money and versions are integers, a timestamp is whole microseconds since
1970-01-01 UTC, and a flag is 1 or 0. Both databases then return the same values.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData, Text

from db.dialect import WHOLE_NUMBER

#: Constraints have names, so that an error can state one and a migration can change it.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ID_LENGTH = 40


def to_us(moment: datetime) -> int:
    """Return a time as whole microseconds since 1970-01-01 UTC, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_us(us: int, *, offset_minutes: int = 0) -> datetime:
    """Return the aware time, shown at `offset_minutes` east of UTC."""
    moment = EPOCH + timedelta(microseconds=us)
    if offset_minutes:
        return moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    return moment


def text(**options: Any) -> Column[str]:
    """Make a text column that is NOT NULL."""
    return Column(Text, nullable=False, **options)


def nullable_text(**options: Any) -> Column[str | None]:
    """Make a text column that may be NULL."""
    return Column(Text, nullable=True, **options)


def primary_key() -> Column[str]:
    """Make the primary key, or a part of it."""
    return Column(Text, primary_key=True)


def foreign_key(target: str) -> Column[str]:
    """Make a column that refers to a row of another table, such as `tickets.id`."""
    return Column(Text, ForeignKey(target), nullable=False)


def nullable_foreign_key(target: str) -> Column[str | None]:
    """Make a column that refers to a row of another table or is NULL."""
    return Column(Text, ForeignKey(target), nullable=True)


def integer(**options: Any) -> Column[int]:
    """Make a column of 64-bit integers: counts, versions, minor units."""
    return Column(WHOLE_NUMBER, nullable=False, **options)


def nullable_integer() -> Column[int | None]:
    """Make a column of 64-bit integers that may be NULL."""
    return Column(WHOLE_NUMBER, nullable=True)


def timestamp() -> Column[int]:
    """Make a column of times, in microseconds since 1970-01-01 UTC."""
    return Column(WHOLE_NUMBER, nullable=False)


def nullable_timestamp() -> Column[int | None]:
    """Make a column of times that may be NULL."""
    return Column(WHOLE_NUMBER, nullable=True)


def enum_check(column: str, members: type[StrEnum]) -> CheckConstraint:
    """Check that a column holds a member of `members`."""
    allowed = ", ".join(f"'{member}'" for member in members)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def max_length(column: str, length: int) -> CheckConstraint:
    """Check that a text has at most `length` characters."""
    return CheckConstraint(f"length({column}) <= {length}", name=f"{column}_length")


def check(name: str, rule: str) -> CheckConstraint:
    """Check that `rule` is true of every row."""
    return CheckConstraint(rule, name=name)
