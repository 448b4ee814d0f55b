"""Auth: sign up, sign in, sign out, and see who one is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from client.api import Unreachable
from client.config import BadConfig
from client.credentials import TokenOwner, TokenStore
from contract.auth import (
    CHANGE_PASSWORD,
    LOG_IN,
    LOG_OUT,
    ME,
    SIGN_UP,
    Account,
    ChangePassword,
    LogIn,
    SignedIn,
    SignUp,
)
from contract.base import Empty, Model
from contract.problems import NotSignedIn
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import As, Column

Email = Annotated[
    str | None, typer.Option("--email", metavar="ADDRESS", help="The account's address.")
]
InsecureStorage = Annotated[
    bool,
    typer.Option("--insecure-storage", help="Keep the token in a private file, not the keyring."),
]


class Status(Model, frozen=True, kw_only=True):
    """Who is signed in, and where that is kept."""

    server: str
    email: str
    account_id: str
    store: str
    expires_at: datetime | None


STATUS_COLUMNS = (
    Column[Status](title="Server", of=lambda s: s.server),
    Column[Status](title="Account", of=lambda s: s.email),
    Column[Status](title="Id", of=lambda s: s.account_id),
    Column[Status](title="Token", of=lambda s: f"**** (kept in the {s.store})"),
    Column[Status](title="Expires", of=lambda s: s.expires_at, how=As.LEFT),
)


def signup(
    ctx: typer.Context,
    email: Email = None,
    password_stdin: options.PasswordStdin = False,
    insecure_storage: InsecureStorage = False,
    json: options.Json = None,
) -> None:
    """Open an account and sign in to it. The password needs at least 8 characters.

    Examples:
      ticketing auth signup --email you@example.org
      ticketing auth signup --email you@example.org --password-stdin < password.txt
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    address = email or run.ask("Email", flag="--email")
    secret = run.password(from_stdin=password_stdin)
    if not password_stdin and run.password("Password again", from_stdin=False) != secret:
        raise Stop(Exit.USAGE, "the two passwords differ; no account was opened", code="usage")
    signed_in = run.connect(None).call(SIGN_UP, SignUp(email=address, password=secret))
    _keep(run, signed_in, insecure=insecure_storage)
    if fields:
        run.out.record(signed_in.account, (), fields)
    run.out.say(f"signed up as {signed_in.account.email}; `ticketing list` shows what is on sale")


