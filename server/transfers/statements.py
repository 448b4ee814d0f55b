"""The SQL of transfers: every transition is one guarded UPDATE."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from contract.transfers import TransferStatus
from db.schema.transfers import OFFERED, transfers
from db.statement import Statement
from server.states import source, target
from server.transfers.states import MOVES

#: The columns of a transfer; `service` reads them in this order.
COLUMNS = (
    transfers.c.id, transfers.c.ticket_id, transfers.c.from_id, transfers.c.to_id,
    transfers.c.to_email, transfers.c.to_key, transfers.c.claim_digest, transfers.c.status,
    transfers.c.version, transfers.c.created_at, transfers.c.expires_at, transfers.c.ended_at,
)  # fmt: skip
_BY_ID = transfers.c.id == bindparam("transfer_id")
INSERT = Statement(insert(transfers))
VIEW = Statement(select(*COLUMNS).where(_BY_ID))
#: An offer to an address without an account is listed for whoever has that address now.
LIST = Statement(
    select(*COLUMNS)
    .where(
        or_(
            transfers.c.from_id == bindparam("user"),
            transfers.c.to_id == bindparam("user"),
            and_(transfers.c.to_id.is_(None), transfers.c.to_key == bindparam("key")),
        ),
        transfers.c.id < bindparam("before"),
    )
    .order_by(transfers.c.id.desc())
    .limit(bindparam("limit"))
)
MOVE = {
    verb: Statement(
        update(transfers)
        .where(_BY_ID, transfers.c.status == source(MOVES, verb))
        .values(
            status=target(MOVES, verb), version=transfers.c.version + 1,
            to_id=func.coalesce(transfers.c.to_id, bindparam("accepted_by")),
            ended_at=bindparam("now"),
        )
        .returning(*COLUMNS)
    )
    for verb in MOVES[TransferStatus.OFFERED]
}  # fmt: skip
NEXT_DEADLINE = Statement(select(func.min(transfers.c.expires_at)).where(OFFERED))
DUE = Statement(
    select(transfers.c.id)
    .where(OFFERED, transfers.c.expires_at <= bindparam("now"))
    .order_by(transfers.c.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
