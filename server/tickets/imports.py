"""Imports: list many tickets at once, or update them by the seller's own ids.

An import is committed a few rows at a time, so that purchases go between. Sent again under the same
key, it finds what it has done and does the rest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec

from contract.listing_keys import ListingKey, listing_keys
from contract.problems import Problem
from contract.text_keys import tidy
from contract.tickets import (
    AlreadyListed,
    BarcodeTaken,
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
from server import idempotency
from server.auth import service as auth
from server.idempotency import StoredReply
from server.principal import Principal
from server.routing import AppContext
from server.shows import service as shows
from server.shows import similar
from server.tickets import service
from server.tx import Tx

#: Rows in one transaction, about 6 ms: a purchase waits for one such part at most.
ROWS_AT_ONCE = 10
LISTED = (ImportOutcome.CREATED, ImportOutcome.RELISTED)
_decode = msgspec.json.Decoder(tuple[RowResult, ...]).decode


class _DryRun(Exception):
    pass


@dataclass
class RunningImport:
    """A request to import rows, of which some are done.

    A dry run undoes each part, and the next ones do not find its rows in the database: `claimed`
    has the first row with each key or external id.
    """

    principal: Principal
    body: ImportTickets
    digest: str
    results: list[RowResult] = field(default_factory=list)
    notices: dict[str, str | None] = field(default_factory=dict)
    claimed: dict[ListingKey | str, int] = field(default_factory=dict)

    def next_part(self, tx: Tx) -> tuple[RowResult, ...]:
        """Import some rows, or find what they became before. Raises AccountBanned, KeyReused."""
        start, user_id, key = len(self.results), self.principal.user_id, self.principal.key
        auth.refuse_banned(tx, user_id=user_id)
        if key is None:
            return self._import(tx, start)
        key = f"{key} {start}" if start else key  # no client's key contains a blank
        known = idempotency.find_reply(tx, user_id=user_id, key=key, request=self.digest)
        if known is not None:
            return _decode(known.body)
        results = self._import(tx, start)
        reply = StoredReply(200, msgspec.json.encode(results))
        idempotency.store_reply(tx, user_id=user_id, key=key, request=self.digest, reply=reply)
        return results

    def _import(self, tx: Tx, start: int) -> tuple[RowResult, ...]:
        part = self.body.rows[start : start + ROWS_AT_ONCE]
        results: list[RowResult] = []
        try:
            with tx.savepoint():
                for number, raw in enumerate(part, start):
                    results.append(self._row(tx, number, raw))
                self._undo_dry_run()
        except _DryRun:
            tx.unconditional.clear()
            results = [
                msgspec.structs.replace(one, ticket_id=None) if one.outcome in LISTED else one
                for one in results
            ]
        return tuple(results)

    def _undo_dry_run(self) -> None:
        """Undo what a dry run has done, by leaving its savepoint."""
        if self.body.dry_run:
            raise _DryRun

    def _row(self, tx: Tx, number: int, raw: msgspec.Raw) -> RowResult:
        try:
            with tx.savepoint():
                row = decode(bytes(raw), CreateTicket)
                outcome, ticket_id = self._upsert(tx, number, row)
                notice = _notice(tx, ticket_id, self.notices) if outcome in LISTED else None
        except Problem as problem:
            return RowResult(
                row=number, outcome=ImportOutcome.REFUSED, code=problem.code, detail=problem.detail,
                errors=problem.errors,
            )  # fmt: skip
        return RowResult(row=number, outcome=outcome, ticket_id=ticket_id, notice=notice)

    def _upsert(self, tx: Tx, number: int, row: CreateTicket) -> tuple[ImportOutcome, str]:
        if not self.body.dry_run:
            return _upsert(tx, row, seller_id=self.principal.user_id)
        again = self._is_claimed(row.external_id or "")
        if not again:
            self._refuse_claimed(row)
        outcome, ticket_id = _upsert(tx, row, seller_id=self.principal.user_id)
        keys: list[ListingKey | str] = [row.external_id or "", *listing_keys(row)]
        for key in keys:
            self.claimed.setdefault(key, number)
        return ImportOutcome.UPDATED if again and outcome in LISTED else outcome, ticket_id

    def _refuse_claimed(self, row: CreateTicket) -> None:
        for key in filter(self._is_claimed, listing_keys(row)):
            problem = AlreadyListed if key[0] == "seat" else BarcodeTaken
            raise problem(f"Row {self.claimed[key]} has the same {key[0]} at this show.")

    def _is_claimed(self, key: ListingKey | str) -> bool:
        """Tell whether a row of an earlier part has this; this part's are in the database."""
        start = len(self.results)
        return key != "" and self.claimed.get(key, start) < start


async def import_tickets(
    context: AppContext, principal: Principal, body: ImportTickets
) -> ImportReport:
    """List or update each row by itself; a refused row changes nothing and does not stop others."""
    digest = hashlib.sha256(b"import " + msgspec.json.encode(body)).hexdigest()
    running = RunningImport(principal, body, digest)
    while len(running.results) < len(body.rows):
        async with context.imports.turn():
            running.results += await context.bus.write(running.next_part, actor=principal.user_id)
    return ImportReport(results=tuple(running.results), dry_run=body.dry_run)


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
