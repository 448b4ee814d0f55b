"""What auth knows and does: open accounts, sign in and out, tell who asks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from contract.auth import (
    Account,
    AccountBanned,
    AccountCreated,
    AccountStatus,
    AccountUpdated,
    EmailTaken,
    Role,
    Session,
    SignedIn,
)
from contract.problems import NotFound, NotSignedIn
from db.schema.auth import accounts, sessions
from db.statement import Row, Statement
from db.types import from_us
from server.auth import tokens
from server.clock import SECOND
from server.principal import Principal
from server.tx import Tx

DAY = 24 * 3600 * SECOND
#: A session ends after 30 days whatever happens, and after 7 without use (OWASP ASVS 5.0, 7.3).
ABSOLUTE = 30 * DAY
IDLE = 7 * DAY

_ACCOUNT = (
    accounts.c.id, accounts.c.email, accounts.c.role, accounts.c.status, accounts.c.version,
    accounts.c.created_at,
)  # fmt: skip
BY_TOKEN = Statement(
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
    .values(last_used_at=bindparam("used"))
)
BY_EMAIL = Statement(
    select(*_ACCOUNT, accounts.c.password_hash).where(accounts.c.email == bindparam("address"))
)
BY_ID = Statement(
    select(*_ACCOUNT, accounts.c.password_hash).where(accounts.c.id == bindparam("user_id"))
)
CREATE = Statement(insert(accounts))
REHASH = Statement(
    update(accounts)
    .where(accounts.c.id == bindparam("user_id"))
    .values(password_hash=bindparam("new_hash"))
)
MARK = Statement(
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
    .returning(*_ACCOUNT)
)
OPEN_SESSION = Statement(insert(sessions))
SESSIONS = Statement(
    select(
        sessions.c.id, sessions.c.client, sessions.c.created_at, sessions.c.last_used_at,
        sessions.c.expires_at,
    )
    .where(sessions.c.user_id == bindparam("user_id"), sessions.c.expires_at > bindparam("now"),
           sessions.c.last_used_at > bindparam("idle"))
    .order_by(sessions.c.id.desc())
)  # fmt: skip
END = Statement(
    delete(sessions).where(
        sessions.c.id == bindparam("session_id"), sessions.c.user_id == bindparam("user_id")
    )
)
END_OTHERS = Statement(
    delete(sessions).where(
        sessions.c.user_id == bindparam("user_id"), sessions.c.id != bindparam("session_id")
    )
)
FIND = Statement(
    select(*_ACCOUNT)
    .where(
        accounts.c.email.contains(bindparam("part"), autoescape=False),
        or_(bindparam("role_is") == "", accounts.c.role == bindparam("role_is")),
        or_(bindparam("status_is") == "", accounts.c.status == bindparam("status_is")),
        and_(accounts.c.id < bindparam("before")),
    )
    .order_by(accounts.c.id.desc())
    .limit(bindparam("most"))
)
COUNT = Statement(select(accounts.c.status, func.count()).group_by(accounts.c.status))


@dataclass(frozen=True)
class Known:
    """An account with the hash its password must match."""

    account: Account
    password_hash: str


def fold(email: str) -> str:
    """Return the one spelling of an address, so that it can be unique."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def by_email(tx: Tx, *, email: str) -> Known | None:
    """Return the account with this address, if there is one."""
    row = tx.first(BY_EMAIL, address=fold(email))
    return None if row is None else Known(_account(row), row[6])


def by_id(tx: Tx, *, user_id: str) -> Known:
    """Return an account, or raise NotFound."""
    row = tx.first(BY_ID, user_id=user_id)
    if row is None:
        raise NotFound("There is no such account.")
    return Known(_account(row), row[6])


def sign_up(tx: Tx, *, email: str, password_hash: str, client: str, token: str) -> SignedIn:
    """Open an account and its first session. Raises EmailTaken."""
    user_id = tx.new_id("usr")
    tx.actor = user_id
    with tx.mapping_integrity_error(EmailTaken):
        tx.execute(
            CREATE,
            id=user_id, email=fold(email), password_hash=password_hash, role=Role.MEMBER.value,
            status=AccountStatus.ACTIVE.value, version=1, created_at=tx.now_us,
        )  # fmt: skip
    tx.publish(AccountCreated(id=user_id, version=1, role=Role.MEMBER, status=AccountStatus.ACTIVE))
    return open_session(tx, account=by_id(tx, user_id=user_id).account, client=client, token=token)


