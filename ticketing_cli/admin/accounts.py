"""Accounts: list accounts, change their role, ban one."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.auth import (
    BAN_USER,
    LIST_USERS,
    SET_ROLE,
    Account,
    AccountStatus,
    Ban,
    GrantedRole,
    Role,
    SetRole,
    UsersQuery,
)
from contract.text_keys import email_key
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import OutputColumn

COLUMNS = (
    OutputColumn[Account](title="ID", of=lambda a: a.id, keep=True),
    OutputColumn[Account](title="EMAIL", of=lambda a: a.email),
    OutputColumn[Account](title="ROLE", of=lambda a: a.role),
    OutputColumn[Account](title="STATUS", of=lambda a: a.status),
    OutputColumn[Account](title="SINCE", of=lambda a: a.created_at),
)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The account's address.")]


def users(
    ctx: typer.Context,
    query: options.Query = "",
    role: Annotated[Role | None, typer.Option(help="Only accounts with this role.")] = None,
    status: Annotated[
        AccountStatus | None, typer.Option(help="Only accounts with this status.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List accounts, newest first; QUERY is part of the address.

    Examples:
      ticketing admin users
      ticketing admin users example.org --status banned --json id,email
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    found = run.api.pages(LIST_USERS, UsersQuery(q=query, role=role, status=status), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="accounts")


def ban(
    ctx: typer.Context,
    user: Email,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the ban.")] = False,
    confirm: options.Confirm = None,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Ban an account, or lift the ban.

    A ban ends the account's sessions, takes its listings off sale, cancels unpaid orders for them
    and freezes its payouts. Lifting it puts back on sale what the ban withdrew, if it can still be
    sold, and releases the payouts.

    Examples:
      ticketing admin ban mallory@example.org
      ticketing admin ban mallory@example.org --lift
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    account = named(run, user)
    if not (lift or yes):
        run.confirm_name(f"Ban {account.email}?", account.email, confirm, flag="--confirm")
    after = run.api.call(BAN_USER, Ban(banned=not lift), user_id=account.id)
    message = f"{after.email} is {after.status.value} ({after.id})"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin users")


def role(
    ctx: typer.Context,
    user: Email,
    to: Annotated[GrantedRole, typer.Argument(metavar="ROLE", help="member or gate.")],
    json: options.Json = None,
) -> None:
    """Grant or revoke gate access: ROLE is `gate` or `member`.

    The admin role is granted and revoked on the server itself, by `ticketing-server grant-admin`.

    Examples:
      ticketing admin role gus@example.org gate
      ticketing admin role gus@example.org member
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    account = named(run, user)
    after = run.api.call(SET_ROLE, SetRole(role=to), user_id=account.id)
    message = f"{after.email} is {after.role.value} ({after.id})"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin users")


def named(run: Run, email: str) -> Account:
    """Return the account with this address; raise CommandError with exit code 5 if none has it."""
    wanted = email_key(email)
    for account in run.api.pages(LIST_USERS, UsersQuery(q=wanted), limit=0):
        if email_key(account.email) == wanted:
            return account
    hint = "`ticketing admin users` lists the accounts"
    raise CommandError(
        ExitCode.NOT_FOUND, f"there is no account {email!a}", hint=hint, code="not_found"
    )
