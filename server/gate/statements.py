"""The SQL of the gate. Tickets and orders are only read here."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, func, insert, select, update

from contract.gate import AdmissionStatus, Verdict
from contract.orders import OrderStatus
from db.schema.gate import INSIDE, admissions, scans
from db.schema.orders import orders
from db.schema.tickets import tickets
from db.statement import Statement

_INSIDE = admissions.c.status == AdmissionStatus.INSIDE.value
_BOUGHT = and_(orders.c.id == tickets.c.order_id, orders.c.status == OrderStatus.COMPLETE.value)
_NOT_REFUNDED = orders.c.refunded_amount < orders.c.price_amount
#: The columns of a `service.TicketCheck`: whose it is, whether it is paid, whether it is inside.
_TICKET_CHECK = (
    select(
        tickets.c.id, tickets.c.show_id, tickets.c.code, orders.c.id, orders.c.buyer_id,
        case((_NOT_REFUNDED, 0), else_=1), admissions.c.id, admissions.c.admitted_at,
    )
    .select_from(
        tickets.outerjoin(orders, _BOUGHT).outerjoin(
            admissions, and_(admissions.c.ticket_id == tickets.c.id, _INSIDE)
        )
    )
)  # fmt: skip
#: Sellers write codes, so several tickets may have the same one: the one to admit comes first.
#: Codes are compared by their keys, whatever their case, blanks and dashes.
BY_CODE = Statement(
    _TICKET_CHECK.where(tickets.c.code_key == bindparam("key"))
    .order_by(
        case((tickets.c.show_id == bindparam("show"), 0), else_=1),
        case((orders.c.id.is_(None), 2), (_NOT_REFUNDED, 0), else_=1),
        case((admissions.c.id.is_(None), 0), else_=1),
        tickets.c.id,
    )
    .limit(1)
)
BY_TICKET = Statement(_TICKET_CHECK.where(tickets.c.id == bindparam("ticket")))

#: `service.to_contract` reads these in this order.
SCAN = (
    scans.c.id, scans.c.show_id, scans.c.digest, scans.c.verdict, scans.c.reason,
    scans.c.ticket_id, scans.c.admission_id, scans.c.other_id, scans.c.let_in, scans.c.by,
    scans.c.gate, scans.c.scanned_at,
)  # fmt: skip
INSERT_SCAN = Statement(insert(scans).returning(*SCAN))
VIEW_SCAN = Statement(select(*SCAN).where(scans.c.id == bindparam("scan_id")))

ADMISSION = (
    admissions.c.id, admissions.c.show_id, admissions.c.ticket_id, admissions.c.order_id,
    admissions.c.buyer_id, admissions.c.status, admissions.c.by, admissions.c.gate,
    admissions.c.admitted_at, admissions.c.undone_at, admissions.c.undone_by, admissions.c.version,
)  # fmt: skip
ADMIT = Statement(insert(admissions).returning(*ADMISSION))
VIEW = Statement(select(*ADMISSION).where(admissions.c.id == bindparam("admission_id")))
UNDO = Statement(
    update(admissions)
    .where(admissions.c.id == bindparam("admission_id"), _INSIDE)
    .values(
        status=AdmissionStatus.UNDONE.value, undone_at=bindparam("now"),
        undone_by=bindparam("undone_by_user"), version=admissions.c.version + 1,
    )
    .returning(*ADMISSION)
)  # fmt: skip

_SOLD = and_(
    orders.c.show_id == bindparam("show"),
    orders.c.status == OrderStatus.COMPLETE.value,
    _NOT_REFUNDED,
)
COUNT = Statement(
    select(
        select(func.count()).select_from(orders).where(_SOLD).scalar_subquery(),
        select(func.count())
        .select_from(admissions)
        .where(admissions.c.show_id == bindparam("show"), INSIDE)
        .scalar_subquery(),
        select(func.count())
        .select_from(scans)
        .where(scans.c.show_id == bindparam("show"), scans.c.verdict == Verdict.REFUSED.value)
        .scalar_subquery(),
    )
)
LIST = Statement(
    select(
        orders.c.id, tickets.c.id, tickets.c.section, tickets.c.row, tickets.c.seat,
        tickets.c.code, admissions.c.admitted_at,
    )
    .select_from(
        orders.join(tickets, tickets.c.id == orders.c.ticket_id).outerjoin(
            admissions, and_(admissions.c.ticket_id == tickets.c.id, _INSIDE)
        )
    )
    .where(_SOLD, orders.c.id > bindparam("after_id"))
    .order_by(orders.c.id)
    .limit(bindparam("limit"))
)  # fmt: skip
