"""Auth's answers. Hashing a password is slow on purpose, so it happens between transactions."""

from __future__ import annotations

from contract.auth import (
    Account,
    AccountStatus,
    BadCredentials,
    Ban,
    ChangePassword,
    LogIn,
    Role,
    Session,
    SetRole,
    SignedIn,
    SignUp,
    UsersQuery,
)
from contract.base import Done, Empty, Page, PageQuery
from contract.problems import FieldError, Invalid
from server import paging
from server.auth import passwords, service, throttle, tokens
from server.principal import Principal
from server.routing import AppContext
from server.tx import Tx

LAST = "usr_~"


async def sign_up(context: AppContext, principal: Principal, body: SignUp) -> SignedIn:
    """Open an account. Raises EmailTaken, Invalid when the password is the address."""
    if body.password.casefold() == service.fold(body.email):
        message = "must not be the email address"
        raise Invalid(errors=(FieldError(field="password", message=message),))
    hashed = await context.hashing.run_blocking(passwords.hashed, body.password)
    token = tokens.new(context.bus.rng)
    return await context.bus.write(
        lambda tx: service.sign_up(
            tx, email=body.email, password_hash=hashed, client=principal.client, token=token
        )
    )


async def log_in(context: AppContext, principal: Principal, body: LogIn) -> SignedIn:
    """Sign in. Raises BadCredentials alike for a wrong address and a wrong password."""
    known = await _checked(context, principal, email=body.email, password=body.password)
    fresh: str | None = None
    if passwords.outdated(known.password_hash):
        fresh = await context.hashing.run_blocking(passwords.hashed, body.password)
    token = tokens.new(context.bus.rng)

    def begin(tx: Tx) -> SignedIn:
        tx.actor = known.account.id
        throttle.clear(tx, email=known.account.email)
        if fresh is not None:
            service.rehash(tx, user_id=known.account.id, password_hash=fresh)
        account = service.by_id(tx, user_id=known.account.id).account
        return service.open_session(tx, account=account, client=principal.client, token=token)

    return await context.bus.write(begin)


async def change_password(context: AppContext, principal: Principal, body: ChangePassword) -> Done:
    """Replace the password. Raises BadCredentials when the current one is wrong."""
    known = await context.bus.read(lambda tx: service.by_id(tx, user_id=principal.user_id))
    await _checked(context, principal, email=known.account.email, password=body.current)
    hashed = await context.hashing.run_blocking(passwords.hashed, body.new)
    await context.bus.write(
        lambda tx: service.change_password(
            tx, user_id=principal.user_id, session_id=principal.session_id, password_hash=hashed
        ),
        actor=principal.user_id,
    )
    return Done()


async def _checked(
    context: AppContext, principal: Principal, *, email: str, password: str
) -> service.Known:
    """Return the account if the password is its own; count the failure if not."""
    address = service.fold(email)

    def look(tx: Tx) -> service.Known | None:
        throttle.refuse_guessing(tx, email=address, source=principal.source)
        return service.by_email(tx, email=address)

    known = await context.bus.read(look)
    stored = passwords.NOBODY if known is None else known.password_hash
    right = await context.hashing.run_blocking(passwords.matches, stored, password)
    if known is None or not right:
        await context.bus.write(
            lambda tx: throttle.note_failure(tx, email=address, source=principal.source)
        )
        raise BadCredentials
    # Of many guesses sent at once, one that is right must not stand out once they are too many.
    await context.bus.read(
        lambda tx: throttle.refuse_guessing(tx, email=address, source=principal.source)
    )
    return known


def log_out(tx: Tx, principal: Principal, body: Empty) -> Done:
    """End the session that asks."""
    service.end_session(tx, user_id=principal.user_id, session_id=principal.session_id)
    return Done()


def me(tx: Tx, principal: Principal, query: Empty) -> Account:
    """Show who asks."""
    return service.by_id(tx, user_id=principal.user_id).account


def list_sessions(tx: Tx, principal: Principal, query: PageQuery) -> Page[Session]:
    """List the principal's sessions, newest first."""
    found = service.sessions_of(tx, principal=principal)
    return Page(items=found[: query.limit], total=len(found))


def end_session(tx: Tx, principal: Principal, body: Empty, *, session_id: str) -> Done:
    """End one of the principal's sessions."""
    service.end_session(tx, user_id=principal.user_id, session_id=session_id)
    return Done()


def list_users(tx: Tx, principal: Principal, query: UsersQuery) -> Page[Account]:
    """List accounts, newest first."""
    accounts, following = paging.page(
        lambda limit: service.find(
            tx, part=query.q, role=query.role or "", status=query.status or "",
            before=query.cursor or LAST, most=limit,
        ),
        query.limit,
        lambda account: account.id,
    )  # fmt: skip
    return Page(items=accounts, next=following)


def ban(tx: Tx, principal: Principal, body: Ban, *, user_id: str) -> Account:
    """Ban an account or lift the ban. An operator cannot ban himself."""
    if user_id == principal.user_id:
        raise Invalid(errors=(FieldError(field="user_id", message="is your own account"),))
    known = service.by_id(tx, user_id=user_id).account
    status = AccountStatus.BANNED if body.banned else AccountStatus.ACTIVE
    return service.mark(tx, user_id=user_id, role=known.role, status=status)


def set_role(tx: Tx, principal: Principal, body: SetRole, *, user_id: str) -> Account:
    """Make an account one of the gate's, or a member's. No operator is made or unmade here."""
    if user_id == principal.user_id:
        raise Invalid(errors=(FieldError(field="user_id", message="is your own account"),))
    known = service.by_id(tx, user_id=user_id).account
    if known.role is Role.ADMIN:
        raise Invalid(errors=(FieldError(field="user_id", message="is an operator"),))
    return service.mark(tx, user_id=user_id, role=Role(body.role), status=known.status)
