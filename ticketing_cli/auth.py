"""Auth: sign up, sign in, sign out, and show who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from client.api import Unreachable
from client.config import BadConfig
from client.credentials import TokenOwner, TokenStore
from client.environment import checked_token
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
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import CellStyle, OutputColumn

Email = Annotated[
    str | None, typer.Option("--email", metavar="ADDRESS", help="The account's address.")
]
InsecureStorage = Annotated[
    bool,
    typer.Option(
        "--insecure-storage", help="Store the token in a private file, not in the keyring."
    ),
]


class SignInStatus(Model, frozen=True, kw_only=True):
    """Who is signed in, and where the token is stored."""

    server: str
    email: str
    account_id: str
    store: str
    expires_at: datetime | None


STATUS_COLUMNS = (
    OutputColumn[SignInStatus](title="Server", of=lambda s: s.server),
    OutputColumn[SignInStatus](title="Account", of=lambda s: s.email),
    OutputColumn[SignInStatus](title="Id", of=lambda s: s.account_id),
    OutputColumn[SignInStatus](title="Token", of=lambda s: f"**** (stored in the {s.store})"),
    OutputColumn[SignInStatus](
        title="Expires", of=lambda s: s.expires_at, style=CellStyle.RELATIVE
    ),
)


def signup(
    ctx: typer.Context,
    email: Email = None,
    password_stdin: options.PasswordStdin = False,
    insecure_storage: InsecureStorage = False,
    json: options.Json = None,
) -> None:
    """Create an account and sign in. The password needs at least 8 characters.

    Examples:
      ticketing auth signup --email you@example.org
      ticketing auth signup --email you@example.org --password-stdin < password.txt
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    run.credentials.check_writable()
    address = email or run.ask("Email", flag="--email")
    secret = run.password(from_stdin=password_stdin)
    if not password_stdin and run.password("Password again", from_stdin=False) != secret:
        raise CommandError(
            ExitCode.USAGE, "the passwords do not match; no account was created", code="usage"
        )
    signed_in = run.connect(None).call(SIGN_UP, SignUp(email=address, password=secret))
    _keep(run, signed_in, insecure=insecure_storage)
    if fields:
        run.out.record(signed_in.account, (), fields)
    run.out.message(
        f"signed up as {signed_in.account.email}; `ticketing list` shows what is on sale"
    )


