"""The rules of transfers: offer, accept, decline, cancel, expire.

Until it ends, an offer reserves the ticket: it can be neither sold nor offered again. Accepting
changes the owner and the entry code in one transaction.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from contract.codes import code_key
from contract.text_keys import email_key
from contract.tickets import TicketUnavailable
from contract.transfers import (
    ClaimCodeNeeded,
    OwnTransfer,
    Transfer,
    TransferAccepted,
    TransferCreated,
    TransferEnded,
    TransferNotFound,
    TransferOffer,
    TransferOver,
    TransferStatus,
)
from db.statement import Row
from db.types import from_us
from server.auth import service as auth
from server.clock import SECOND, same_secret
from server.orders import ticket_limit
from server.principal import Principal
from server.tickets import resale
from server.tickets import service as tickets
from server.transfers import statements as sql
from server.tx import Tx

TransferEvent = TypeVar("TransferEvent", TransferCreated, TransferAccepted, TransferEnded)

#: 80 random bits in characters that people can read out and type.
CLAIM_CODE_LENGTH = 16
#: Transfers in one transaction.
BATCH = 100


class TransferRecord(msgspec.Struct, frozen=True):
    """A transfer as the database has it."""

    id: str
    ticket_id: str
    from_id: str
    to_id: str | None
    to_email: str
    to_key: str
    claim_digest: str | None
    status: str
    version: int
    created_us: int
    expires_us: int
    ended_us: int | None


def offer(tx: Tx, *, owner_id: str, ticket_id: str, to: str, lifetime: int) -> TransferOffer:
    """Offer a ticket for `lifetime` seconds to the account with an address, or who will have it.

    Raises OwnTransfer, and what `resale.offer` raises.
    """
    found = auth.find_by_email(tx, email=to)
    to_id = None if found is None else found.account.id
    if to_id == owner_id:
        raise OwnTransfer
    transfer_id = tx.new_id("trf")
    resale.offer(tx, owner_id=owner_id, ticket_id=ticket_id, transfer_id=transfer_id)
    claim_code = tx.new_code(CLAIM_CODE_LENGTH).upper() if to_id is None else None
    tx.execute(
        sql.INSERT,
        id=transfer_id, ticket_id=ticket_id, from_id=owner_id, to_id=to_id, to_email=to.strip(),
        to_key=email_key(to), claim_digest=_digest(claim_code),
        status=TransferStatus.OFFERED.value, version=1, created_at=tx.now_us,
        expires_at=tx.now_us + lifetime * SECOND, ended_at=None,
    )  # fmt: skip
    record = _view(tx, transfer_id)
    tx.publish(_event(TransferCreated, record, to_id))
    return TransferOffer(
        transfer=to_contract(tx, record, reader_id=owner_id), claim_code=claim_code
    )


def accept(tx: Tx, *, transfer_id: str, user_id: str, claim_code: str | None) -> Transfer:
    """Give the ticket to who accepts it, with a new entry code.

    Raises TransferNotFound, ClaimCodeNeeded, TransferOver, TooManyTickets.
    """
    record = _for_recipient(tx, transfer_id, user_id)
    if record.to_id is None and not _is_claim(record, claim_code):
        raise ClaimCodeNeeded
    if record.expires_us <= tx.now_us:
        raise TransferOver("The offer has expired.")
    show = tickets.view(tx, ticket_id=record.ticket_id).show
    limit = None if show.policy is None else show.policy.tickets_per_buyer
    ticket_limit.enforce(tx, buyer_id=user_id, show_id=show.id, limit=limit)
    moved = _move(tx, "accept", record, accepted_by=user_id)
    try:
        resale.transfer(tx, ticket_id=record.ticket_id, transfer_id=transfer_id, to_id=user_id)
    except TicketUnavailable as gone:
        raise TransferOver("The ticket is no longer offered.") from gone
    tx.publish(_event(TransferAccepted, moved, record.from_id))
    return to_contract(tx, moved, reader_id=user_id)


def decline(tx: Tx, *, transfer_id: str, user_id: str) -> Transfer:
    """Decline an offer; the ticket stays with the giver. Raises TransferNotFound, TransferOver."""
    record = _for_recipient(tx, transfer_id, user_id)
    moved = _end(tx, "decline", record, user_id=record.from_id)
    return to_contract(tx, moved, reader_id=user_id)


def cancel(tx: Tx, *, transfer_id: str, user_id: str) -> Transfer:
    """Cancel an offer of one's own. Raises TransferNotFound, TransferOver."""
    record = _view(tx, transfer_id)
    if record.from_id != user_id:
        raise TransferNotFound
    moved = _end(tx, "cancel", record, user_id=record.to_id)
    return to_contract(tx, moved, reader_id=user_id)


