"""The endpoints of auth. Hashing a password is slow on purpose: it runs between transactions."""

from __future__ import annotations

from contract.auth import (
    Account,
    BadCredentials,
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
from contract.text_keys import email_key
from server import paging
from server.auth import passwords, service, throttle, tokens
from server.principal import Principal
from server.routing import AppContext
from server.tx import Tx

#: Sorts after every account id.
LAST_ID = "usr_~"


async def sign_up(context: AppContext, principal: Principal, body: SignUp) -> SignedIn:
    """Open an account. Raises EmailTaken, Invalid when the password is the address."""
    if body.password.casefold() == email_key(body.email):
        message = "must not be the email address"
        raise Invalid(errors=(FieldError(field="password", message=message),))
    hashed = await context.hashing.run_blocking(passwords.hash_password, body.password)
    token = tokens.new(context.bus.rng)
    return await context.bus.write(
        lambda tx: service.sign_up(
            tx, email=body.email, password_hash=hashed, client=principal.client, token=token
        )
    )


async def log_in(context: AppContext, principal: Principal, body: LogIn) -> SignedIn:
    """Sign in. Raises the same BadCredentials for a wrong address and for a wrong password.

    A password that was changed while it was being verified is a wrong one.
    """
    record = await _authenticate(context, principal, email=body.email, password=body.password)
    user_id, new_hash = record.account.id, None
    if passwords.needs_rehash(record.password_hash):
        new_hash = await context.hashing.run_blocking(passwords.hash_password, body.password)
    token = tokens.new(context.bus.rng)

    def begin(tx: Tx) -> SignedIn:
        tx.actor = user_id
        current = service.view(tx, user_id=user_id)
        if current.password_hash != record.password_hash:
            raise BadCredentials("The password was changed a moment ago. Sign in again.")
        throttle.reset(tx, email=email_key(record.account.email))
        if new_hash is not None:
            service.rehash(tx, user_id=user_id, password_hash=new_hash)
        return service.open_session(
            tx, account=current.account, client=principal.client, token=token
        )

    return await context.bus.write(begin)


async def change_password(context: AppContext, principal: Principal, body: ChangePassword) -> Done:
    """Replace the password. Raises BadCredentials when the current one is wrong."""
    record = await context.bus.read(lambda tx: service.view(tx, user_id=principal.user_id))
    await _authenticate(context, principal, email=record.account.email, password=body.current)
    hashed = await context.hashing.run_blocking(passwords.hash_password, body.new)
    await context.bus.write(
        lambda tx: service.change_password(
            tx, user_id=principal.user_id, session_id=principal.session_id, password_hash=hashed
        ),
        actor=principal.user_id,
    )
    return Done()


async def _authenticate(
    context: AppContext, principal: Principal, *, email: str, password: str
) -> service.AccountRecord:
    """Return the account with this address and password; count a failure otherwise.

    Raises BadCredentials, TooManyAttempts.
    """
    address = email_key(email)

    def find(tx: Tx) -> service.AccountRecord | None:
        throttle.check(tx, email=address, source=principal.source)
        return service.find_by_email(tx, email=address)

    record = await context.bus.read(find)
    stored = passwords.DUMMY_HASH if record is None else record.password_hash
    correct = await context.hashing.run_blocking(passwords.verify, stored, password)
    if record is None or not correct:
        await context.bus.write(
            lambda tx: throttle.record_failure(tx, email=address, source=principal.source)
        )
        raise BadCredentials
    # When many guesses are sent at once, a correct one must not stand out after the limit.
    await context.bus.read(lambda tx: throttle.check(tx, email=address, source=principal.source))
    return record


def log_out(tx: Tx, principal: Principal, body: Empty) -> Done:
    """End the session that makes the request."""
    service.end_session(tx, user_id=principal.user_id, session_id=principal.session_id)
    return Done()


def me(tx: Tx, principal: Principal, query: Empty) -> Account:
    """Show the signed-in account."""
    return service.view(tx, user_id=principal.user_id).account


def list_sessions(tx: Tx, principal: Principal, query: PageQuery) -> Page[Session]:
    """List the principal's sessions, newest first."""
    sessions = service.list_sessions(tx, principal=principal)
    return Page(items=sessions[: query.limit], total=len(sessions))


def end_session(tx: Tx, principal: Principal, body: Empty, *, session_id: str) -> Done:
    """End one of the principal's sessions."""
    service.end_session(tx, user_id=principal.user_id, session_id=session_id)
    return Done()


def list_users(tx: Tx, principal: Principal, query: UsersQuery) -> Page[Account]:
    """List accounts, newest first."""
    accounts, following = paging.page(
        lambda limit: service.list_accounts(
            tx, email_part=query.q, role=query.role or "", status=query.status or "",
            before_id=query.cursor or LAST_ID, limit=limit,
        ),
        query.limit,
        lambda account: account.id,
    )  # fmt: skip
    return Page(items=accounts, next=following)


def set_role(tx: Tx, principal: Principal, body: SetRole, *, user_id: str) -> Account:
    """Grant or revoke gate access. Operators are neither made nor unmade here."""
    if user_id == principal.user_id:
        raise Invalid(errors=(FieldError(field="user_id", message="is your own account"),))
    account = service.view(tx, user_id=user_id).account
    if account.role is Role.ADMIN:
        raise Invalid(errors=(FieldError(field="user_id", message="is an operator"),))
    return service.set_role_and_status(
        tx, user_id=user_id, role=Role(body.role), status=account.status
    )
