"""Accounts, sessions, and failed attempts to sign in."""

from sqlalchemy import Index, Table, TypedColumns

from contract.auth import AccountStatus, Role
from db.dialect import STRICT
from db.types import METADATA, at_most, key, moment, number, one_of, ref, text


class AccountColumns(TypedColumns):
    """Somebody who buys, sells or operates. `email` is kept folded, so that it is unique."""

    id = key()
    email = text(unique=True)
    password_hash = text()
    role = text()
    status = text()
    version = number()
    created_at = moment()


class SessionColumns(TypedColumns):
    """One sign-in. Only the SHA-256 of its token is kept."""

    id = key()
    user_id = ref("accounts.id")
    token_hash = text(unique=True)
    client = text()
    created_at = moment()
    last_used_at = moment()
    expires_at = moment()


class AttemptColumns(TypedColumns):
    """How often signing in has failed of late, by account or by source."""

    key = key()
    failures = number()
    last_at = moment()
    blocked_until = moment()


accounts = Table(
    "accounts", METADATA, AccountColumns,
    one_of("role", Role), one_of("status", AccountStatus), at_most("email", 254),
    **STRICT,
)  # fmt: skip
sessions = Table(
    "sessions", METADATA, SessionColumns,
    Index(None, "user_id"), at_most("client", 200),
    **STRICT,
)  # fmt: skip
attempts = Table("attempts", METADATA, AttemptColumns, **STRICT)
