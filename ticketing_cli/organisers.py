"""Organisers: apply to be one, list and view yours, and say who acts for it."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.base import PageQuery
from contract.organisers import (
    ADD_MEMBER,
    CREATE_ORGANISER,
    LIST_ORGANISERS,
    REMOVE_MEMBER,
    VIEW_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
    Organiser,
    OrganiserDetails,
)
from contract.text_keys import email_key
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import OutputColumn


def _members(organiser: OrganiserDetails) -> str:
    return ", ".join(f"{each.email} ({each.role})" for each in organiser.members)


COLUMNS = (
    OutputColumn[Organiser](title="ORGANISER", of=lambda o: o.id, keep=True),
    OutputColumn[Organiser](title="NAME", of=lambda o: o.name),
    OutputColumn[Organiser](title="STATUS", of=lambda o: o.status, keep=True),
    OutputColumn[Organiser](title="YOUR ROLE", of=lambda o: o.role, keep=True),
    OutputColumn[Organiser](title="SINCE", of=lambda o: o.created_at, optional=True),
)
DETAILS = (
    OutputColumn[OrganiserDetails](title="Organiser", of=lambda o: o.id),
    OutputColumn[OrganiserDetails](title="Name", of=lambda o: o.name),
    OutputColumn[OrganiserDetails](title="Status", of=lambda o: o.status),
    OutputColumn[OrganiserDetails](title="Suspended because", of=lambda o: o.suspend_reason),
    OutputColumn[OrganiserDetails](title="Your role", of=lambda o: o.role),
    OutputColumn[OrganiserDetails](title="Members", of=_members),
    OutputColumn[OrganiserDetails](title="Since", of=lambda o: o.created_at),
)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The account's address.")]
Role = Annotated[
    MemberRole,
    typer.Option(help="manager: everything; gate: only scan at its gates.", show_default=False),
]


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The organiser's name.")],
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Apply to be an organiser, who creates official shows and issues their tickets.

    An operator approves it. You are its owner: its tickets are sold by your account, and the money
    is paid out to you.

    Examples:
      ticketing organisers create "Halle Tony Garnier"
      ticketing organisers create "Estadio Akron" --quiet
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    made = run.api.call(
        CREATE_ORGANISER, CreateOrganiser(name=name), idempotency_key=idempotency_key
    )
    if quiet:
        run.out.line(made.id)
        return
    message = f"{made.id} ({made.name}) is {made.status}; an operator approves it"
    next_command = f"ticketing organisers view {made.id}"
    run.out.result(made, fields=fields, message=message, next_command=next_command)


def organisers(ctx: typer.Context, limit: options.Limit = 50, json: options.Json = None) -> None:
    """List the organisers that you act for, newest first.

    Examples:
      ticketing organisers
      ticketing organisers list --json id,name,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Organiser)
    found = run.api.pages(LIST_ORGANISERS, PageQuery(), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="organisers")


def view(ctx: typer.Context, organiser: options.OrganiserId, json: options.Json = None) -> None:
    """Show an organiser that you act for, with its members.

    Examples:
      ticketing organisers view org_4c
      ticketing organisers view org_4c --json status,members
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    run.out.record(run.api.call(VIEW_ORGANISER, organiser_id=organiser), DETAILS, fields)


def add_member(
    ctx: typer.Context,
    organiser: options.OrganiserId,
    email: Email,
    role: Role,
    json: options.Json = None,
) -> None:
    """Let an account act for your organiser, or give a member another role.

    Examples:
      ticketing organisers add-member org_4c gus@example.org --role gate
      ticketing organisers add-member org_4c mia@example.org --role manager
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    body = AddMember(email=email, role=role)
    after = run.api.call(ADD_MEMBER, body, organiser_id=organiser)
    message = f"{email} is {role.value} of {after.name} ({after.id})"
    next_command = f"ticketing organisers view {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def remove_member(
    ctx: typer.Context,
    organiser: options.OrganiserId,
    email: Email,
    json: options.Json = None,
) -> None:
    """Stop an account from acting for your organiser.

    Examples:
      ticketing organisers remove-member org_4c gus@example.org
      ticketing organisers remove-member org_4c mia@example.org --json members
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    user_id = _member(run, organiser, email)
    after = run.api.call(REMOVE_MEMBER, organiser_id=organiser, user_id=user_id)
    message = f"{email} no longer acts for {after.name} ({after.id})"
    next_command = f"ticketing organisers view {after.id}"
    run.out.result(after, fields=fields, message=message, next_command=next_command)


def _member(run: Run, organiser: str, email: str) -> str:
    """Return the id of the member with this address."""
    known = run.api.call(VIEW_ORGANISER, organiser_id=organiser)
    for member in known.members:
        if email_key(member.email) == email_key(email):
            return member.user_id
    hint = f"`ticketing organisers view {organiser}` lists the members"
    raise CommandError(
        ExitCode.NOT_FOUND,
        f"{email!a} is not a member of {known.name}",
        hint=hint,
        code="not_found",
    )
