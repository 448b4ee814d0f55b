"""The SQL of organisers and their members."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, insert, null, or_, select, update

from db.schema.organisers import members, organisers
from db.statement import Statement
from server.organisers.states import MOVES
from server.states import sources, target

#: The columns of an organiser; `service` reads them in this order, and then a role.
COLUMNS = (
    organisers.c.id, organisers.c.name, organisers.c.status, organisers.c.owner_id,
    organisers.c.version, organisers.c.created_at, organisers.c.suspend_reason,
)  # fmt: skip
_BY_ID = organisers.c.id == bindparam("organiser_id")
_MEMBER = and_(
    members.c.organiser_id == bindparam("organiser_id"), members.c.user_id == bindparam("user_id")
)
INSERT = Statement(insert(organisers))
#: An organiser with the role that an account has there, if it has one.
VIEW = Statement(
    select(*COLUMNS, members.c.role)
    .outerjoin(
        members,
        and_(
            members.c.organiser_id == organisers.c.id, members.c.user_id == bindparam("user_id")
        ),
    )
    .where(_BY_ID)
)  # fmt: skip
LIST_OF_USER = Statement(
    select(*COLUMNS, members.c.role)
    .join(members, members.c.organiser_id == organisers.c.id)
    .where(members.c.user_id == bindparam("user_id"), organisers.c.id < bindparam("before"))
    .order_by(organisers.c.id.desc())
    .limit(bindparam("limit"))
)
LIST = Statement(
    select(*COLUMNS, null())
    .where(
        or_(bindparam("with_status") == "", organisers.c.status == bindparam("with_status")),
        organisers.c.id < bindparam("before"),
    )
    .order_by(organisers.c.id.desc())
    .limit(bindparam("limit"))
)
MOVE = {
    verb: Statement(
        update(organisers)
        .where(_BY_ID, organisers.c.status.in_(sources(MOVES, verb)))
        .values(
            status=target(MOVES, verb), version=organisers.c.version + 1,
            suspend_reason=bindparam("why"),
        )
        .returning(*COLUMNS, null())
    )
    for verb in ("approve", "suspend")
}  # fmt: skip
#: Members count as a part of the organiser, whose version they raise.
RAISE_VERSION = Statement(
    update(organisers)
    .where(_BY_ID)
    .values(version=organisers.c.version + 1)
    .returning(organisers.c.name, organisers.c.version)
)
MEMBERS = Statement(
    select(members.c.user_id, members.c.role, members.c.added_at)
    .where(members.c.organiser_id == bindparam("organiser_id"))
    .order_by(members.c.added_at, members.c.user_id)
)
INSERT_MEMBER = Statement(insert(members))
SET_MEMBER_ROLE = Statement(update(members).where(_MEMBER).values(role=bindparam("new_role")))
DELETE_MEMBER = Statement(delete(members).where(_MEMBER).returning(members.c.role))
