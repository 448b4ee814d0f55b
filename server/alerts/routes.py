"""Alert's answers."""

from __future__ import annotations

from contract.alerts import Alert, AlertQuery, ResolveAlert
from contract.base import Page
from server import paging
from server.alerts import service
from server.principal import Principal
from server.tx import Tx

LAST = "att_~"


def find(tx: Tx, principal: Principal, query: AlertQuery) -> Page[Alert]:
    """List what needs an operator, newest first."""
    alerts, following = paging.page(
        lambda limit: service.find(
            tx, kind=query.kind, also_closed=query.all, before=query.cursor or LAST, most=limit
        ),
        query.limit,
        lambda alert: alert.id,
    )
    return Page(items=alerts, next=following)


def resolve(tx: Tx, principal: Principal, body: ResolveAlert, *, alert_id: str) -> Alert:
    """Close an alert, with the operator's name and note."""
    return service.resolve(tx, alert_id=alert_id, by=principal.user_id, note=body.note)
