"""Configuration: show and change settings."""

from __future__ import annotations

from typing import Annotated

import typer

from client.config import SETTINGS
from contract.base import Model
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn

Name = Annotated[str, typer.Argument(metavar="KEY", help=f"One of {', '.join(SETTINGS)}.")]


class SettingRow(Model, frozen=True, kw_only=True):
    """One setting with its current value and origin."""

    key: str
    value: str
    origin: str


KEY_AND_VALUE = (
    OutputColumn[SettingRow](title="KEY", of=lambda row: row.key, keep=True),
    OutputColumn[SettingRow](title="VALUE", of=lambda row: row.value, keep=True),
)
ORIGIN = OutputColumn[SettingRow](title="SET BY", of=lambda row: row.origin)


def show_all(
    ctx: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="Show where each value is set.")] = False,
    json: options.Json = None,
) -> None:
    """List the settings. A flag takes precedence over the environment, which does over the file.

    Examples:
      ticketing config list
      ticketing config list --origin
    """
    run = Run.of(ctx)
    fields = run.fields(json, SettingRow)
    found = {key: run.config.get(key) for key in SETTINGS}
    rows = [
        SettingRow(key=key, value=setting.value, origin=setting.source)
        for key, setting in found.items()
    ]
    columns = (*KEY_AND_VALUE, ORIGIN) if origin else KEY_AND_VALUE
    run.out.records(rows, columns, fields, noun="settings")


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
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")],
) -> None:
    """Write a setting to the file. The rest of the file, including comments, is unchanged.

    Examples:
      ticketing config set server https://tickets.example.org
      ticketing config set credential_store file
    """
    run = Run.of(ctx)
    stored = run.config.set(key, value)
    run.out.message(f"{key} is now {stored} (in {run.config.path})")