def login(
    ctx: typer.Context,
    email: Email = None,
    password_stdin: options.PasswordStdin = False,
    with_token: Annotated[
        bool, typer.Option("--with-token", help="Read a token from stdin.")
    ] = False,
    insecure_storage: InsecureStorage = False,
    json: options.Json = None,
) -> None:
    """Sign in. --with-token stores an existing token without a prompt.

    Examples:
      ticketing auth login --email you@example.org
      ticketing auth login --with-token < token.txt
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    run.credentials.check_writable()
    if with_token:
        given = run.password(from_stdin=True, flag="--with-token")
        token = checked_token(given, source="--with-token: stdin")
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
    run.out.message(
        f"signed in as {account.email}; `ticketing auth status` shows where the token is stored"
    )


def logout(ctx: typer.Context) -> None:
    """Sign out: end the session on the server and delete its token here.

    Examples:
      ticketing auth logout
      ticketing auth logout --server https://tickets.example.org
    """
    run = Run.of(ctx)
    server = run.connect(None).server
    store = run.credentials.store_of(server)
    if store is TokenStore.ENVIRONMENT:
        message = "TICKETING_TOKEN is set and takes precedence over stored sign-ins"
        raise CommandError(ExitCode.USAGE, message, hint="unset it to sign out")
    if store is None:
        run.out.message(f"you were not signed in at {server}")
        return
    try:
        run.api.call(LOG_OUT, Empty())
    except NotSignedIn:
        pass  # the session had ended already
    except (Unreachable, BadConfig) as error:
        run.out.warn(f"the session stays valid on the server until it expires: {error}")
    run.credentials.forget(server)
    run.out.message(f"signed out at {server}")


def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Verify with the server.")] = False,
    json: options.Json = None,
) -> None:
    """Show who is signed in, and where the token is stored. Exit code 4 if nobody is.

    Examples:
      ticketing auth status
      ticketing auth status --check --json email
    """
    run = Run.of(ctx)
    fields = run.fields(json, SignInStatus)
    server = run.connect(None).server
    store = run.credentials.store_of(server)
    stored = None if store is TokenStore.ENVIRONMENT else run.credentials.sign_in(server)
    # With --check the server decides: this machine's clock may be wrong.
    expires_at = stored.expires_at if stored and not check else None
    if store is None or (expires_at and expires_at <= run.now()):
        ended = f"the sign-in at {server} has expired" if stored else f"not signed in at {server}"
        hint = "sign in with `ticketing auth login`"
        raise CommandError(ExitCode.NOT_ALLOWED, ended, hint=hint, code="not_signed_in")
    # Without a stored sign-in only the server knows whose token it is.
    account = run.api.call(ME, Empty()) if check or stored is None else None
    shown = SignInStatus(
        server=server,
        email=account.email if account else stored.email if stored else "",
        account_id=account.id if account else stored.account_id if stored else "",
        store=store,
        expires_at=stored.expires_at if stored else None,
    )
    run.out.record(shown, STATUS_COLUMNS, fields)


def token(ctx: typer.Context) -> None:
    """Print the token and nothing else. Anybody who has it can act as you: keep it secret.

    Examples:
      ticketing auth token | ssh build-machine ticketing auth login --with-token
      TICKETING_TOKEN=$(ticketing auth token) ./nightly.sh
    """
    run = Run.of(ctx)
    found = run.api.token
    if found is None:
        hint = "sign in with `ticketing auth login`"
        message = f"not signed in at {run.api.server}"
        raise CommandError(ExitCode.NOT_ALLOWED, message, hint=hint, code="not_signed_in")
    run.out.line(found)


def password(ctx: typer.Context, password_stdin: options.PasswordStdin = False) -> None:
    """Change your password; all other sessions end. On stdin: the old one, then the new one.

    Examples:
      ticketing auth password
      ticketing auth password --password-stdin < old-and-new.txt
    """
    run = Run.of(ctx)
    current = run.password("Current password", from_stdin=password_stdin)
    new = run.password("New password", from_stdin=password_stdin)
    if not password_stdin and run.password("New password again", from_stdin=False) != new:
        raise CommandError(
            ExitCode.USAGE, "the passwords do not match; nothing was changed", code="usage"
        )
    run.api.call(CHANGE_PASSWORD, ChangePassword(current=current, new=new))
    run.out.message("your password is changed; all other sessions have ended")


def _keep(run: Run, signed_in: SignedIn, *, insecure: bool) -> None:
    _keep_token(
        run, signed_in.token, signed_in.account, expires_at=signed_in.expires_at, insecure=insecure
    )


def _keep_token(
    run: Run, token: str, account: Account, *, expires_at: datetime | None, insecure: bool
) -> None:
    """Store the token for later commands, and warn if the keyring cannot store it."""
    run.secrets.add(token)
    owner = TokenOwner(email=account.email, account_id=account.id, expires_at=expires_at)
    try:
        stored = run.credentials.store(run.connect(None).server, token, owner, in_file=insecure)
    except BadConfig as error:
        raise CommandError(
            ExitCode.FAILED, f"the server accepts you, but the sign-in was not stored: {error}",
            hint="correct that, then run `ticketing auth login`", code="not_stored",
        ) from None  # fmt: skip
    if stored.keyring_error:
        path = run.credentials.tokens_path
        run.out.warn(
            f"the keyring cannot be used ({stored.keyring_error}); "
            f"the token is in {path}, which only you can read"
        )
