"""Seat counts: how many tickets of an organiser's show are sold, locked and left."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, func, select

from contract.base import Page, PageQuery
from contract.show_overview import OwnShow, SeatCounts, SectionSeats, total_of
from contract.tickets import TicketStatus
from db.schema.tickets import NOT_WITHDRAWN, tickets
from db.statement import Statement
from server import paging
from server.organisers import service as organisers
from server.principal import Principal
from server.shows import service as shows
from server.tx import Tx

MOST_SECTIONS = 500
#: Sorts after every id of a show.
LAST_SHOW = "shw_~"
# Whoever bought a ticket may have it on sale or locked again: to its organiser it is sold.
_UNSOLD = and_(tickets.c.owner_id == bindparam("of_owner"), tickets.c.status != TicketStatus.SOLD)
_LOCKED = and_(_UNSOLD, tickets.c.status == TicketStatus.LOCKED)
BY_SECTION = Statement(
    select(
        tickets.c.section, func.count(), func.sum(case((_UNSOLD, 1), else_=0)),
        func.sum(case((_LOCKED, 1), else_=0)),
    )
    .where(tickets.c.show_id == bindparam("show"), NOT_WITHDRAWN)
    .group_by(tickets.c.section)
    .order_by(tickets.c.section)
    .limit(bindparam("limit"))
)  # fmt: skip


def by_section(tx: Tx, *, show_id: str, owner_id: str) -> tuple[SectionSeats, ...]:
    """Count the seats of each section; `owner_id` is the owner of the show's organiser."""
    found = tx.all(BY_SECTION, show=show_id, of_owner=owner_id, limit=MOST_SECTIONS)
    return tuple(
        SectionSeats(
            section=section,
            seats=SeatCounts(
                sold=int(total - unsold), locked=int(locked), left=int(unsold - locked)
            ),
        )
        for section, total, unsold, locked in found
    )


def list_shows(
    tx: Tx, principal: Principal, query: PageQuery, *, organiser_id: str
) -> Page[OwnShow]:
    """List the shows of an organiser that the principal manages, with their seats."""
    organiser = organisers.require_manager(tx, organiser_id=organiser_id, user_id=principal.user_id)
    found, following = paging.page(
        lambda limit: shows.list_of_organiser(
            tx, organiser_id=organiser_id, before=query.cursor or LAST_SHOW, limit=limit
        ),
        query.limit,
        lambda show: show.id,
    )
    items = []
    for show in found:
        sections = by_section(tx, show_id=show.id, owner_id=organiser.owner_id)
        items.append(OwnShow(show=show, seats=total_of(sections)))
    return Page(items=tuple(items), next=following)
