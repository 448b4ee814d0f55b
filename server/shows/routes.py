"""The endpoints of shows."""

from __future__ import annotations

from contract.base import Empty
from contract.shows import EditShow, MergeShows, Show
from server.principal import Principal
from server.shows import changes, service
from server.tx import Tx


def view_show(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> Show:
    """Show one show."""
    return service.view(tx, show_id=show_id)


def edit_show(tx: Tx, principal: Principal, body: EditShow, *, show_id: str) -> Show:
    """Postpone or correct a show."""
    return changes.edit(tx, show_id=show_id, body=body)


def merge_shows(tx: Tx, principal: Principal, body: MergeShows, *, show_id: str) -> Show:
    """Merge a show into another one; return that one."""
    return changes.merge(tx, show_id=show_id, into_id=body.into)
