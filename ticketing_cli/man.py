"""Man: write manual pages, made from the same descriptions as the help."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from ticketing_cli import __version__
from ticketing_cli.commands import COMMANDS, CommandSpec
from ticketing_cli.runtime import files
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

Words = tuple[str, ...]
SUMMARY = "buy and sell tickets for concerts, matches and other shows"


def man(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND]...", help="The command to explain.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="FOLDER", help="Write every page here instead.")
    ] = None,
) -> None:
    """Show a manual page, or write all of them. In a pipe the page is printed as `man` reads it.

    Examples:
      ticketing man buy
      ticketing man --dir ~/.local/share/man/man1
    """
    run = Run.of(ctx)
    if folder is not None:
        written = _write_all(run, folder)
        run.out.message(f"wrote {written} manual pages to {folder}")
        return
    text = page(tuple(words or ()))
    viewer = shutil.which("man") if run.out.human else None
    if (
        viewer is None
        or subprocess.run([viewer, "-l", "-"], input=text.encode(), check=False).returncode
    ):
        run.out.line(text.rstrip("\n"))


def names(table: Mapping[str, CommandSpec] = COMMANDS, before: Words = ()) -> Iterator[Words]:
    """Yield the words of every command, groups included."""
    for name, spec in table.items():
        yield (*before, name)
        yield from names(spec.group, (*before, name))


def page(words: Words) -> str:
    """Return the manual page of a command, or of `ticketing` without words, in man's macros."""
    from ticketing_cli.runtime.command_loader import help_for

    help_text = help_for(words)  # refuses what is no command
    title = "-".join(("ticketing", *words))
    return "".join(
        (
            f'.TH "{title.upper()}" "1" "" "ticketing {__version__}" "Ticketing"\n',
            f".SH NAME\n{_text(title)} \\- {_text(_summary(words))}\n",
            *_body(help_text),
            f".SH SEE ALSO\n{_text(_see_also(words))}\n",
        )
    )


def _write_all(run: Run, folder: Path) -> int:
    """Write a file for each page; return how many."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot write to {str(folder)!a}: {error.strerror}"
        raise CommandError(ExitCode.USAGE, message) from None
    pages: tuple[Words, ...] = ((), *names())
    for words in pages:
        name = "-".join(("ticketing", *words))
        files.write(run, str(folder / f"{name}.1"), page(words).encode(), force=True)
    return len(pages)


def _summary(words: Words) -> str:
    """Return the command's line in the help, as a phrase."""
    table: Mapping[str, CommandSpec] = COMMANDS
    text = SUMMARY
    for word in words:
        spec = table[word]
        table, text = spec.group, spec.help
    return text[:1].lower() + text[1:].rstrip(".")


def _see_also(words: Words) -> str:
    table: Mapping[str, CommandSpec] = COMMANDS
    for word in words:
        table = table[word].group
    below = ["-".join(("ticketing", *words, name)) for name in table]
    above = ["-".join(("ticketing", *words[:-1]))] if words else []
    return ", ".join(f"{name}(1)" for name in (*above, *below)) + "."


def _body(help_text: str) -> Iterator[str]:
    """Yield the sections of a help text: usage, description, arguments, options, examples."""
    heading = re.compile(r"^(Usage|Arguments|Options|Commands|Examples):\s*(.*)$")
    for line in help_text.splitlines():
        if found := heading.match(line):
            yield f".SH {'SYNOPSIS' if found[1] == 'Usage' else found[1].upper()}\n.nf\n"
            if found[2]:
                yield f"{_text(found[2])}\n.fi\n.SH DESCRIPTION\n.nf\n"
        else:
            yield f"{_text(line.removeprefix('  '))}\n"
    yield ".fi\n"


def _text(line: str) -> str:
    """Escape a line, so that none of it is read as a macro."""
    escaped = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