def login(
    ctx: typer.Context,
    email: Email = None,
    password_stdin: options.PasswordStdin = False,
    with_token: Annotated[
        bool, typer.Option("--with-token", help="Read a token from stdin instead.")
    ] = False,
    insecure_storage: InsecureStorage = False,
    json: options.Json = None,
) -> None:
    """Sign in. With --with-token, keep a token made elsewhere; nothing is asked then.

    Examples:
      ticketing auth login --email you@example.org
      ticketing auth login --with-token < token.txt
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    if with_token:
        token = run.password(from_stdin=True, flag="--with-token").strip()
        account = run.connect(token).call(ME, Empty())
        _keep_token(run, token, account, expires_at=None, insecure=insecure_storage)
    else:
        address = email or run.ask("Email", flag="--email")
        secret = run.password(from_stdin=password_stdin)
        signed_in = run.connect(None).call(LOG_IN, LogIn(email=address, password=secret))
        account = signed_in.account
        _keep(run, signed_in, insecure=insecure_storage)
    if fields:
        run.out.record(account, (), fields)
    run.out.say(f"signed in as {account.email}; `ticketing auth status` shows where it is kept")


def logout(ctx: typer.Context) -> None:
    """Sign out: end the session on the server and forget its token here.

    Examples:
      ticketing auth logout
      ticketing auth logout --server https://tickets.example.org
    """
    run = Run.of(ctx)
    server = run.connect(None).server
    store = run.credentials.store_of(server)
    if store is TokenStore.ENVIRONMENT:
        hint = "unset it to sign out"
        raise Stop(Exit.USAGE, "TICKETING_TOKEN is set, and beats what is kept", hint=hint)
    if store is None:
        run.out.say(f"nobody was signed in at {server}")
        return
    try:
        run.api.call(LOG_OUT, Empty())
    except NotSignedIn:
        pass  # it had ended already
    except (Unreachable, BadConfig) as error:
        run.out.warn(f"the session goes on at the server until it expires: {error}")
    run.credentials.forget(server)
    run.out.say(f"signed out at {server}")


def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Ask the server as well.")] = False,
    json: options.Json = None,
) -> None:
    """Show who is signed in, and where that is kept. Nobody: exit code 4.

    Examples:
      ticketing auth status
      ticketing auth status --check --json email
    """
    run = Run.of(ctx)
    fields = run.fields(json, Status)
    server = run.connect(None).server
    store = run.credentials.store_of(server)
    kept = None if store is TokenStore.ENVIRONMENT else run.credentials.sign_in(server)
    if store is None or (kept and kept.expires_at and kept.expires_at <= run.clock.now()):
        ended = f"the sign-in at {server} has expired" if kept else f"not signed in at {server}"
        hint = "sign in with `ticketing auth login`"
        raise Stop(Exit.NOT_ALLOWED, ended, hint=hint, code="not_signed_in")
    # Without a kept sign-in only the server knows whose token it is.
    account = run.api.call(ME, Empty()) if check or kept is None else None
    shown = Status(
        server=server,
        email=account.email if account else kept.email if kept else "",
        account_id=account.id if account else kept.account_id if kept else "",
        store=store,
        expires_at=kept.expires_at if kept else None,
    )
    run.out.record(shown, STATUS_COLUMNS, fields)


def token(ctx: typer.Context) -> None:
    """Print the token, and nothing else. Whoever has it acts as you: mind where it goes.

    Examples:
      ticketing auth token | ssh build-machine ticketing auth login --with-token
      TICKETING_TOKEN=$(ticketing auth token) ./nightly.sh
    """
    run = Run.of(ctx)
    found = run.api.token
    if found is None:
        hint = "sign in with `ticketing auth login`"
        message = f"not signed in at {run.api.server}"
        raise Stop(Exit.NOT_ALLOWED, message, hint=hint, code="not_signed_in")
    run.out.line(found)


def password(ctx: typer.Context, password_stdin: options.PasswordStdin = False) -> None:
    """Change your password; every other session ends. From stdin: the old one, then the new one.

    Examples:
      ticketing auth password
      ticketing auth password --password-stdin < old-and-new.txt
    """
    run = Run.of(ctx)
    current = run.password("Current password", from_stdin=password_stdin)
    new = run.password("New password", from_stdin=password_stdin)
    if not password_stdin and run.password("New password again", from_stdin=False) != new:
        raise Stop(Exit.USAGE, "the two passwords differ; nothing was changed", code="usage")
    run.api.call(CHANGE_PASSWORD, ChangePassword(current=current, new=new))
    run.out.say("the password is changed; every other session has ended")


def _keep(run: Run, signed_in: SignedIn, *, insecure: bool) -> None:
    _keep_token(
        run, signed_in.token, signed_in.account, expires_at=signed_in.expires_at, insecure=insecure
    )


def _keep_token(
    run: Run, token: str, account: Account, *, expires_at: datetime | None, insecure: bool
) -> None:
    """Keep the token for the next command, and say so when that is not in the keyring."""
    run.secrets.add(token)
    who = TokenOwner(email=account.email, account_id=account.id, expires_at=expires_at)
    kept = run.credentials.store(run.connect(None).server, token, who, in_file=insecure)
    if kept.keyring_error:
        path = run.credentials.tokens_path
        run.out.warn(f"no keyring can be used ({kept.keyring_error}); only you can read {path}")
