"""Alerts for operators. The table has the name `attention`."""

from sqlalchemy import Table, TypedColumns, column

from contract.alerts import AlertKind
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    integer,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class AlertColumns(TypedColumns):
    """One alert. At most one is open for each kind and subject.

    `other_id` is the second ticket that it concerns, or the account that was refused.
    """

    id = primary_key()
    kind = text()
    subject = text()
    order_id = nullable_text()
    detail = text()
    version = integer()
    opened_at = timestamp()
    closed_at = nullable_timestamp()
    closed_by = nullable_text()
    note = nullable_text()
    other_id = nullable_text()


alerts = Table(
    "attention", METADATA, AlertColumns,
    enum_check("kind", AlertKind),
    check("closed", "(closed_at IS NOT NULL) = (note IS NOT NULL)"),
    partial_index("ux_attention_open", "kind", "subject", unique=True,
                  where=column("closed_at").is_(None)),
    **STRICT,
)  # fmt: skip
