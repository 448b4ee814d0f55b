"""The endpoints of shows."""

from __future__ import annotations

from contract.base import Empty
from contract.shows import Show
from server.principal import Principal
from server.shows import service
from server.tx import Tx


def view_show(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> Show:
    """Show one show."""
    return service.view(tx, show_id=show_id)
