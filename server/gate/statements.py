"""The SQL of the gate. Tickets and their codes are only read here."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, func, insert, select, tuple_, update

from contract.gate import AdmissionStatus, Verdict
from db.schema.gate import INSIDE, admissions, scans
from db.schema.tickets import VALID, entry_codes, tickets
from db.statement import Statement

_INSIDE = admissions.c.status == AdmissionStatus.INSIDE.value
#: The columns of a `service.TicketCheck`: whose code it is, whether it is valid and inside.
_TICKET_CHECK = (
    select(
        entry_codes.c.ticket_id, entry_codes.c.show_id, entry_codes.c.code, entry_codes.c.order_id,
        entry_codes.c.owner_id, entry_codes.c.reason,
        case((entry_codes.c.serial < tickets.c.code_serial, 1), else_=0), tickets.c.status,
        admissions.c.id, admissions.c.admitted_at, entry_codes.c.revoked_at,
    )
    .select_from(
        entry_codes.join(tickets, tickets.c.id == entry_codes.c.ticket_id).outerjoin(
            admissions, and_(admissions.c.ticket_id == entry_codes.c.ticket_id, _INSIDE)
        )
    )
)  # fmt: skip
#: Codes of before were written by sellers, and several tickets may have the same one: the one to
#: admit comes first.
BY_CODE = Statement(
    _TICKET_CHECK.where(entry_codes.c.code_key == bindparam("key"))
    .order_by(
        case((entry_codes.c.show_id == bindparam("show"), 0), else_=1),
        case((VALID, 0), else_=1),
        case((admissions.c.id.is_(None), 0), else_=1),
        entry_codes.c.id,
    )
    .limit(1)
)
BY_TICKET = Statement(
    _TICKET_CHECK.where(entry_codes.c.ticket_id == bindparam("ticket")).order_by(
        entry_codes.c.serial.desc()
    )
)

#: `service.to_contract` reads these in this order.
SCAN = (
    scans.c.id, scans.c.show_id, scans.c.digest, scans.c.verdict, scans.c.reason,
    scans.c.ticket_id, scans.c.admission_id, scans.c.other_id, scans.c.let_in, scans.c.by,
    scans.c.gate, scans.c.scanned_at, scans.c.revoked_at, scans.c.window_at,
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

_ADMISSIBLE = and_(entry_codes.c.show_id == bindparam("show"), VALID)
COUNT = Statement(
    select(
        select(func.count()).select_from(entry_codes).where(_ADMISSIBLE).scalar_subquery(),
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
INSIDE_BY_ENTRANCE = Statement(
    select(admissions.c.gate, func.count())
    .where(admissions.c.show_id == bindparam("show"), INSIDE)
    .group_by(admissions.c.gate)
    .order_by(admissions.c.gate)
    .limit(bindparam("limit"))
)
REFUSED_BY_ENTRANCE = Statement(
    select(scans.c.gate, func.count())
    .where(scans.c.show_id == bindparam("show"), scans.c.verdict == Verdict.REFUSED.value)
    .group_by(scans.c.gate)
    .order_by(scans.c.gate)
    .limit(bindparam("limit"))
)
_LISTED = (
    select(
        entry_codes.c.id, tickets.c.id, tickets.c.section, tickets.c.row, tickets.c.seat,
        entry_codes.c.code, admissions.c.admitted_at, entry_codes.c.serial,
        entry_codes.c.revoked_at, entry_codes.c.reason, entry_codes.c.changed_at,
    )
    .select_from(
        entry_codes.join(tickets, tickets.c.id == entry_codes.c.ticket_id).outerjoin(
            admissions, and_(admissions.c.ticket_id == tickets.c.id, _INSIDE)
        )
    )
)  # fmt: skip
LIST = Statement(
    _LISTED.where(_ADMISSIBLE, entry_codes.c.id > bindparam("after_id"))
    .order_by(entry_codes.c.id)
    .limit(bindparam("limit"))
)
CHANGES = Statement(
    _LISTED.where(
        entry_codes.c.show_id == bindparam("show"),
        tuple_(entry_codes.c.changed_at, entry_codes.c.id)
        > tuple_(bindparam("since"), bindparam("after_id")),
    )
    .order_by(entry_codes.c.changed_at, entry_codes.c.id)
    .limit(bindparam("limit"))
)
MOVE = Statement(
    update(admissions)
    .where(admissions.c.show_id == bindparam("show"))
    .values(show_id=bindparam("into"))
)
