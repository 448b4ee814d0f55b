"""Alert: what an operator must look at."""

from sqlalchemy import Table, TypedColumns, column

from contract.alerts import AlertKind
from db.dialect import STRICT, partial_index
from db.types import METADATA, holds, key, maybe_moment, maybe_text, moment, number, one_of, text


class AlertColumns(TypedColumns):
    """One alert. Of a kind and subject at most one is open: noticed again, it is the same."""

    id = key()
    kind = text()
    subject = text()
    order_id = maybe_text()
    detail = text()
    version = number()
    opened_at = moment()
    closed_at = maybe_moment()
    closed_by = maybe_text()
    note = maybe_text()


alerts = Table(
    "attention", METADATA, AlertColumns,
    one_of("kind", AlertKind),
    holds("closed", "(closed_at IS NOT NULL) = (note IS NOT NULL)"),
    partial_index("ux_attention_open", "kind", "subject", unique=True,
                  where=column("closed_at").is_(None)),
    **STRICT,
)  # fmt: skip
