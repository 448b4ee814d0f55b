"""Files: write a command's output to disk; an existing file is overwritten only with --force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client.private_files import write_whole
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

STDOUT = "-"
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


def refuse(name: str, *, force: bool, as_json: bool) -> None:
    """Raise CommandError with exit code 2 for an existing file, before anything is done.

    The same for `-` together with --json: both would go to stdout.
    """
    if name == STDOUT and as_json:
        raise CommandError(ExitCode.USAGE, "--json cannot be combined with a file on stdout")
    if name != STDOUT and Path(name).exists() and not force:
        raise _exists(name)


def write(run: Run, name: str, content: bytes, *, force: bool = False) -> None:
    """Write a file, or to stdout for `-`; raise CommandError with exit code 2 if that fails."""
    if name == STDOUT:
        run.out.raw(content)
        return
    path = Path(name)
    try:
        if force and path.is_file():
            _overwrite(path, content)
        else:
            _create(path, content, force=force)
    except FileExistsError:
        raise _exists(name) from None
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"cannot write {name!a}: {error.strerror}") from None


def _create(path: Path, content: bytes, *, force: bool) -> None:
    """Write a new file; on a full disk leave no part of it behind."""
    existed = path.exists()  # a device or a pipe, with `force`
    # "x" instead of a check: another process may create the file this very moment.
    with path.open("wb" if force else "xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            if not existed:
                path.unlink()
            raise


def _overwrite(path: Path, content: bytes) -> None:
    """Replace a file and keep its mode; on a full disk the old one stays whole."""
    mode = path.stat().st_mode
    write_whole(path, content)
    path.chmod(mode)


def _exists(name: str) -> CommandError:
    message = f"{name!a} exists already; nothing was written"
    return CommandError(ExitCode.USAGE, message, hint="--force overwrites it", code="file_exists")
