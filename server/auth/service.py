"""The rules of auth: open accounts, sign in and out, identify the principal of a request."""

from __future__ import annotations

from dataclasses import dataclass

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
from contract.text_keys import email_key
from db.statement import Row
from db.types import from_us
from server.auth import statements as sql
from server.auth import tokens
from server.clock import SECOND
from server.principal import Principal
from server.tx import Tx

DAY = 24 * 3600 * SECOND
#: A session ends after 30 days in any case, and after 7 days without use (OWASP ASVS 5.0, 7.3).
SESSION_LIFETIME = 30 * DAY
IDLE_LIMIT = 7 * DAY


@dataclass(frozen=True)
class AccountRecord:
    """An account with the hash that its password must match."""

    account: Account
    password_hash: str


def find_by_email(tx: Tx, *, email: str) -> AccountRecord | None:
    """Return the account with this address, if there is one."""
    row = tx.first(sql.BY_EMAIL, key=email_key(email))
    return None if row is None else AccountRecord(_from_row(row), row[6])


def view(tx: Tx, *, user_id: str) -> AccountRecord:
    """Return an account. Raises NotFound."""
    row = tx.first(sql.BY_ID, user_id=user_id)
    if row is None:
        raise NotFound("There is no such account.")
    return AccountRecord(_from_row(row), row[6])


def refuse_banned(tx: Tx, *, user_id: str) -> None:
    """Refuse the next step of a request whose account was banned. Raises AccountBanned."""
    if view(tx, user_id=user_id).account.status is AccountStatus.BANNED:
        raise AccountBanned


def sign_up(tx: Tx, *, email: str, password_hash: str, client: str, token: str) -> SignedIn:
    """Open an account and its first session. Raises EmailTaken."""
    user_id = tx.new_id("usr")
    tx.actor = user_id
    with tx.mapping_integrity_error(EmailTaken):
        tx.execute(
            sql.INSERT_ACCOUNT,
            id=user_id, email=email.strip(), email_key=email_key(email),
            password_hash=password_hash,
            role=Role.MEMBER.value, status=AccountStatus.ACTIVE.value, version=1,
            created_at=tx.now_us,
        )  # fmt: skip
    tx.publish(AccountCreated(id=user_id, version=1, role=Role.MEMBER, status=AccountStatus.ACTIVE))
    return open_session(tx, account=view(tx, user_id=user_id).account, client=client, token=token)


def open_session(tx: Tx, *, account: Account, client: str, token: str) -> SignedIn:
    """Open a session for an account. Raises AccountBanned."""
    if account.status is AccountStatus.BANNED:
        raise AccountBanned
    expires = tx.now_us + SESSION_LIFETIME
    tx.execute(
        sql.INSERT_SESSION,
        id=tx.new_id("ses"), user_id=account.id, token_hash=tokens.digest(token),
        client=client[:200], created_at=tx.now_us, last_used_at=tx.now_us, expires_at=expires,
    )  # fmt: skip
    return SignedIn(account=account, token=token, expires_at=from_us(expires))


def identify(tx: Tx, token: str) -> Principal:
    """Return the principal that a token authenticates. Raises NotSignedIn, AccountBanned."""
    row = tx.first(sql.SESSION_BY_TOKEN, token_hash=tokens.digest(token))
    if row is None or row[3] <= tx.now_us or row[2] <= tx.now_us - IDLE_LIMIT:
        raise NotSignedIn("Your session has ended. Sign in again.")
    if row[5] == AccountStatus.BANNED:
        raise AccountBanned
    return Principal(user_id=row[1], role=Role(row[4]), session_id=row[0], idle=tx.now_us - row[2])


def touch(tx: Tx, principal: Principal) -> None:
    """Record that a session is in use."""
    tx.execute(sql.TOUCH_SESSION, session_id=principal.session_id, now=tx.now_us)


def list_sessions(tx: Tx, *, principal: Principal) -> tuple[Session, ...]:
    """List the valid sessions of the principal's account, newest first."""
    rows = tx.all(
        sql.LIST_SESSIONS,
        user_id=principal.user_id, now=tx.now_us, used_after=tx.now_us - IDLE_LIMIT,
    )  # fmt: skip
    return tuple(
        Session(
            id=row[0], client=row[1], created_at=from_us(row[2]), last_used_at=from_us(row[3]),
            expires_at=from_us(row[4]), current=row[0] == principal.session_id,
        )
        for row in rows
    )  # fmt: skip


def end_session(tx: Tx, *, user_id: str, session_id: str) -> None:
    """End one session at once. Raises NotFound, also for another account's."""
    if not tx.execute(sql.DELETE_SESSION, session_id=session_id, user_id=user_id):
        raise NotFound("There is no such session.")


def change_password(tx: Tx, *, user_id: str, session_id: str, password_hash: str) -> None:
    """Replace the password and end every other session at once."""
    tx.execute(sql.SET_PASSWORD_HASH, user_id=user_id, new_hash=password_hash)
    tx.execute(sql.DELETE_OTHER_SESSIONS, user_id=user_id, session_id=session_id)


def rehash(tx: Tx, *, user_id: str, password_hash: str) -> None:
    """Store a new hash of the same password, made with stronger parameters."""
    tx.execute(sql.SET_PASSWORD_HASH, user_id=user_id, new_hash=password_hash)


def set_role_and_status(tx: Tx, *, user_id: str, role: Role, status: AccountStatus) -> Account:
    """Set the role and status of an account, unless it has them already. Raises NotFound."""
    row = tx.first(
        sql.SET_ROLE_AND_STATUS, user_id=user_id, new_role=role.value, new_status=status.value
    )
    if row is None:
        return view(tx, user_id=user_id).account
    account = _from_row(row)
    tx.publish(AccountUpdated(id=account.id, version=account.version, role=role, status=status))
    if status is AccountStatus.BANNED:
        tx.execute(sql.DELETE_OTHER_SESSIONS, user_id=user_id, session_id="")
    return account


def grant_admin(tx: Tx, *, email: str) -> Account:
    """Make an account an operator. Raises NotFound."""
    record = find_by_email(tx, email=email)
    if record is None:
        raise NotFound(f"There is no account with the address {email}. Sign up first.")
    account = record.account
    return set_role_and_status(tx, user_id=account.id, role=Role.ADMIN, status=account.status)


def list_accounts(  # noqa: PLR0913  one for each filter
    tx: Tx, *, email_part: str, role: str, status: str, before_id: str, limit: int
) -> tuple[Account, ...]:
    """List accounts whose address contains `email_part`, newest first."""
    rows = tx.all(
        sql.LIST_ACCOUNTS,
        email_part=email_key(email_part), role=role, status=status, before_id=before_id,
        limit=limit,
    )  # fmt: skip
    return tuple(map(_from_row, rows))


def count(tx: Tx) -> dict[str, int]:
    """Return how many accounts there are in each status."""
    return dict(tx.all(sql.COUNT))


def _from_row(row: Row) -> Account:
    return Account(
        id=row[0], email=row[1], role=Role(row[2]), status=AccountStatus(row[3]), version=row[4],
        created_at=from_us(row[5]),
    )  # fmt: skip
