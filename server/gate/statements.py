"""The SQL of the gate. Tickets and their codes are only read here."""

from __future__ import annotations

from sqlalchemy import Integer, and_, bindparam, case, func, insert, select, tuple_, update

from contract.gate import AdmissionStatus, Direction, Verdict
from db.schema.gate import COUNTED, INSIDE, admissions, scans
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
#: admit comes first, or with 2 for `outside_rank` the one that is inside.
BY_CODE = Statement(
    _TICKET_CHECK.where(entry_codes.c.code_key == bindparam("key"))
    .order_by(
        case((entry_codes.c.show_id == bindparam("show"), 0), else_=1),
        case((VALID, 0), else_=1),
        case((admissions.c.id.is_(None), bindparam("outside_rank", type_=Integer)), else_=1),
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
    scans.c.gate, scans.c.scanned_at, scans.c.revoked_at, scans.c.window_at, scans.c.direction,
    scans.c.left_at, scans.c.overrode, scans.c.override,
)  # fmt: skip
INSERT_SCAN = Statement(insert(scans).returning(*SCAN))
VIEW_SCAN = Statement(select(*SCAN).where(scans.c.id == bindparam("scan_id")))

ADMISSION = (
    admissions.c.id, admissions.c.show_id, admissions.c.ticket_id, admissions.c.order_id,
    admissions.c.buyer_id, admissions.c.status, admissions.c.by, admissions.c.gate,
    admissions.c.admitted_at, admissions.c.undone_at, admissions.c.undone_by, admissions.c.version,
    admissions.c.left_at, admissions.c.left_gate, admissions.c.override,
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

LEAVE = Statement(
    update(admissions)
    .where(admissions.c.id == bindparam("admission_id"), _INSIDE)
    .values(
        status=AdmissionStatus.LEFT.value, left_at=bindparam("new_left_at"),
        left_gate=bindparam("new_left_gate"), version=admissions.c.version + 1,
    )
    .returning(*ADMISSION)
)  # fmt: skip
LAST_LEFT = Statement(
    select(func.max(admissions.c.left_at)).where(admissions.c.ticket_id == bindparam("ticket"))
)
#: Each time that a ticket was inside: from when until when.
STAYS = Statement(
    select(admissions.c.id, admissions.c.admitted_at, admissions.c.left_at)
    .where(admissions.c.ticket_id == bindparam("ticket"), COUNTED)
    .order_by(admissions.c.admitted_at, admissions.c.id)
)

_ADMISSIBLE = and_(entry_codes.c.show_id == bindparam("show"), VALID)
_ENTERED = and_(admissions.c.show_id == bindparam("show"), COUNTED)
_LEFT = and_(_ENTERED, admissions.c.status == AdmissionStatus.LEFT.value)
_OVERRIDES = and_(_ENTERED, admissions.c.override.is_not(None))
#: Whom an exit refuses is not refused admission.
_REFUSED = and_(
    scans.c.show_id == bindparam("show"), scans.c.verdict == Verdict.REFUSED.value,
    scans.c.direction == Direction.IN.value,
)  # fmt: skip
COUNT = Statement(
    select(
        select(func.count()).select_from(entry_codes).where(_ADMISSIBLE).scalar_subquery(),
        select(func.count())
        .select_from(admissions)
        .where(admissions.c.show_id == bindparam("show"), INSIDE)
        .scalar_subquery(),
        select(func.count()).select_from(scans).where(_REFUSED).scalar_subquery(),
        select(func.count()).select_from(admissions).where(_ENTERED).scalar_subquery(),
        select(func.count()).select_from(admissions).where(_LEFT).scalar_subquery(),
        select(func.count()).select_from(admissions).where(_OVERRIDES).scalar_subquery(),
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
    .where(_REFUSED)
    .group_by(scans.c.gate)
    .order_by(scans.c.gate)
    .limit(bindparam("limit"))
)
ENTERED_BY_ENTRANCE = Statement(
    select(admissions.c.gate, func.count())
    .where(_ENTERED)
    .group_by(admissions.c.gate)
    .order_by(admissions.c.gate)
    .limit(bindparam("limit"))
)
OVERRIDES_BY_ENTRANCE = Statement(
    select(admissions.c.gate, func.count())
    .where(_OVERRIDES)
    .group_by(admissions.c.gate)
    .order_by(admissions.c.gate)
    .limit(bindparam("limit"))
)
LEFT_BY_EXIT = Statement(
    select(admissions.c.left_gate, func.count())
    .where(_LEFT)
    .group_by(admissions.c.left_gate)
    .order_by(admissions.c.left_gate)
    .limit(bindparam("limit"))
)
_EARLIER = admissions.alias("earlier")
_LISTED = (
    select(
        entry_codes.c.id, tickets.c.id, tickets.c.section, tickets.c.row, tickets.c.seat,
        entry_codes.c.code, admissions.c.admitted_at, entry_codes.c.serial,
        entry_codes.c.revoked_at, entry_codes.c.reason, entry_codes.c.changed_at,
        select(func.max(_EARLIER.c.left_at))
        .where(_EARLIER.c.ticket_id == tickets.c.id)
        .scalar_subquery(),
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
