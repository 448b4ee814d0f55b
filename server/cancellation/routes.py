"""Cancellation's answers, all of them for operators."""

from __future__ import annotations

from contract.base import Empty
from contract.shows import ShowCancellation
from server.cancellation import service
from server.principal import Principal
from server.tx import Tx


def cancel(tx: Tx, principal: Principal, body: Empty, *, show_id: str) -> ShowCancellation:
    """Cancel a show; asked again, go on where something was left, and tell how far it is."""
    return service.cancel(tx, show_id=show_id)


def view(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> ShowCancellation:
    """Tell how far the cancelling of a show is, or how much there would be to do."""
    return service.tell(tx, show_id=show_id)
