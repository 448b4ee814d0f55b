"""The kinds of column there are: every Python value is the driver's value, so nothing converts.

Text stays text, money and versions are whole numbers, a moment is whole microseconds since
1970-01-01 UTC, and a yes or no is 1 or 0. Both databases then answer alike.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData, Text

from db.dialect import WHOLE_NUMBER

#: Named constraints can be told apart in an error and changed by a migration.
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
    """Return the moment as whole microseconds since 1970-01-01 UTC, exactly."""
    return (moment - EPOCH) // MICROSECOND


def from_us(us: int, *, offset_minutes: int = 0) -> datetime:
    """Return the aware moment; shown at `offset_minutes` east of UTC."""
    moment = EPOCH + timedelta(microseconds=us)
    if offset_minutes:
        return moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    return moment


def text(**options: Any) -> Column[str]:
    """Make a column of text that must be there."""
    return Column(Text, nullable=False, **options)


def maybe_text(**options: Any) -> Column[str | None]:
    """Make a column of text that may be absent."""
    return Column(Text, nullable=True, **options)


def key() -> Column[str]:
    """Make the id of a row."""
    return Column(Text, primary_key=True)


def ref(target: str) -> Column[str]:
    """Make a column that must name a row of another table, such as `tickets.id`."""
    return Column(Text, ForeignKey(target), nullable=False)


def maybe_ref(target: str) -> Column[str | None]:
    """Make a column that may name a row of another table."""
    return Column(Text, ForeignKey(target), nullable=True)


def number(**options: Any) -> Column[int]:
    """Make a column of whole numbers up to 64 bits: counts, versions, minor units."""
    return Column(WHOLE_NUMBER, nullable=False, **options)


def moment() -> Column[int]:
    """Make a column of moments, in microseconds since 1970-01-01 UTC."""
    return Column(WHOLE_NUMBER, nullable=False)


def maybe_moment() -> Column[int | None]:
    """Make a column of moments that may be absent."""
    return Column(WHOLE_NUMBER, nullable=True)


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """Guard that a column holds a member of `kind`."""
    members = ", ".join(f"'{member}'" for member in kind)
    return CheckConstraint(f"{column} IN ({members})", name=column)


def at_most(column: str, length: int) -> CheckConstraint:
    """Guard that a text is not longer than `length` characters."""
    return CheckConstraint(f"length({column}) <= {length}", name=f"{column}_length")


def holds(name: str, rule: str) -> CheckConstraint:
    """Guard that `rule` holds for every row."""
    return CheckConstraint(rule, name=name)
