"""Access to an organiser's shows: who may change one, and who works at its gate."""

from __future__ import annotations

from contract.organisers import (
    OrganiserApproved,
    OrganiserNotApproved,
    OrganiserStatus,
    OrganiserSuspended,
)
from contract.problems import NotFound
from contract.shows import NotYourShow, Show
from server.organisers import service as organisers
from server.shows import service
from server.shows import statements as sql
from server.tx import Tx


def require_manager(tx: Tx, *, show_id: str, user_id: str) -> tuple[Show, str]:
    """Return a show that this account manages, and the owner of its organiser.

    Raises NotFound, NotYourShow, OrganiserNotApproved.
    """
    show = service.view(tx, show_id=show_id)
    if show.organiser_id is None or not organisers.is_manager(
        tx, organiser_id=show.organiser_id, user_id=user_id
    ):
        raise NotYourShow
    return show, require_approved(tx, organiser_id=show.organiser_id)


def require_approved(tx: Tx, *, organiser_id: str) -> str:
    """Return the owner of an organiser. Raises OrganiserNotApproved unless it may act now."""
    organiser = organisers.view(tx, organiser_id=organiser_id, user_id="")
    if organiser.status is not OrganiserStatus.APPROVED:
        raise OrganiserNotApproved(f"{organiser.name} is {organiser.status}.")
    return organiser.owner_id


def sells(tx: Tx, *, show_id: str, seller_id: str, user_id: str) -> bool:
    """Tell whether this account manages a show whose tickets the seller sells for its organiser."""
    try:
        return require_manager(tx, show_id=show_id, user_id=user_id)[1] == seller_id
    except (NotYourShow, OrganiserNotApproved):
        return False


def sold_by_organiser(tx: Tx, *, show: Show, seller_id: str) -> bool:
    """Tell whether a seller of tickets for a show is its organiser, approved or not."""
    if show.organiser_id is None:
        return False
    organiser = organisers.view(tx, organiser_id=show.organiser_id, user_id="")
    return organiser.owner_id == seller_id


def manages(tx: Tx, *, show_id: str, user_id: str) -> bool:
    """Tell whether this account manages the approved organiser of a show."""
    try:
        require_manager(tx, show_id=show_id, user_id=user_id)
    except (NotFound, NotYourShow, OrganiserNotApproved):
        return False
    return True


def may_admit(tx: Tx, *, show_id: str, user_id: str) -> bool:
    """Tell whether this account works at the gate of a show of an approved organiser."""
    try:
        show = service.view(tx, show_id=show_id)
    except NotFound:
        return False
    if show.organiser_id is None:
        return False
    organiser = organisers.view(tx, organiser_id=show.organiser_id, user_id=user_id)
    return organiser.role is not None and organiser.status is OrganiserStatus.APPROVED


def organiser_approved(tx: Tx, event: OrganiserApproved) -> None:
    """Mark the shows of an organiser as official."""
    tx.execute(sql.SET_OFFICIAL, organiser=event.id, is_official=1)


def organiser_suspended(tx: Tx, event: OrganiserSuspended) -> None:
    """Take the mark from the shows of an organiser."""
    tx.execute(sql.SET_OFFICIAL, organiser=event.id, is_official=0)
