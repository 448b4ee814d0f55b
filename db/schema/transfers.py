"""Transfers: tickets that their owners give to somebody."""

from sqlalchemy import Index, Table, TypedColumns, column

from contract.transfers import TransferStatus
from db.dialect import STRICT, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    nullable_foreign_key,
    nullable_text,
    nullable_timestamp,
    primary_key,
    text,
    timestamp,
)


class TransferColumns(TypedColumns):
    """A transfer. `to_email` is the address as it was typed and `to_key` what it is compared by.

    `to_id` is the account that had the address at the offer; without one, `claim_digest` is the
    SHA-256 of the claim code, and `to_id` is who accepted.
    """

    id = primary_key()
    ticket_id = foreign_key("tickets.id")
    from_id = foreign_key("accounts.id")
    to_id = nullable_foreign_key("accounts.id")
    to_email = text()
    to_key = text()
    claim_digest = nullable_text()
    status = text()
    version = integer()
    created_at = timestamp()
    expires_at = timestamp()
    ended_at = nullable_timestamp()


OFFERED = column("status") == TransferStatus.OFFERED.value
transfers = Table(
    "transfers", METADATA, TransferColumns,
    enum_check("status", TransferStatus),
    check("ended", "(ended_at IS NOT NULL) = (status <> 'offered')"),
    check("accepted", "to_id IS NOT NULL OR status <> 'accepted'"),
    # The last line of defence: whatever the code does, a ticket is offered to one person.
    partial_index("ux_transfers_offered", "ticket_id", unique=True, where=OFFERED),
    partial_index("ix_transfers_due", "expires_at", where=OFFERED),
    Index(None, "from_id", "id"), Index(None, "to_key", "id"),
    **STRICT,
)  # fmt: skip
