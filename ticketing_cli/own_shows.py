"""Own shows: what the managers of an organiser do with its shows, sales and orders."""

from __future__ import annotations

from typing import Annotated

import typer

from contract import validation
from contract.base import PageQuery
from contract.ledger import LIST_SHOW_SALES, Sale
from contract.organisers import LIST_ORGANISERS, MemberRole
from contract.problems import FieldError, Invalid
from contract.refunds import REFUND_SOLD_ORDER, RefundedTicket
from contract.shows import (
    CANCEL_OWN_SHOW,
    CREATE_SHOW,
    EDIT_OWN_SHOW,
    VIEW_OWN_CANCELLATION,
    Show,
    ShowDetails,
)
from ticketing_cli import sales
from ticketing_cli.admin import refunds, show_changes
from ticketing_cli.admin import shows as cancelling
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.sell import PROMPTS

BY_MANAGER = cancelling.WayToCancel(
    CANCEL_OWN_SHOW, VIEW_OWN_CANCELLATION, "ticketing shows cancel",
    "operators know of them and pay in another way",
)  # fmt: skip
Word = Annotated[str, typer.Option(show_default=False)]
OwnOrganiser = Annotated[
    str,
    typer.Option("--organiser", metavar="ORGANISER", help="Your organiser, if you have several."),
]
Start = Annotated[str, typer.Option(help="The start, e.g. 2028-04-07T20:00:00+02:00.")]
Zone = Annotated[str, typer.Option(help="The time zone, e.g. America/Denver.")]


