"""Auth: accounts, their sessions, and what each role may do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract import limits
from contract.base import Done, Empty, Event, Id, Model, Page, PageQuery, Request, Search
from contract.endpoint import Access, Endpoint
from contract.problems import Problem

# Deliberately loose: only a delivered message proves that an address works.
Email = Annotated[
    str,
    Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", description="an email address"),
]
# OWASP ASVS 5.0, 6.2.1 and 6.2.9: at least 8, at least 64 allowed, no composition rules.
Password = Annotated[str, Meta(min_length=8, max_length=256, description="8 to 256 characters")]


class Role(StrEnum):
    """What an account may do."""

    MEMBER = "member"
    GATE = "gate"
    ADMIN = "admin"


class AccountStatus(StrEnum):
    """Whether an account may act."""

    ACTIVE = "active"
    BANNED = "banned"


class Account(Model, frozen=True, kw_only=True):
    """The account of a buyer, seller, gate keeper or operator."""

    id: Id
    email: str
    role: Role
    status: AccountStatus
    version: int
    created_at: datetime


class SignUp(Request, frozen=True, kw_only=True):
    """Create an account and sign in."""

    email: Email
    password: Password


class LogIn(Request, frozen=True, kw_only=True):
    """Sign in. The password may have any length: a wrong one must get the same response."""

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class ChangePassword(Request, frozen=True, kw_only=True):
    """Replace the password and end every other session."""

    current: Annotated[str, Meta(min_length=1, max_length=256)]
    new: Password


class SignedIn(Model, frozen=True, kw_only=True):
    """A new session. `token` is shown only once; the server stores only its hash."""

    account: Account
    token: str
    expires_at: datetime


class Session(Model, frozen=True, kw_only=True):
    """A signed-in client. `current` marks the session that makes the request."""

    id: Id
    client: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class UsersQuery(PageQuery, frozen=True, kw_only=True):
    """Find accounts by a part of their email address."""

    q: Search = ""
    role: Role | None = None
    status: AccountStatus | None = None


class Ban(Request, frozen=True, kw_only=True):
    """Ban an account or lift the ban."""

    banned: bool = True


class GrantedRole(StrEnum):
    """A role that an operator can grant; operators are made on the server itself."""

    MEMBER = Role.MEMBER.value
    GATE = Role.GATE.value


class SetRole(Request, frozen=True, kw_only=True):
    """Grant or revoke gate access."""

    role: GrantedRole


class _AccountEvent(Event, frozen=True, kw_only=True):
    role: Role
    status: AccountStatus

    @property
    def audience(self) -> str | None:
        return self.id


class AccountCreated(_AccountEvent, frozen=True, kw_only=True, tag="account.created"):
    """Somebody signed up."""

    name: ClassVar[str] = "account.created"


class AccountUpdated(_AccountEvent, frozen=True, kw_only=True, tag="account.updated"):
    """An account's role or status changed."""

    name: ClassVar[str] = "account.updated"


class BadCredentials(Problem, status=401):
    """The email address or the password is wrong."""


class EmailTaken(Problem, status=409):
    """An account with this email address already exists."""


class TooManyAttempts(Problem, status=429, retryable=True):
    """Too many failed attempts. Please wait, then try again."""


class AccountBanned(Problem, status=403):
    """This account was banned by an operator."""


SIGN_UP = Endpoint(
    method="POST", path="/v1/auth/signup", request=SignUp, response=SignedIn, status=201,
    summary="Create an account and sign in.", access=Access.PUBLIC,
    errors=(EmailTaken,), limit=limits.SIGN_UP,
)  # fmt: skip
LOG_IN = Endpoint(
    method="POST", path="/v1/auth/login", request=LogIn, response=SignedIn,
    summary="Sign in. Each sign-in creates a session.", access=Access.PUBLIC,
    errors=(BadCredentials, TooManyAttempts, AccountBanned),
)  # fmt: skip
LOG_OUT = Endpoint(
    method="POST", path="/v1/auth/logout", request=Empty, response=Done,
    summary="End the current session.",
)  # fmt: skip
ME = Endpoint(
    method="GET", path="/v1/auth/me", request=Empty, response=Account,
    summary="Show the signed-in account.",
)  # fmt: skip
CHANGE_PASSWORD = Endpoint(
    method="POST", path="/v1/auth/password", request=ChangePassword, response=Done,
    summary="Replace the password and end every other session.",
    errors=(BadCredentials, TooManyAttempts),
)  # fmt: skip
LIST_SESSIONS = Endpoint(
    method="GET", path="/v1/auth/sessions", request=PageQuery, response=Page[Session],
    summary="List your sessions.",
)  # fmt: skip
END_SESSION = Endpoint(
    method="DELETE", path="/v1/auth/sessions/{session_id}", request=Empty, response=Done,
    summary="End one of your sessions.",
)  # fmt: skip
LIST_USERS = Endpoint(
    method="GET", path="/v1/admin/users", request=UsersQuery, response=Page[Account],
    summary="List accounts, newest first.", access=Access.ADMIN,
)  # fmt: skip
BAN_USER = Endpoint(
    method="POST", path="/v1/admin/users/{user_id}/ban", request=Ban, response=Account,
    summary="Ban an account: end its sessions, withdraw its listings, freeze its payouts; or lift "
    "the ban, which puts them back.", access=Access.ADMIN,
)  # fmt: skip
SET_ROLE = Endpoint(
    method="POST", path="/v1/admin/users/{user_id}/role", request=SetRole, response=Account,
    summary="Grant or revoke gate access.", access=Access.ADMIN,
)  # fmt: skip
