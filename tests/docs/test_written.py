"""Hand-written pages are right where a test can tell: links resolve, commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer._click.core import Command, Context

from server.__main__ import _parser
from tests.docs.pages import PAGES, TOP, anchors, blocks, commands, links, text
from ticketing_cli.runtime.command_loader import CommandGroup, root
from ticketing_cli.runtime.context import Run

RECORDS = sorted((TOP / "docs/decisions").glob("[0-9]*.md"))
MOST_LINES = 40
#: Stands for any command, option or id in a sentence.
PLACEHOLDER = re.compile(r"[A-Z][A-Z-]+\b.*")


def named(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_resolves(page: Path) -> None:
    broken = []
    for link in links(page):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_shown_exists(page: Path) -> None:
    assert not [line for line in commands(page) if not exists(line)]


def exists(line: str) -> bool:
    """Return whether a line names a command that exists, with options that it has."""
    program, *words = shlex.split(line.partition(" | ")[0].partition(" < ")[0], comments=True)
    return _server_has(words) if program == "ticketing-server" else _client_has(words)


def _client_has(words: list[str]) -> bool:
    command: Command = root()
    context = Context(command, info_name="ticketing")
    while words and not words[0].startswith("-") and hasattr(command, "get_command"):
        found = command.get_command(context, words[0])
        if found is None:
            bare = getattr(command, "bare", None) is not None
            return bare or PLACEHOLDER.fullmatch(words[0]) is not None
        command, words = found, words[1:]
        context = Context(command, info_name="ticketing", parent=context)
    known = {name for p in command.get_params(context) for name in (*p.opts, "--version", "--help")}
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    return options <= known | {"--FLAG"}


def _server_has(words: list[str]) -> bool:
    subcommands = next(a for a in _parser()._actions if a.choices)  # noqa: SLF001  not public in argparse
    choices = subcommands.choices
    assert isinstance(choices, dict)
    if words[0] not in choices:
        return PLACEHOLDER.fullmatch(words[0]) is not None
    known = choices[words[0]]._option_string_actions  # noqa: SLF001  as above
    return all(word.partition("=")[0] in known for word in words[1:] if word.startswith("--"))


TYPED = sorted({line for page in PAGES for line in blocks(page) if "[OPTIONS]" not in line})


@pytest.mark.parametrize("line", TYPED)
def test_the_program_takes_every_command_line_in_a_block_of_code(line: str) -> None:
    typed = re.split(r" (?:\||<|>|&&) ", line)[0]
    program, *words = shlex.split(typed, comments=True)
    if program == "ticketing-server":
        _parser().parse_args(words)
        return
    command: Command = root()
    context = Context(command, info_name="ticketing", obj=Run({}))
    while words and isinstance(command, CommandGroup):
        found = command.get_command(context, words[0])
        if found is None:
            break
        command, words = found, words[1:]
    command.make_context(command.name, words, obj=Run({}))


@pytest.mark.parametrize(
    "line",
    ["ticketing purchase tkt_9f", "ticketing list --colour", "ticketing-server run --datbase x",
     "ticketing auth singup", "ticketing-server stop"],
)  # fmt: skip
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert not exists(line)


def test_the_readme_shows_the_two_commands() -> None:
    readme = text(TOP / "README.md")
    for target in ("make demo", "make test"):
        assert f"\n{target}\n" in readme
        assert f"\n{target.partition(' ')[2]}: " in text(TOP / "Makefile")


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_record_is_short_and_says_why(record: Path) -> None:
    lines = text(record).splitlines()
    assert len(lines) <= MOST_LINES
    assert lines[0].startswith(f"# {record.stem[:4]}. ")
    heads = [line for line in lines if line.startswith("## ")]
    assert heads == ["## Context", "## Decision", "## Consequences"]


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    index = text(TOP / "docs/decisions/README.md")
    assert [record.stem[:4] for record in RECORDS] == [
        f"{n:04d}" for n in range(1, len(RECORDS) + 1)
    ]
    assert all(f"[{record.stem[:4]}]({record.name})" in index for record in RECORDS)


def test_files_named_in_a_decision_exist() -> None:
    named_files = re.compile(r"`((?:server|db|contract|client|ticketing_cli|docs)/[\w/.-]*\w)")
    missing = {
        f"{page.name}: {name}"
        for page in (*RECORDS, TOP / "docs/architecture.md", TOP / "docs/glossary.md")
        for name in named_files.findall(text(page))
        if "NOUN" not in name and not (TOP / name).exists()
    }
    assert not missing


def test_records_point_to_records_that_exist() -> None:
    numbers = {record.stem[:4] for record in RECORDS}
    for record in RECORDS:
        assert set(re.findall(r"\b(00[0-9]{2})\b", text(record))) <= numbers
