"""Configuration: look at the settings and change them."""

from __future__ import annotations

from typing import Annotated

import typer

from client.config import SETTINGS
from contract.base import Model
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column

Name = Annotated[str, typer.Argument(metavar="KEY", help=f"One of {', '.join(SETTINGS)}.")]


class Line(Model, frozen=True, kw_only=True):
    """One setting as it stands."""

    key: str
    value: str
    origin: str


KEY_AND_VALUE = (
    Column[Line](title="KEY", of=lambda line: line.key, keep=True),
    Column[Line](title="VALUE", of=lambda line: line.value, keep=True),
)
ORIGIN = Column[Line](title="SET BY", of=lambda line: line.origin)


def show_all(
    ctx: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="Show who set each value.")] = False,
    json: options.Json = None,
) -> None:
    """List the settings. A flag beats the environment, which beats the file.

    Examples:
      ticketing config list
      ticketing config list --origin
    """
    run = Run.of(ctx)
    fields = run.fields(json, Line)
    found = {key: run.config.get(key) for key in SETTINGS}
    lines = [
        Line(key=key, value=setting.value, origin=setting.source) for key, setting in found.items()
    ]
    columns = (*KEY_AND_VALUE, ORIGIN) if origin else KEY_AND_VALUE
    run.out.records(lines, columns, fields, noun="settings")


def get(ctx: typer.Context, key: Name) -> None:
    """Print one setting.

    Examples:
      ticketing config get server
      curl "$(ticketing config get server)/healthz"
    """
    run = Run.of(ctx)
    run.out.line(run.config.get(key).value)


def set_one(
    ctx: typer.Context,
    key: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
) -> None:
    """Write a setting to the file. What else is in the file, comments too, stays as it is.

    Examples:
      ticketing config set server https://tickets.example.org
      ticketing config set credential_store file
    """
    run = Run.of(ctx)
    run.config.set(key, value)
    run.out.say(f"{key} is now {value} (in {run.config.path})")
