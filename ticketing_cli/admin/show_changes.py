"""Shows: postpone or correct one, and merge two that are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from client.formatting import local_time, venue_time
from contract import validation
from contract.endpoint import Endpoint
from contract.problems import FieldError, Invalid
from contract.shows import EDIT_SHOW, MERGE_SHOWS, EditShow, MergeShows, Show
from ticketing_cli.admin.shows import find_show
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

Word = Annotated[str | None, typer.Option(show_default=False)]
Doors = Annotated[
    str | None,
    typer.Option(help="When the gate begins to admit people, or `default`.", show_default=False),
]
EntryCloses = Annotated[
    str | None,
    typer.Option(help="When the gate stops to admit people, or `default`.", show_default=False),
]
#: Stands for what the server's settings say.
DEFAULT = "default"
WINDOW = ("doors_open_at", "entry_closes_at")


def edit_show(
    ctx: typer.Context,
    show: options.ShowId,
    starts_at: Annotated[
        str | None, typer.Option(help="The new start, e.g. 2028-12-01T20:00:00+01:00.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="The time zone, e.g. Europe/Paris.")] = None,
    name: Word = None,
    category: Word = None,
    venue: Word = None,
    city: Word = None,
    country: Word = None,
    doors_open_at: Doors = None,
    entry_closes_at: EntryCloses = None,
    json: options.Json = None,
) -> None:
    """Postpone or correct a show. Buyers and sellers see the old and the new details.

    Its tickets and orders stay valid, and sellers are paid after the new start. The times of its
    gate move along.

    Examples:
      ticketing admin edit-show shw_2d --starts-at 2028-12-01T20:00:00+01:00
      ticketing admin edit-show tkt_9f --venue "Halle Tony Garnier"
    """
    given = {
        "starts_at": starts_at, "timezone": timezone, "name": name, "category": category,
        "venue": venue, "city": city, "country": country, "doors_open_at": doors_open_at,
        "entry_closes_at": entry_closes_at,
    }  # fmt: skip
    change(Run.of(ctx), EDIT_SHOW, show, given, json)


def change(
    run: Run,
    endpoint: Endpoint[EditShow, Show],
    show: str,
    given: Mapping[str, str | None],
    json: str | None,
) -> None:
    """Change the details of a show that were given, through one of the two endpoints for it."""
    fields = run.fields(json, Show)
    wanted = {
        option: None if option in WINDOW and value == DEFAULT else value
        for option, value in given.items()
        if value is not None
    }
    if not wanted:
        hint = "e.g. --starts-at 2028-12-01T20:00:00+01:00"
        raise CommandError(ExitCode.USAGE, "there is nothing to change", hint=hint)
    try:
        known = find_show(run, show)
        request = validation.convert(wanted, EditShow)
        after = run.api.call(endpoint, request, show_id=known.id)
    except Invalid as invalid:
        raise Invalid(errors=tuple(map(option, invalid.errors))) from None
    message = f"changed {after.id}: {described(after)}; before: {described(known)}"
    if after.refund_until is not None and after.refund_until != known.refund_until:
        message += f". Buyers can return tickets until {local_time(after.refund_until)}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing shows")


def merge_shows(
    ctx: typer.Context,
    show: Annotated[str, typer.Argument(metavar="SHOW", help="The show that goes.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The show that stays.")],
    confirm: options.Confirm = None,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Merge a show into another one: its tickets, orders, sales and admissions. Cannot be undone.

    Use it for one show that was listed in two spellings. Of two tickets for one seat, one that is
    not sold is taken off sale. Admission lists must be downloaded again.

    Examples:
      ticketing admin merge-shows shw_2d shw_1a
      ticketing admin merge-shows shw_2d shw_1a --confirm "L'Arlésienne"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Show)
    gone, kept = find_show(run, show), find_show(run, into)
    question = f"Merge {described(gone)} into {described(kept)}?"
    if not yes:
        run.confirm_name(question, gone.name, confirm, flag="--confirm")
    after = run.api.call(MERGE_SHOWS, MergeShows(into=kept.id), show_id=gone.id)
    message = f"merged {gone.id} into {after.id}: {described(after)}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing shows")


def described(show: Show) -> str:
    """Return a show in a few words, with the times of its gate if they were decided for it."""
    words = [f"{show.name}, {venue_time(show.starts_at)}, {show.venue}, {show.city}"]
    if show.doors_open_at is not None:
        words.append(f"doors open {venue_time(show.doors_open_at)}")
    if show.entry_closes_at is not None:
        words.append(f"entry closes {venue_time(show.entry_closes_at)}")
    return ", ".join(words)


def option(error: FieldError) -> FieldError:
    """Name the option that a field comes from."""
    return FieldError(field=flag(error.field.removeprefix("show.")), message=error.message)


def flag(field: str) -> str:
    """Return the option for a field of a show."""
    return f"--{field.replace('_', '-')}"
