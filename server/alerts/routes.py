"""The endpoints of alerts."""

from __future__ import annotations

from contract.alerts import Alert, AlertQuery, ResolveAlert
from contract.base import Page
from server import paging
from server.alerts import service
from server.principal import Principal
from server.tx import Tx

#: Sorts after every alert id.
LAST_ID = "att_~"


def list_alerts(tx: Tx, principal: Principal, query: AlertQuery) -> Page[Alert]:
    """List what needs an operator, newest first."""
    alerts, following = paging.page(
        lambda limit: service.list_alerts(
            tx,
            kind=query.kind,
            include_resolved=query.all,
            before_id=query.cursor or LAST_ID,
            limit=limit,
        ),
        query.limit,
        lambda alert: alert.id,
    )
    return Page(items=alerts, next=following)


def resolve_alert(tx: Tx, principal: Principal, body: ResolveAlert, *, alert_id: str) -> Alert:
    """Resolve an alert, with the operator's note."""
    return service.resolve(tx, alert_id=alert_id, by=principal.user_id, note=body.note)
