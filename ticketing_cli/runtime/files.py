"""Files: what a command writes to disk, never over something that is there unless told to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop

STDOUT = "-"
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]


def refuse(name: str, *, force: bool, as_json: bool) -> None:
    """Raise Stop with exit code 2 for a file that is there, before anything is done.

    The same for `-` where JSON is wanted: stdout carries one of them.
    """
    if name == STDOUT and as_json:
        raise Stop(Exit.USAGE, "--json and a file to stdout exclude each other")
    if name != STDOUT and Path(name).exists() and not force:
        raise _taken(name)


def write(run: Run, name: str, content: bytes, *, force: bool = False) -> None:
    """Write a file, or to stdout for `-`; raise Stop with exit code 2 where that cannot be."""
    if name == STDOUT:
        run.out.raw(content)
        return
    try:
        # "x" and not a look before: somebody else may be writing it this moment.
        with Path(name).open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError:
        raise _taken(name) from None
    except OSError as error:
        raise Stop(Exit.USAGE, f"cannot write {name!a}: {error.strerror}") from None


def _taken(name: str) -> Stop:
    message = f"{name!a} is there already; nothing was written"
    return Stop(Exit.USAGE, message, hint="--force overwrites it", code="file_exists")