def open_session(tx: Tx, *, account: Account, client: str, token: str) -> SignedIn:
    """Begin a session for an account. Raises AccountBanned."""
    if account.status is AccountStatus.BANNED:
        raise AccountBanned
    expires = tx.now_us + ABSOLUTE
    tx.execute(
        OPEN_SESSION,
        id=tx.new_id("ses"), user_id=account.id, token_hash=tokens.digest(token),
        client=client[:200], created_at=tx.now_us, last_used_at=tx.now_us, expires_at=expires,
    )  # fmt: skip
    return SignedIn(account=account, token=token, expires_at=from_us(expires))


def identify(tx: Tx, token: str) -> Principal:
    """Tell whom a token speaks for. Raises NotSignedIn, AccountBanned."""
    row = tx.first(BY_TOKEN, token_hash=tokens.digest(token))
    if row is None or row[3] <= tx.now_us or row[2] <= tx.now_us - IDLE:
        raise NotSignedIn("Your session has ended. Sign in again.")
    if row[5] == AccountStatus.BANNED:
        raise AccountBanned
    return Principal(user_id=row[1], role=Role(row[4]), session_id=row[0], idle=tx.now_us - row[2])


def touch(tx: Tx, principal: Principal) -> None:
    """Write down that a session was used just now."""
    tx.execute(TOUCH_SESSION, session_id=principal.session_id, used=tx.now_us)


def sessions_of(tx: Tx, *, principal: Principal) -> tuple[Session, ...]:
    """List the sessions that still speak for an account, newest first."""
    rows = tx.all(SESSIONS, user_id=principal.user_id, now=tx.now_us, idle=tx.now_us - IDLE)
    return tuple(
        Session(
            id=row[0], client=row[1], created_at=from_us(row[2]), last_used_at=from_us(row[3]),
            expires_at=from_us(row[4]), current=row[0] == principal.session_id,
        )
        for row in rows
    )  # fmt: skip


def end_session(tx: Tx, *, user_id: str, session_id: str) -> None:
    """End one session at once. Raises NotFound, also for somebody else's."""
    if not tx.execute(END, session_id=session_id, user_id=user_id):
        raise NotFound("There is no such session.")


def change_password(tx: Tx, *, user_id: str, session_id: str, password_hash: str) -> None:
    """Replace the password and end every other session at once."""
    tx.execute(REHASH, user_id=user_id, new_hash=password_hash)
    tx.execute(END_OTHERS, user_id=user_id, session_id=session_id)


def rehash(tx: Tx, *, user_id: str, password_hash: str) -> None:
    """Keep the same password under stronger parameters."""
    tx.execute(REHASH, user_id=user_id, new_hash=password_hash)


def mark(tx: Tx, *, user_id: str, role: Role, status: AccountStatus) -> Account:
    """Set what an account is; one that already is so stays as it is. Raises NotFound."""
    row = tx.first(MARK, user_id=user_id, new_role=role.value, new_status=status.value)
    if row is None:
        return by_id(tx, user_id=user_id).account
    account = _account(row)
    tx.publish(AccountUpdated(id=account.id, version=account.version, role=role, status=status))
    if status is AccountStatus.BANNED:
        tx.execute(END_OTHERS, user_id=user_id, session_id="")
    return account


def grant_admin(tx: Tx, *, email: str) -> Account:
    """Make an account an operator. Raises NotFound."""
    known = by_email(tx, email=email)
    if known is None:
        raise NotFound(f"There is no account with the address {email}. Sign up first.")
    return mark(tx, user_id=known.account.id, role=Role.ADMIN, status=known.account.status)


def find(  # noqa: PLR0913  one for each filter
    tx: Tx, *, part: str, role: str, status: str, before: str, most: int
) -> tuple[Account, ...]:
    """List accounts whose address contains `part`, newest first."""
    rows = tx.all(FIND, part=fold(part), role_is=role, status_is=status, before=before, most=most)
    return tuple(_account(row) for row in rows)


def count(tx: Tx) -> dict[str, int]:
    """Return how many accounts there are in each status."""
    return dict(tx.all(COUNT))


def _account(row: Row) -> Account:
    return Account(
        id=row[0], email=row[1], role=Role(row[2]), status=AccountStatus(row[3]), version=row[4],
        created_at=from_us(row[5]),
    )  # fmt: skip
