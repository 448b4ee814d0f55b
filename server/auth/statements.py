"""The SQL of auth: accounts and sessions."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from db.schema.auth import accounts, sessions
from db.statement import Statement

#: The columns of an account; `service` reads them in this order.
ACCOUNT_COLUMNS = (
    accounts.c.id, accounts.c.email, accounts.c.role, accounts.c.status, accounts.c.version,
    accounts.c.created_at,
)  # fmt: skip
SESSION_BY_TOKEN = Statement(
    select(
        sessions.c.id, sessions.c.user_id, sessions.c.last_used_at, sessions.c.expires_at,
        accounts.c.role, accounts.c.status,
    )
    .join(accounts, accounts.c.id == sessions.c.user_id)
    .where(sessions.c.token_hash == bindparam("token_hash"))
)  # fmt: skip
TOUCH_SESSION = Statement(
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"))
    .values(last_used_at=bindparam("now"))
)
BY_EMAIL = Statement(
    select(*ACCOUNT_COLUMNS, accounts.c.password_hash).where(
        accounts.c.email_key == bindparam("key")
    )
)
BY_ID = Statement(
    select(*ACCOUNT_COLUMNS, accounts.c.password_hash).where(accounts.c.id == bindparam("user_id"))
)
INSERT_ACCOUNT = Statement(insert(accounts))
SET_PASSWORD_HASH = Statement(
    update(accounts)
    .where(accounts.c.id == bindparam("user_id"))
    .values(password_hash=bindparam("new_hash"))
)
SET_ROLE_AND_STATUS = Statement(
    update(accounts)
    .where(
        accounts.c.id == bindparam("user_id"),
        or_(accounts.c.role != bindparam("new_role"), accounts.c.status != bindparam("new_status")),
    )
    .values(
        role=bindparam("new_role"),
        status=bindparam("new_status"),
        version=accounts.c.version + 1,
    )
    .returning(*ACCOUNT_COLUMNS)
)
INSERT_SESSION = Statement(insert(sessions))
LIST_SESSIONS = Statement(
    select(
        sessions.c.id, sessions.c.client, sessions.c.created_at, sessions.c.last_used_at,
        sessions.c.expires_at,
    )
    .where(sessions.c.user_id == bindparam("user_id"), sessions.c.expires_at > bindparam("now"),
           sessions.c.last_used_at > bindparam("used_after"))
    .order_by(sessions.c.id.desc())
)  # fmt: skip
DELETE_SESSION = Statement(
    delete(sessions).where(
        sessions.c.id == bindparam("session_id"), sessions.c.user_id == bindparam("user_id")
    )
)
DELETE_OTHER_SESSIONS = Statement(
    delete(sessions).where(
        sessions.c.user_id == bindparam("user_id"), sessions.c.id != bindparam("session_id")
    )
)
LIST_ACCOUNTS = Statement(
    select(*ACCOUNT_COLUMNS)
    .where(
        accounts.c.email_key.contains(bindparam("email_part"), autoescape=False),
        or_(bindparam("role") == "", accounts.c.role == bindparam("role")),
        or_(bindparam("status") == "", accounts.c.status == bindparam("status")),
        and_(accounts.c.id < bindparam("before_id")),
    )
    .order_by(accounts.c.id.desc())
    .limit(bindparam("limit"))
)
COUNT = Statement(select(accounts.c.status, func.count()).group_by(accounts.c.status))
