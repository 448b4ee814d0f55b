"""The SQL of entry codes: the codes that tickets have and had, and who owns which."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, func, insert, select, update

from contract.tickets import CodeRevocation
from db.schema.tickets import VALID, entry_codes, tickets
from db.statement import Statement

_BY_ID = tickets.c.id == bindparam("ticket_id")

#: The columns of an `entry_codes.EntryCode`, in its order.
ENTRY_CODE = (
    entry_codes.c.id, entry_codes.c.ticket_id, entry_codes.c.serial, entry_codes.c.show_id,
    entry_codes.c.owner_id, entry_codes.c.order_id,
)  # fmt: skip
NEXT_CODE_SERIAL = Statement(
    update(tickets)
    .where(_BY_ID)
    .values(code_serial=tickets.c.code_serial + 1)
    .returning(tickets.c.code_serial)
)
CODE_SERIAL = Statement(select(tickets.c.code_serial).where(_BY_ID))
#: How many tickets of a show somebody has that open the gate.
OWNED_AT_SHOW = Statement(
    select(func.count()).where(
        entry_codes.c.owner_id == bindparam("of_owner"),
        entry_codes.c.show_id == bindparam("at_show"), VALID,
    )
)  # fmt: skip
ISSUE_CODE = Statement(insert(entry_codes))
#: The purchase by which somebody had the ticket that they sold last.
SOLD_FROM = Statement(
    select(entry_codes.c.order_id)
    .where(
        entry_codes.c.ticket_id == bindparam("ticket_id"),
        entry_codes.c.owner_id == bindparam("of_owner"),
        entry_codes.c.reason == CodeRevocation.SOLD,
    )
    .order_by(entry_codes.c.serial.desc())
    .limit(1)
)
#: The codes that a buyer has had from some orders, the last one last.
CODES_OF_ORDERS = Statement(
    select(entry_codes.c.order_id, entry_codes.c.revoked_at, entry_codes.c.reason)
    .where(
        entry_codes.c.owner_id == bindparam("of_owner"),
        entry_codes.c.order_id >= bindparam("first"), entry_codes.c.order_id <= bindparam("last"),
    )
    .order_by(entry_codes.c.id)
)  # fmt: skip
#: Every code that a ticket has had, without the codes.
HISTORY = Statement(
    select(entry_codes.c.owner_id, entry_codes.c.issued_at, entry_codes.c.reason)
    .where(entry_codes.c.ticket_id == bindparam("ticket_id"))
    .order_by(entry_codes.c.serial)
)
CODE_ISSUED_AT = Statement(
    select(entry_codes.c.issued_at).where(entry_codes.c.ticket_id == bindparam("ticket_id"), VALID)
)
REVOKE_CODE = Statement(
    update(entry_codes)
    .where(entry_codes.c.ticket_id == bindparam("ticket_id"), VALID)
    .values(
        revoked_at=bindparam("now"), changed_at=bindparam("now"), reason=bindparam("why"),
        note=bindparam("because"),
    )
    .returning(*ENTRY_CODE)
)  # fmt: skip
TOUCH_CODE = Statement(
    update(entry_codes)
    .where(entry_codes.c.ticket_id == bindparam("ticket_id"), VALID)
    .values(changed_at=bindparam("now"))
)
#: The last code of each ticket, whether it is valid or not: its owner still has the ticket.
_OWNED = (
    select(
        entry_codes.c.id, entry_codes.c.ticket_id, entry_codes.c.order_id, entry_codes.c.code,
        entry_codes.c.revoked_at, entry_codes.c.show_id, entry_codes.c.serial,
    )
    .join(
        tickets,
        and_(
            tickets.c.id == entry_codes.c.ticket_id,
            tickets.c.code_serial == entry_codes.c.serial,
            tickets.c.owner_id == entry_codes.c.owner_id,
        ),
    )
    .where(entry_codes.c.owner_id == bindparam("of_owner"))
)  # fmt: skip
OWNED = Statement(
    _OWNED.where(entry_codes.c.id < bindparam("before"))
    .order_by(entry_codes.c.id.desc())
    .limit(bindparam("limit"))
)
OWNED_TICKET = Statement(_OWNED.where(entry_codes.c.ticket_id == bindparam("ticket_id")))
