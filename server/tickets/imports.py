"""Imports: list many tickets at once, or bring them up to date by the seller's own ids."""

from __future__ import annotations

import msgspec

from contract.problems import Problem
from contract.tickets import (
    CreateTicket,
    EditTicket,
    ExternalIdTaken,
    ImportReport,
    ImportTickets,
    Outcome,
    RowResult,
    Ticket,
)
from contract.validation import decode
from db.types import to_us
from server.shows.words import fold
from server.tickets import service
from server.tx import Tx


class _DryRun(Exception):
    pass


def take(tx: Tx, *, seller_id: str, body: ImportTickets) -> ImportReport:
    """List or update each row by itself; a refused row changes nothing and stops nobody."""
    report: list[RowResult] = []
    try:
        with tx.savepoint():
            for number, raw in enumerate(body.rows):
                report.append(_row(tx, number, raw, seller_id=seller_id))
            _end(body)
    except _DryRun:
        report = [
            msgspec.structs.replace(result, ticket_id=None)
            if result.outcome is Outcome.CREATED
            else result
            for result in report
        ]
    return ImportReport(results=tuple(report), dry_run=body.dry_run)


def _end(body: ImportTickets) -> None:
    """Undo what a dry run has tried."""
    if body.dry_run:
        raise _DryRun


def _row(tx: Tx, number: int, raw: msgspec.Raw, *, seller_id: str) -> RowResult:
    try:
        with tx.savepoint():
            row = decode(bytes(raw), CreateTicket)
            outcome, ticket_id = _upsert(tx, row, seller_id=seller_id)
    except Problem as problem:
        return RowResult(
            row=number, outcome=Outcome.REFUSED, code=problem.code, detail=problem.detail,
            errors=problem.errors,
        )  # fmt: skip
    return RowResult(row=number, outcome=outcome, ticket_id=ticket_id)


def _upsert(tx: Tx, row: CreateTicket, *, seller_id: str) -> tuple[Outcome, str]:
    known = None
    if row.external_id is not None:
        known = tx.first(service.EXTERNAL, by_seller=seller_id, external=row.external_id)
    if known is None:
        return Outcome.CREATED, service.create(tx, seller_id=seller_id, body=row).id
    ticket, code = service.told(known), known[-1]
    if not _same_show(ticket, row):
        detail = f"external_id {row.external_id} already names a ticket for another show."
        raise ExternalIdTaken(detail)
    seat = (row.section.strip(), row.row.strip(), row.seat.strip())
    agreed = (ticket.price.amount, ticket.price.currency)
    if (
        seat == (ticket.section, ticket.row, ticket.seat)
        and agreed == (row.price.amount, row.price.currency)
        and row.code in (None, code)
    ):
        return Outcome.UNCHANGED, ticket.id
    edit = EditTicket(
        section=row.section, row=row.row, seat=row.seat, price=row.price,
        code=msgspec.UNSET if row.code is None else row.code,
    )  # fmt: skip
    service.edit(tx, seller_id=seller_id, ticket_id=ticket.id, body=edit, based_on=ticket.version)
    return Outcome.UPDATED, ticket.id


def _same_show(ticket: Ticket, row: CreateTicket) -> bool:
    show = ticket.show
    return to_us(show.starts_at) == to_us(row.show.starts_at) and all(
        fold(known) == fold(named)
        for known, named in (
            (show.name, row.show.name), (show.venue, row.show.venue), (show.city, row.show.city),
        )
    )  # fmt: skip
