"""The SQL of alerts."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, or_, select, update

from db.schema.alerts import alerts
from db.statement import Statement

#: The columns of an alert; `service` reads them in this order.
COLUMNS = (
    alerts.c.id, alerts.c.kind, alerts.c.subject, alerts.c.order_id,
    alerts.c.detail, alerts.c.opened_at, alerts.c.closed_at, alerts.c.closed_by,
    alerts.c.note, alerts.c.version, alerts.c.other_id,
)  # fmt: skip
INSERT = Statement(insert(alerts).returning(*COLUMNS))
VIEW_OPEN = Statement(
    select(*COLUMNS).where(
        alerts.c.kind == bindparam("kind"),
        alerts.c.subject == bindparam("subject"),
        alerts.c.closed_at.is_(None),
    )
)
RESOLVED_BY_OPERATOR = Statement(
    select(alerts.c.id).where(
        alerts.c.kind == bindparam("kind"),
        alerts.c.subject == bindparam("subject"),
        alerts.c.closed_by != bindparam("system"),
    )
)
VIEW = Statement(select(*COLUMNS).where(alerts.c.id == bindparam("alert_id")))
RESOLVE = Statement(
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"), alerts.c.closed_at.is_(None))
    .values(
        closed_at=bindparam("now"), closed_by=bindparam("by"), note=bindparam("resolution"),
        version=alerts.c.version + 1,
    )
    .returning(*COLUMNS)
)  # fmt: skip
LIST = Statement(
    select(*COLUMNS)
    .where(
        or_(bindparam("kind") == "", alerts.c.kind == bindparam("kind")),
        or_(bindparam("include_resolved") == 1, alerts.c.closed_at.is_(None)),
        alerts.c.id < bindparam("before_id"),
    )
    .order_by(alerts.c.id.desc())
    .limit(bindparam("limit"))
)
