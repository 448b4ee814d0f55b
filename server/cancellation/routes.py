"""The endpoints of cancellation, all of them for operators."""

from __future__ import annotations

from contract.base import Empty
from contract.shows import ShowCancellation
from server.cancellation import service
from server.principal import Principal
from server.tx import Tx


def cancel(tx: Tx, principal: Principal, body: Empty, *, show_id: str) -> ShowCancellation:
    """Cancel a show, or resume its cancellation; return the progress."""
    return service.cancel(tx, show_id=show_id)


def view(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> ShowCancellation:
    """Return the progress of a show's cancellation, or how much there would be to do."""
    return service.progress(tx, show_id=show_id)
