"""The endpoints of cancellation, for operators and for the managers of the show."""

from __future__ import annotations

from contract.base import Empty
from contract.shows import ShowCancellation
from server.cancellation import service
from server.principal import Principal
from server.shows import access
from server.tx import Tx


def cancel(tx: Tx, principal: Principal, body: Empty, *, show_id: str) -> ShowCancellation:
    """Cancel a show, or resume its cancellation; return the progress."""
    return service.cancel(tx, show_id=show_id)


def cancel_own(tx: Tx, principal: Principal, body: Empty, *, show_id: str) -> ShowCancellation:
    """Cancel a show of an organiser that the principal manages; return the progress."""
    access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    return service.cancel(tx, show_id=show_id)


def view_own(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> ShowCancellation:
    """Return the progress of the cancellation of a show that the principal manages."""
    access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    return service.progress(tx, show_id=show_id)


def view(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> ShowCancellation:
    """Return the progress of a show's cancellation, or how much there would be to do."""
    return service.progress(tx, show_id=show_id)
