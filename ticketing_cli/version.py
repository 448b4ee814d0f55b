"""Version: which program this is."""

from __future__ import annotations

import platform

import typer

from contract.base import Model
from ticketing_cli import __version__
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column


class Version(Model, frozen=True, kw_only=True):
    """What a bug report needs first."""

    version: str
    python: str
    platform: str


COLUMNS = (
    Column[Version](title="Ticketing", of=lambda v: v.version),
    Column[Version](title="Python", of=lambda v: v.python),
    Column[Version](title="Platform", of=lambda v: v.platform),
)


def version(ctx: typer.Context, json: options.Json = None) -> None:
    """Print the version of ticketing, of Python and of the system.

    Examples:
      ticketing version
      ticketing version --json version
    """
    run = Run.of(ctx)
    fields = run.fields(json, Version)
    here = Version(
        version=__version__, python=platform.python_version(), platform=platform.platform()
    )
    run.out.record(here, COLUMNS, fields)