def expire_due(tx: Tx) -> int:
    """End up to 100 offers that nobody accepted in time; return how many."""
    rows = tx.all(sql.DUE, now=tx.now_us, limit=BATCH)
    for (transfer_id,) in rows:
        record = _view(tx, transfer_id)
        _end(tx, "expire", record, user_id=record.from_id)
    return len(rows)


def next_deadline(tx: Tx) -> int | None:
    """Return the nearest deadline of an offer, in microseconds."""
    row = tx.first(sql.NEXT_DEADLINE)
    return None if row is None else row[0]


def list_transfers(tx: Tx, *, user_id: str, before: str, limit: int) -> list[Transfer]:
    """List what somebody has offered or was offered, newest first."""
    key = email_key(auth.view(tx, user_id=user_id).account.email)
    rows = tx.all(sql.LIST, user=user_id, key=key, before=before, limit=limit)
    return [to_contract(tx, TransferRecord(*row), reader_id=user_id) for row in rows]


def to_contract(tx: Tx, record: TransferRecord, *, reader_id: str) -> Transfer:
    """Return a transfer as the giver or the recipient may see it."""
    ticket = tickets.seen_by(tickets.view(tx, ticket_id=record.ticket_id), Principal())
    giver = auth.view(tx, user_id=record.from_id).account.email
    return Transfer(
        id=record.id, ticket=ticket, from_id=record.from_id,
        giver=giver if reader_id == record.from_id else _masked(giver),
        to=record.to_email, status=TransferStatus(record.status), version=record.version,
        created_at=from_us(record.created_us), expires_at=from_us(record.expires_us),
        ended_at=None if record.ended_us is None else from_us(record.ended_us),
    )  # fmt: skip


def _masked(email: str) -> str:
    """Return enough of an address to recognise somebody one knows: `a…@example.org`."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"


def _view(tx: Tx, transfer_id: str) -> TransferRecord:
    row = tx.first(sql.VIEW, transfer_id=transfer_id)
    if row is None:
        raise TransferNotFound
    return TransferRecord(*row)


def _for_recipient(tx: Tx, transfer_id: str, user_id: str) -> TransferRecord:
    """Return a transfer that is for this user. Raises TransferNotFound."""
    record = _view(tx, transfer_id)
    if record.to_id is not None:
        is_recipient = record.to_id == user_id
    else:
        email = auth.view(tx, user_id=user_id).account.email
        is_recipient = record.to_key == email_key(email)
    if not is_recipient:
        raise TransferNotFound
    return record


def _end(tx: Tx, verb: str, record: TransferRecord, *, user_id: str | None) -> TransferRecord:
    """End an offer without a new owner, and tell `user_id`."""
    moved = _move(tx, verb, record)
    resale.end_offer(tx, ticket_id=record.ticket_id, transfer_id=record.id)
    tx.publish(_event(TransferEnded, moved, user_id))
    return moved


def _move(
    tx: Tx, verb: str, record: TransferRecord, *, accepted_by: str | None = None
) -> TransferRecord:
    row: Row | None = tx.first(
        sql.MOVE[verb], transfer_id=record.id, accepted_by=accepted_by, now=tx.now_us
    )
    if row is None:
        raise TransferOver(f"The transfer is {_view(tx, record.id).status}.")
    return TransferRecord(*row)


def _event(kind: type[TransferEvent], record: TransferRecord, user_id: str | None) -> TransferEvent:
    """Make an event of a transfer for `user_id`."""
    return kind(
        id=record.id, version=record.version, ticket_id=record.ticket_id, user_id=user_id,
        status=TransferStatus(record.status),
    )  # fmt: skip


def _digest(claim_code: str | None) -> str | None:
    if claim_code is None:
        return None
    return hashlib.sha256(code_key(claim_code).encode()).hexdigest()


def _is_claim(record: TransferRecord, claim_code: str | None) -> bool:
    given = _digest(claim_code)
    expected = record.claim_digest
    if given is None or expected is None:
        return False
    return same_secret(given.encode(), expected.encode())
