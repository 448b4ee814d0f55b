"""Entry codes: what opens the gate. Each owner has a code of their own, and only the last is valid.

Codes are never in an event, a log or a list; only the owner's wallet and the gate read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from contract.codes import code_key
from contract.tickets import CodeRevocation, TicketCodeIssued, TicketCodeRevoked
from db.statement import Row
from db.types import from_us
from server.tickets import code_statements as sql
from server.tickets import show_keys
from server.tx import Tx

#: 80 random bits in characters that people can read out and type.
CODE_LENGTH = 16


class EntryCode(msgspec.Struct, frozen=True):
    """An entry code without the code itself."""

    id: str
    ticket_id: str
    serial: int
    show_id: str
    owner_id: str
    order_id: str


class CodeHistory(msgspec.Struct, frozen=True):
    """Whose a code was, from when, and why it is revoked, if it is."""

    owner_id: str
    issued_at: datetime
    reason: CodeRevocation | None


class OwnedTicket(msgspec.Struct, frozen=True):
    """A ticket in its owner's wallet. Without `code` it does not open the gate any more.

    `qr` is what its QR code says: the code, signed.
    """

    entry_code_id: str
    ticket_id: str
    order_id: str
    code: str | None
    qr: str | None


def issue(  # noqa: PLR0913  whose it is, and why
    tx: Tx, *, ticket_id: str, show_id: str, owner_id: str, order_id: str, note: str = ""
) -> None:
    """Make the next code of a ticket, for its present owner. The one before must be revoked."""
    row = tx.first(sql.NEXT_CODE_SERIAL, ticket_id=ticket_id)
    assert row is not None  # noqa: S101  the caller has just changed the ticket
    code = tx.new_code(CODE_LENGTH).upper()
    tx.execute(
        sql.ISSUE_CODE,
        id=tx.new_id("cod"), ticket_id=ticket_id, serial=row[0], show_id=show_id,
        owner_id=owner_id, order_id=order_id, code=code, code_key=code_key(code),
        issued_at=tx.now_us, revoked_at=None, reason=None, changed_at=tx.now_us, note=None,
    )  # fmt: skip
    tx.publish(
        TicketCodeIssued(
            id=ticket_id, version=0, show_id=show_id, owner_id=owner_id, order_id=order_id,
            serial=row[0], note=note,
        )
    )  # fmt: skip


def revoke(tx: Tx, *, ticket_id: str, reason: CodeRevocation, note: str = "") -> EntryCode | None:
    """Revoke the valid code of a ticket and return it; None if there is none.

    The caller holds the ticket's row. `note` is why an operator replaces the code.
    """
    row = tx.first(
        sql.REVOKE_CODE, ticket_id=ticket_id, why=reason.value, because=note or None, now=tx.now_us
    )
    if row is None:
        return None
    entry_code = EntryCode(*row)
    tx.publish(
        TicketCodeRevoked(
            id=ticket_id, version=0, show_id=entry_code.show_id, owner_id=entry_code.owner_id,
            order_id=entry_code.order_id, serial=entry_code.serial, reason=reason, note=note,
        )
    )  # fmt: skip
    return entry_code


def sold_from(tx: Tx, *, ticket_id: str, seller_id: str) -> str | None:
    """Return the purchase by which a seller had the ticket they sold: their own, or a giver's.

    None for who listed the ticket first.
    """
    row = tx.first(sql.SOLD_FROM, ticket_id=ticket_id, of_owner=seller_id)
    return None if row is None else row[0]


def touch(tx: Tx, *, ticket_id: str) -> None:
    """Let gates that work offline learn that a ticket was admitted, or is outside again."""
    tx.execute(sql.TOUCH_CODE, ticket_id=ticket_id, now=tx.now_us)


def passed_on(
    tx: Tx, order_ids: Sequence[str], *, owner_id: str
) -> dict[str, tuple[datetime, CodeRevocation]]:
    """Return since when, and why, a newer owner has the ticket that a buyer had from an order."""
    if not order_ids:
        return {}
    rows = tx.all(sql.CODES_OF_ORDERS, of_owner=owner_id, first=min(order_ids), last=max(order_ids))
    last = {row[0]: row for row in rows}  # a ticket may have come back to its buyer
    return {
        order_id: (from_us(at), CodeRevocation(why))
        for order_id, at, why in last.values()
        if why in (CodeRevocation.SOLD, CodeRevocation.TRANSFERRED)
    }


def history(tx: Tx, *, ticket_id: str) -> list[CodeHistory]:
    """Return every code that a ticket has had, the first one first."""
    return [
        CodeHistory(row[0], from_us(row[1]), None if row[2] is None else CodeRevocation(row[2]))
        for row in tx.all(sql.HISTORY, ticket_id=ticket_id)
    ]


def issued_at(tx: Tx, *, ticket_id: str) -> datetime | None:
    """Return when the valid code of a ticket was made; None if there is none."""
    row = tx.first(sql.CODE_ISSUED_AT, ticket_id=ticket_id)
    return None if row is None else from_us(row[0])


def count(tx: Tx, *, ticket_id: str) -> int:
    """Return how many entry codes a ticket has had."""
    row = tx.first(sql.CODE_SERIAL, ticket_id=ticket_id)
    return 0 if row is None else int(row[0])


def count_owned(tx: Tx, *, owner_id: str, show_id: str) -> int:
    """Return how many tickets of a show somebody has that open the gate."""
    row = tx.first(sql.OWNED_AT_SHOW, of_owner=owner_id, at_show=show_id)
    return 0 if row is None else int(row[0])


def list_owned(tx: Tx, *, owner_id: str, before: str, limit: int) -> list[OwnedTicket]:
    """List what somebody owns, newest first: everything that was sold or given to them."""
    rows = tx.all(sql.OWNED, of_owner=owner_id, before=before, limit=limit)
    return [_owned(tx, row) for row in rows]


def find_owned(tx: Tx, *, owner_id: str, ticket_id: str) -> OwnedTicket | None:
    """Return a ticket if this is its owner."""
    row = tx.first(sql.OWNED_TICKET, of_owner=owner_id, ticket_id=ticket_id)
    return None if row is None else _owned(tx, row)


def _owned(tx: Tx, row: Row) -> OwnedTicket:
    entry_code_id, ticket_id, order_id, code, revoked_at, show_id, serial = row
    if revoked_at is not None:
        return OwnedTicket(entry_code_id, ticket_id, order_id, None, None)
    qr = show_keys.sign(tx, show_id=show_id, ticket_id=ticket_id, serial=serial, code=code)
    return OwnedTicket(entry_code_id, ticket_id, order_id, code, qr)