def create(
    ctx: typer.Context,
    organiser: OwnOrganiser = "",
    name: Word = "",
    category: Word = "",
    venue: Word = "",
    city: Word = "",
    country: Word = "",
    starts_at: Start = "",
    timezone: Zone = "",
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Create an official show of your organiser; only its managers issue tickets for it.

    Examples:
      ticketing shows create
      ticketing shows create --organiser org_4c --name Faust --category theatre
    """
    run = Run.of(ctx)
    fields = run.fields(json, Show)
    organiser_id = organiser or only_organiser(run)
    given = {
        "name": name, "category": category, "venue": venue, "city": city, "country": country,
        "starts_at": starts_at,
    }  # fmt: skip
    made = _create(run, organiser_id, given, timezone)
    if quiet:
        run.out.line(made.id)
        return
    message = f"created {made.id}: {show_changes.described(made)}"
    run.out.result(made, fields=fields, message=message, next_command=f"ticketing issue {made.id}")


def _create(run: Run, organiser_id: str, given: dict[str, str], timezone: str) -> Show:
    """Create a show, asking for what is missing; name the options that are wrong."""
    values = {
        field: text or run.ask(_prompt(field), flag=show_changes.flag(field))
        for field, text in given.items()
    }
    if timezone:
        values["timezone"] = timezone
    try:
        details = validation.convert(values, ShowDetails)
        return run.api.call(CREATE_SHOW, details, organiser_id=organiser_id)
    except Invalid as invalid:
        raise Invalid(errors=tuple(map(show_changes.option, invalid.errors))) from None


def edit(
    ctx: typer.Context,
    show: options.ShowId,
    starts_at: Start = "",
    timezone: Zone = "",
    name: Word = "",
    category: Word = "",
    venue: Word = "",
    city: Word = "",
    country: Word = "",
    doors_open_at: show_changes.Doors = None,
    entry_closes_at: show_changes.EntryCloses = None,
    json: options.Json = None,
) -> None:
    """Correct a show of your organiser, or decide when its gate admits people.

    Buyers see the old and the new details.

    Examples:
      ticketing shows edit shw_2d --venue "Halle Tony Garnier"
      ticketing shows edit shw_2d --doors-open-at 2028-04-07T18:30:00+02:00
    """
    given = {
        "starts_at": starts_at, "timezone": timezone, "name": name, "category": category,
        "venue": venue, "city": city, "country": country, "doors_open_at": doors_open_at,
        "entry_closes_at": entry_closes_at,
    }  # fmt: skip
    wanted = {field: text or None for field, text in given.items()}
    show_changes.change(Run.of(ctx), EDIT_OWN_SHOW, show, wanted, json)


def postpone(
    ctx: typer.Context,
    show: options.ShowId,
    to: Annotated[
        str,
        typer.Option("--to", metavar="START", help="The new start, with its offset from UTC.",
                     show_default=False),
    ],
    json: options.Json = None,
) -> None:  # fmt: skip
    """Postpone a show of your organiser. Orders and entry codes stay valid; buyers are told.

    The times of its gate move along with the start. For some time afterwards its buyers can
    return tickets that your organiser has sold, for all of the money (`ticketing orders return`).
    Postponing it again gives them more time.

    Examples:
      ticketing shows postpone shw_2d --to 2028-12-01T20:00:00+01:00
      ticketing shows postpone shw_2d --to 2028-12-01T20:00:00+01:00 --json starts_at,before
    """
    show_changes.change(Run.of(ctx), EDIT_OWN_SHOW, show, {"starts_at": to}, json)


def cancel(
    ctx: typer.Context,
    show: options.ShowId,
    confirm: options.Confirm = None,
    yes: options.Yes = False,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> ExitCode:
    """Cancel a show of your organiser and refund its buyers. Cannot be undone.

    It continues on the server if you stop this command; run it again to see the progress.

    Examples:
      ticketing shows cancel shw_2d
      ticketing shows cancel shw_2d --confirm "L'Arlésienne" --json all
    """
    run = Run.of(ctx)
    return cancelling.cancel(
        run, BY_MANAGER, show, confirm=confirm, yes=yes, no_wait=no_wait, json=json
    )


def sold(
    ctx: typer.Context,
    show: options.ShowId,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List what your organiser has sold for a show, newest first.

    Examples:
      ticketing shows sold shw_2d
      ticketing shows sold shw_2d --limit 0 --json order_id,price,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Sale)
    found = run.api.pages(LIST_SHOW_SALES, PageQuery(), limit=limit, show_id=show)
    run.out.records(found, sales.COLUMNS, fields, noun="sales")


def refund(
    ctx: typer.Context,
    order: options.OrderId,
    amount: refunds.Amount = "",
    void: Annotated[
        bool, typer.Option("--void", help="Make the ticket void, instead of taking it back.")
    ] = False,
    money_only: refunds.MoneyOnly = False,
    yes: options.Yes = False,
    idempotency_key: options.IdempotencyKey = None,
    json: options.Json = None,
) -> None:
    """Refund an order that your organiser sold, in full or in part. This cannot be undone.

    Once everything is refunded, the ticket is yours again, off sale; `ticketing issue` puts its
    place back on sale. With --void it stays void, with --money-only the buyer keeps it.

    Examples:
      ticketing shows refund ord_7k
      ticketing shows refund ord_7k --amount 10.00 --yes
    """
    if void and money_only:
        raise CommandError(ExitCode.USAGE, "--void and --money-only cannot be combined")
    ticket = RefundedTicket.VOID if void else RefundedTicket.RETURN
    wish = refunds.RefundWish(amount, RefundedTicket.KEEP if money_only else ticket)
    refunds.send(
        Run.of(ctx), REFUND_SOLD_ORDER, order, wish, yes=yes, key=idempotency_key, json=json,
        next_command=f"ticketing orders view {order}",
    )  # fmt: skip


def only_organiser(run: Run) -> str:
    """Return the organiser that somebody manages, if it is one."""
    managed = [
        each
        for each in run.api.pages(LIST_ORGANISERS, PageQuery(), limit=0)
        if each.role is MemberRole.MANAGER
    ]
    if len(managed) == 1:
        return managed[0].id
    if managed:
        listed = ", ".join(f"{each.id} ({each.name})" for each in managed)
        raise Invalid(errors=(FieldError(field="--organiser", message=f"is one of {listed}"),))
    raise CommandError(
        ExitCode.FAILED, "you manage no organiser",
        hint="`ticketing organisers create NAME` applies to be one",
    )  # fmt: skip


def _prompt(field: str) -> str:
    return PROMPTS["show" if field == "name" else field]
