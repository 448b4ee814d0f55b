"""Shows: postpone or correct one, and merge two that are the same."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from client.formatting import venue_time
from contract import validation
from contract.problems import FieldError, Invalid
from contract.shows import EDIT_SHOW, MERGE_SHOWS, EditShow, MergeShows, Show
from ticketing_cli.admin.shows import find_show
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

Word = Annotated[str | None, typer.Option(show_default=False)]


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
    json: options.Json = None,
) -> None:
    """Postpone or correct a show. Buyers and sellers see the old and the new details.

    Its tickets and orders stay valid, and sellers are paid after the new start.

    Examples:
      ticketing admin edit-show shw_2d --starts-at 2028-12-01T20:00:00+01:00
      ticketing admin edit-show tkt_9f --venue "Halle Tony Garnier"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Show)
    given: dict[str, Any] = {
        "starts_at": starts_at, "timezone": timezone, "name": name, "category": category,
        "venue": venue, "city": city, "country": country,
    }  # fmt: skip
    wanted = {option: value for option, value in given.items() if value is not None}
    if not wanted:
        hint = "e.g. --starts-at 2028-12-01T20:00:00+01:00"
        raise CommandError(ExitCode.USAGE, "there is nothing to change", hint=hint)
    try:
        known = find_show(run, show)
        request = validation.convert(wanted, EditShow)
        after = run.api.call(EDIT_SHOW, request, show_id=known.id)
    except Invalid as invalid:
        raise Invalid(errors=tuple(map(_option, invalid.errors))) from None
    message = f"changed {after.id}: {_described(after)}; before: {_described(known)}"
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
    question = f"Merge {_described(gone)} into {_described(kept)}?"
    if not yes:
        run.confirm_name(question, gone.name, confirm, flag="--confirm")
    after = run.api.call(MERGE_SHOWS, MergeShows(into=kept.id), show_id=gone.id)
    message = f"merged {gone.id} into {after.id}: {_described(after)}"
    run.out.result(after, fields=fields, message=message, next_command="ticketing shows")


def _described(show: Show) -> str:
    return f"{show.name}, {venue_time(show.starts_at)}, {show.venue}, {show.city}"


def _option(error: FieldError) -> FieldError:
    """Name the option that a field comes from."""
    name = error.field.removeprefix("show.").replace("_", "-")
    return FieldError(field=f"--{name}", message=error.message)
