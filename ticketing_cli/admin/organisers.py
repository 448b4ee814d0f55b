"""Organisers: list, approve and suspend them."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.organisers import (
    ADMIN_LIST_ORGANISERS,
    APPROVE_ORGANISER,
    SUSPEND_ORGANISER,
    VIEW_ORGANISER,
    Organiser,
    OrganiserDetails,
    OrganisersQuery,
    OrganiserStatus,
    SuspendOrganiser,
)
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import Fields

COLUMNS = (
    OutputColumn[Organiser](title="ORGANISER", of=lambda o: o.id, keep=True),
    OutputColumn[Organiser](title="NAME", of=lambda o: o.name),
    OutputColumn[Organiser](title="STATUS", of=lambda o: o.status, keep=True),
    OutputColumn[Organiser](title="OWNER", of=lambda o: o.owner_id, optional=True),
    OutputColumn[Organiser](title="SINCE", of=lambda o: o.created_at, optional=True),
)
Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why; its members read it.", show_default=False)
]


def organisers(
    ctx: typer.Context,
    status: Annotated[
        OrganiserStatus | None, typer.Option(help="Only organisers with this status.")
    ] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List organisers, newest first.

    Examples:
      ticketing admin organisers --status pending
      ticketing admin organisers list --json id,name,owner_id
    """
    run = Run.of(ctx)
    fields = run.fields(json, Organiser)
    found = run.api.pages(ADMIN_LIST_ORGANISERS, OrganisersQuery(status=status), limit=limit)
    run.out.records(found, COLUMNS, fields, noun="organisers")


def approve(
    ctx: typer.Context,
    organiser: options.OrganiserId,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Approve an organiser, also after a suspension. Its shows are marked official.

    Make sure first that the organisation is who it says: buyers will trust its shows.

    Examples:
      ticketing admin organisers approve org_4c
      ticketing admin organisers approve org_4c --yes --json status
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    if not yes:
        known = run.api.call(VIEW_ORGANISER, organiser_id=organiser)
        run.confirm(f"Approve {known.name}, managed by {known.members[0].email}?")
    after = run.api.call(APPROVE_ORGANISER, organiser_id=organiser)
    _report(run, after, fields)


def suspend(
    ctx: typer.Context,
    organiser: options.OrganiserId,
    reason: Reason,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Suspend an organiser: its members can neither change its shows nor issue or refund tickets.

    Tickets on sale stay on sale; `ticketing admin cancel-show` ends a show, and `ticketing admin
    ban` takes everything off sale that the owner sells.

    Examples:
      ticketing admin organisers suspend org_4c --reason "The venue knows nothing of the show."
      ticketing admin organisers suspend org_4c --reason "Owner cannot be reached." --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, OrganiserDetails)
    if not yes:
        known = run.api.call(VIEW_ORGANISER, organiser_id=organiser)
        run.confirm(f"Suspend {known.name}?")
    body = SuspendOrganiser(reason=reason)
    _report(run, run.api.call(SUSPEND_ORGANISER, body, organiser_id=organiser), fields)


def _report(run: Run, after: OrganiserDetails, fields: Fields | None) -> None:
    message = f"{after.name} is {after.status} ({after.id})"
    next_command = "ticketing admin organisers"
    run.out.result(after, fields=fields, message=message, next_command=next_command)
