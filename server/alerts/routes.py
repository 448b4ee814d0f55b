"""Alert's answers."""

from __future__ import annotations

from contract.alerts import Alert, AlertQuery, ResolveAlert
from contract.base import Page
from server.alerts import service
from server.principal import Principal
from server.tx import Tx

LAST = "att_~"


def find(tx: Tx, principal: Principal, query: AlertQuery) -> Page[Alert]:
    """List what needs an operator, newest first."""
    found = service.find(
        tx, kind=query.kind, also_closed=query.all, before=query.cursor or LAST,
        most=query.limit + 1,
    )  # fmt: skip
    shown = found[: query.limit]
    return Page(items=shown, next=shown[-1].id if len(found) > query.limit else None)


def resolve(tx: Tx, principal: Principal, body: ResolveAlert, *, alert_id: str) -> Alert:
    """Close an alert, with the operator's name and note."""
    return service.resolve(tx, alert_id=alert_id, by=principal.user_id, note=body.note)
