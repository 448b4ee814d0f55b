"""Reports: what buyers say is wrong with a ticket they have paid for."""

from sqlalchemy import Table, TypedColumns, UniqueConstraint

from contract.orders import ReportProblem, ReportStatus
from db.dialect import STRICT
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class ReportColumns(TypedColumns):
    """A report, at most one for each order. `note` is what an operator decided, and why."""

    id = primary_key()
    order_id = foreign_key("orders.id")
    problem = text()
    details = text()
    status = text()
    reported_at = timestamp()
    resolved_at = nullable_timestamp()
    resolved_by = nullable_text()
    note = nullable_text()


reports = Table(
    "reports", METADATA, ReportColumns,
    UniqueConstraint("order_id"),
    enum_check("problem", ReportProblem), enum_check("status", ReportStatus),
    check("resolved", "(resolved_at IS NOT NULL) = (status <> 'open')"),
    check("noted", "(note IS NOT NULL) = (status <> 'open')"),
    **STRICT,
)  # fmt: skip
