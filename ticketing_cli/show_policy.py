"""Show policy: the rules for the tickets of an organiser's show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from client import policy_text
from contract import timezones, validation
from contract.policies import SetPolicy, ShowPolicy
from contract.problems import FieldError, Invalid
from contract.shows import SET_POLICY, Show
from ticketing_cli.admin.show_changes import flag
from ticketing_cli.admin.shows import find_show
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn

#: Takes a limit away.
NONE = "none"
#: The options whose names are not those of the fields.
FLAGS = {"tickets_per_buyer": "--per-buyer"}
TIMES = ("resale_from", "resale_until", "refund_until")
NUMBERS = ("resale_cap", "tickets_per_buyer")


def _policy(show: Show) -> ShowPolicy:
    return show.policy or ShowPolicy()


FOR_PEOPLE = (
    OutputColumn[Show](title="Show", of=lambda s: s.name),
    OutputColumn[Show](title="Resale", of=lambda s: policy_text.resale(_policy(s))),
    OutputColumn[Show](title="Resale price", of=lambda s: policy_text.resale_price(_policy(s))),
    OutputColumn[Show](title="Per buyer", of=lambda s: policy_text.per_buyer(_policy(s))),
    OutputColumn[Show](title="Transfers", of=lambda s: policy_text.transfers(_policy(s))),
    OutputColumn[Show](title="Returns", of=lambda s: policy_text.refunds(_policy(s))),
)
FOR_PROGRAMS = (
    OutputColumn[Show](title="Show", of=lambda s: s.id),
    OutputColumn[Show](title="Resale", of=lambda s: _policy(s).resale),
    OutputColumn[Show](title="Resale from", of=lambda s: _policy(s).resale_from),
    OutputColumn[Show](title="Resale until", of=lambda s: _policy(s).resale_until),
    OutputColumn[Show](title="Resale cap", of=lambda s: _policy(s).resale_cap),
    OutputColumn[Show](title="Per buyer", of=lambda s: _policy(s).tickets_per_buyer),
    OutputColumn[Show](title="Transfers", of=lambda s: _policy(s).transfers),
    OutputColumn[Show](title="Refund until", of=lambda s: _policy(s).refund_until),
)
Time = Annotated[
    str,
    typer.Option(
        metavar="TIME", show_default=False,
        help="A time where the show is, e.g. 2028-04-07T12:00, or none.",
    ),
]  # fmt: skip


Resale = Annotated[
    bool | None, typer.Option("--resale/--no-resale", help="Whether owners may sell a ticket on.")
]
Cap = Annotated[
    str,
    typer.Option(
        metavar="PERCENT", show_default=False,
        help="The highest resale price in percent of the face value, e.g. 100, or none.",
    ),
]  # fmt: skip
PerBuyer = Annotated[
    str,
    typer.Option(
        "--per-buyer", metavar="N", show_default=False,
        help="How many tickets of the show one account may have, or none for no limit.",
    ),
]  # fmt: skip
Transfers = Annotated[
    bool | None,
    typer.Option("--transfers/--no-transfers", help="Whether owners may give a ticket away."),
]


def policy(
    ctx: typer.Context,
    show: options.ShowId,
    resale: Resale = None,
    resale_from: Time = "",
    resale_until: Time = "",
    resale_cap: Cap = "",
    tickets_per_buyer: PerBuyer = "",
    transfers: Transfers = None,
    refund_until: Time = "",
    json: options.Json = None,
) -> None:
    """Show the rules for a show's tickets, or set them for a show of your organiser.

    Rules that are not named stay as they are. Times without an offset are those where the show is.

    Examples:
      ticketing shows policy shw_2d
      ticketing shows policy shw_2d --resale-cap 100 --resale-until 2028-04-07T12:00 --per-buyer 4
    """
    run = Run.of(ctx)
    fields = run.fields(json, Show)
    given = {
        "resale": resale, "resale_from": resale_from, "resale_until": resale_until,
        "resale_cap": resale_cap, "tickets_per_buyer": tickets_per_buyer, "transfers": transfers,
        "refund_until": refund_until,
    }  # fmt: skip
    wanted = {field: value for field, value in given.items() if value not in (None, "")}
    known = find_show(run, show)
    shown = _set(run, known, wanted) if wanted else known
    run.out.record(shown, FOR_PEOPLE if run.out.human else FOR_PROGRAMS, fields)


def _set(run: Run, show: Show, wanted: dict[str, Any]) -> Show:
    """Set some rules; name the options that are wrong."""
    try:
        values = {field: _value(field, value, show) for field, value in wanted.items()}
        body = validation.convert(values, SetPolicy)
        return run.api.call(SET_POLICY, body, show_id=show.id)
    except Invalid as invalid:
        raise Invalid(errors=tuple(map(_option, invalid.errors))) from None


def _option(error: FieldError) -> FieldError:
    """Name the option that a field comes from."""
    name = FLAGS.get(error.field) or flag(error.field)
    return FieldError(field=name, message=error.message)


def _value(field: str, given: str | bool, show: Show) -> Any:  # noqa: ANN401  by field
    """Return the value of a field from its option. Raises Invalid."""
    if given == NONE:
        return None
    if field in TIMES:
        return _time(field, str(given), show)
    if field in NUMBERS:
        digits = str(given).removesuffix("%")
        return int(digits) if digits.isdecimal() and digits.isascii() else given
    return given


def _time(field: str, text: str, show: Show) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(field, "must be a time such as 2028-04-07T12:00, or none") from None
    if len(text) <= len("2028-04-07"):
        raise _bad(field, f"has no time of the day: write {text}T12:00, for example")
    if at.tzinfo is not None:
        return at
    if show.timezone is None:
        raise _bad(field, f"has no offset: write {text}+02:00, for example")
    moments = timezones.moments(at, show.timezone)
    if not moments:
        raise _bad(field, f"is a time that clocks in {show.timezone} skip that day")
    if len(moments) > 1:
        ways = " or ".join(moment.isoformat() for moment in moments)
        raise _bad(field, f"is a time that clocks show twice that day: {ways}")
    return moments[0]


def _bad(field: str, message: str) -> Invalid:
    return Invalid(errors=(FieldError(field=field, message=message),))
