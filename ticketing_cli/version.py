"""Version: print the versions of ticketing, Python and the system."""

from __future__ import annotations

import platform

import typer

from contract.base import Model
from ticketing_cli import __version__
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn


class Version(Model, frozen=True, kw_only=True):
    """The versions for a bug report."""

    version: str
    python: str
    platform: str


COLUMNS = (
    OutputColumn[Version](title="Ticketing", of=lambda v: v.version),
    OutputColumn[Version](title="Python", of=lambda v: v.python),
    OutputColumn[Version](title="Platform", of=lambda v: v.platform),
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
