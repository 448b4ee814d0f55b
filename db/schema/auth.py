"""Accounts, sessions, and failed attempts to sign in."""

from sqlalchemy import Index, Table, TypedColumns

from contract.auth import AccountStatus, Role
from db.dialect import STRICT
from db.types import (
    METADATA,
    enum_check,
    foreign_key,
    integer,
    max_length,
    primary_key,
    text,
    timestamp,
)


class AccountColumns(TypedColumns):
    """An account. `email` is as it was typed; `email_key` is what is compared, and unique.

    "straße" and "strasse" have one key, but they are two addresses.
    """

    id = primary_key()
    email = text(unique=True)
    password_hash = text()
    role = text()
    status = text()
    version = integer()
    created_at = timestamp()
    email_key = text()


class SessionColumns(TypedColumns):
    """One sign-in. Only the SHA-256 of its token is stored."""

    id = primary_key()
    user_id = foreign_key("accounts.id")
    token_hash = text(unique=True)
    client = text()
    created_at = timestamp()
    last_used_at = timestamp()
    expires_at = timestamp()


class AttemptColumns(TypedColumns):
    """How often signing in has failed recently, by account or by source address."""

    key = primary_key()
    failures = integer()
    last_at = timestamp()
    blocked_until = timestamp()


accounts = Table(
    "accounts", METADATA, AccountColumns,
    enum_check("role", Role), enum_check("status", AccountStatus), max_length("email", 254),
    Index("ux_accounts_email_key", "email_key", unique=True),
    **STRICT,
)  # fmt: skip
sessions = Table(
    "sessions", METADATA, SessionColumns,
    Index(None, "user_id"), max_length("client", 200),
    **STRICT,
)  # fmt: skip
attempts = Table("attempts", METADATA, AttemptColumns, **STRICT)
