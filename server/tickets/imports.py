"""Imports: list many tickets at once, or update them by the seller's own ids."""

from __future__ import annotations

import msgspec

from contract.problems import Problem
from contract.text_keys import tidy
from contract.tickets import (
    CreateTicket,
    EditTicket,
    ExternalIdTaken,
    ImportOutcome,
    ImportReport,
    ImportTickets,
    RowResult,
    Ticket,
    TicketStatus,
)
from contract.validation import decode
from server.shows import service as shows
from server.shows import similar
from server.tickets import service
from server.tx import Tx

LISTED = (ImportOutcome.CREATED, ImportOutcome.RELISTED)


class _DryRun(Exception):
    pass


def import_tickets(tx: Tx, *, seller_id: str, body: ImportTickets) -> ImportReport:
    """List or update each row by itself; a refused row changes nothing and does not stop others."""
    report: list[RowResult] = []
    notices: dict[str, str | None] = {}
    try:
        with tx.savepoint():
            for number, raw in enumerate(body.rows):
                report.append(_row(tx, number, raw, seller_id=seller_id, notices=notices))
            _undo_dry_run(body)
    except _DryRun:
        tx.unconditional.clear()
        report = [
            msgspec.structs.replace(result, ticket_id=None) if result.outcome in LISTED else result
            for result in report
        ]
    return ImportReport(results=tuple(report), dry_run=body.dry_run)


def _undo_dry_run(body: ImportTickets) -> None:
    """Undo what a dry run has done, by leaving its savepoint."""
    if body.dry_run:
        raise _DryRun


def _row(
    tx: Tx, number: int, raw: msgspec.Raw, *, seller_id: str, notices: dict[str, str | None]
) -> RowResult:
    try:
        with tx.savepoint():
            row = decode(bytes(raw), CreateTicket)
            outcome, ticket_id = _upsert(tx, row, seller_id=seller_id)
            notice = _notice(tx, ticket_id, notices) if outcome in LISTED else None
    except Problem as problem:
        return RowResult(
            row=number, outcome=ImportOutcome.REFUSED, code=problem.code, detail=problem.detail,
            errors=problem.errors,
        )  # fmt: skip
    return RowResult(row=number, outcome=outcome, ticket_id=ticket_id, notice=notice)


def _notice(tx: Tx, ticket_id: str, notices: dict[str, str | None]) -> str | None:
    """Return what to tell about the show of a new ticket; `notices` keeps it for the next rows."""
    show = service.view(tx, ticket_id=ticket_id).show
    if show.id not in notices:
        notices[show.id] = similar.notice(tx, show)
    return notices[show.id]


def _upsert(tx: Tx, row: CreateTicket, *, seller_id: str) -> tuple[ImportOutcome, str]:
    found = None
    if row.external_id is not None:
        found = service.by_external_id(tx, seller_id=seller_id, external_id=row.external_id)
    if found is None:
        return ImportOutcome.CREATED, service.create(tx, seller_id=seller_id, body=row).id
    ticket, barcode = found
    if ticket.status is TicketStatus.WITHDRAWN:
        return ImportOutcome.RELISTED, service.create(tx, seller_id=seller_id, body=row).id
    named = shows.find(tx, row.show)
    if named is None or named.id != ticket.show.id:
        raise ExternalIdTaken(_of_another_show(ticket))
    seat = (tidy(row.section), tidy(row.row), tidy(row.seat))
    price = (ticket.price.amount, ticket.price.currency)
    if (
        seat == (ticket.section, ticket.row, ticket.seat)
        and price == (row.price.amount, row.price.currency)
        and row.barcode in (None, barcode)
    ):
        return ImportOutcome.UNCHANGED, ticket.id
    edit = EditTicket(
        section=row.section, row=row.row, seat=row.seat, price=row.price,
        barcode=msgspec.UNSET if row.barcode is None else row.barcode,
    )  # fmt: skip
    service.edit(tx, seller_id=seller_id, ticket_id=ticket.id, body=edit, based_on=ticket.version)
    return ImportOutcome.UPDATED, ticket.id


def _of_another_show(ticket: Ticket) -> str:
    """Return which ticket has the row's external_id, and what the seller can do."""
    sellable = ticket.status is TicketStatus.AVAILABLE
    way = "Withdraw it and send this row again, or use" if sellable else "Use"
    return (
        f"external_id {ticket.external_id} is your ticket {ticket.id} ({ticket.status}) for "
        f"{ticket.show.name} at {ticket.show.venue}, {ticket.show.city}, on "
        f"{ticket.show.starts_at.isoformat()}. "
        f"A ticket cannot move to another show or date. {way} another external_id. "
        "If the show was postponed, an operator changes its date."
    )
