"""Issuing: an organiser's tickets are made here, many at once, and safely again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from contract.issuing import IssuedPlace, IssueReport, IssueTickets
from contract.money import Money
from contract.shows import Show, ShowIsCancelled, ShowStarted
from contract.text_keys import seat_key, tidy
from contract.tickets import (
    SeatTaken,
    TicketCreated,
    TicketOrigin,
    TicketStatus,
)
from db.schema.tickets import NOT_WITHDRAWN, tickets
from db.statement import Statement
from db.types import to_us
from server.tickets import statements as sql
from server.tx import Tx

#: The seats between the first and the last of a request that have a ticket. There are more than the
#: request names, but one statement reads an index.
TAKEN = Statement(
    select(tickets.c.seat_key).where(
        tickets.c.show_id == bindparam("at_show"),
        tickets.c.seat_key >= bindparam("first"),
        tickets.c.seat_key <= bindparam("last"),
        NOT_WITHDRAWN,
    )
)


def issue(tx: Tx, *, show: Show, seller_id: str, body: IssueTickets) -> IssueReport:
    """Issue a ticket for each place that has none; the face value is the price.

    Raises ShowStarted, ShowIsCancelled.
    """
    if show.cancelled:
        raise ShowIsCancelled(f"{show.name} was cancelled.")
    if show.starts_at <= tx.now:
        raise ShowStarted(f"{show.name} started at {show.starts_at.isoformat()}.")
    tx.advisory_lock(f"issue:{show.id}")
    keys = [seat_key(p.section, p.row, p.seat) or "" for p in body.places]
    taken = {key for (key,) in tx.all(TAKEN, at_show=show.id, first=min(keys), last=max(keys))}
    rows: list[dict[str, Any]] = []
    existing: list[int] = []
    for number, (place, key) in enumerate(zip(body.places, keys, strict=True)):
        if key in taken:
            existing.append(number)
        else:
            taken.add(key)
            rows.append(_row(tx, place, key, show=show, seller_id=seller_id))
    if rows and not body.dry_run:
        with tx.mapping_integrity_error(SeatTaken):
            tx.executemany(sql.INSERT, rows)
        for row in rows:
            tx.publish(_created(row))
    return IssueReport(issued=len(rows), existing=tuple(existing), dry_run=body.dry_run)


def _row(tx: Tx, place: IssuedPlace, key: str, *, show: Show, seller_id: str) -> dict[str, Any]:
    return {
        "id": tx.new_id("tkt"), "show_id": show.id, "starts_at": to_us(show.starts_at),
        "seller_id": seller_id, "owner_id": seller_id, "section": tidy(place.section),
        "row": tidy(place.row), "seat": tidy(place.seat), "seat_key": key,
        "price_amount": place.price.amount, "price_currency": place.price.currency,
        "status": TicketStatus.AVAILABLE.value, "shelf": "on", "order_id": None,
        "external_id": None, "version": 1, "withdraw_reason": None, "withdraw_note": None,
        "created_at": tx.now_us, "updated_at": tx.now_us, "code_serial": 0, "inside": 0,
        "refunding": 0, "transfer_id": None, "locked_until": None,
        "barcode": None, "barcode_digest": None,
        "origin": TicketOrigin.ISSUED.value, "face_amount": place.price.amount,
        "face_currency": place.price.currency, "suspended": 0,
    }  # fmt: skip


def _created(row: dict[str, Any]) -> TicketCreated:
    return TicketCreated(
        id=row["id"], version=1, show_id=row["show_id"], seller_id=row["seller_id"],
        section=row["section"], row=row["row"], seat=row["seat"],
        price=Money(amount=row["price_amount"], currency=row["price_currency"]),
        status=TicketStatus.AVAILABLE, order_id=None, origin=TicketOrigin.ISSUED,
    )  # fmt: skip
