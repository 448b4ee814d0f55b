"""Help, suggestions and versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, piped
from tests.cli.runner import CommandRunner
from ticketing_cli import __version__
from ticketing_cli.commands import COMMANDS, CommandSpec
from ticketing_cli.topics import TOPICS, VARIABLES


def tree(table: Mapping[str, CommandSpec], *before: str) -> Iterator[tuple[str, ...]]:
    for name, entry in table.items():
        yield (*before, name)
        yield from tree(entry.group, *before, name)


EVERY = list(tree(COMMANDS))
GITHUB = {"GITHUB_ACTIONS": "true", "CI": "true"}


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_commands_help_ends_with_two_examples(
    cli: CommandRunner, words: tuple[str, ...]
) -> None:
    for flag in ("-h", "--help"):
        ran = cli.run(*words, flag)
        assert (ran.status, ran.err) == (0, "")
        _, _, examples = ran.out.partition("\nExamples:\n")
        assert examples.count("ticketing ") >= 2, ran.out


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_the_help_command_prints_the_same_as_the_flag(
    cli: CommandRunner, words: tuple[str, ...]
) -> None:
    assert cli.run("help", *words).out.strip() == cli.run(*words, "--help").out.strip()


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_the_help_of_every_command_fits_120_columns(
    cli: CommandRunner, words: tuple[str, ...]
) -> None:
    ran = cli.run(*words, "--help")
    assert max(map(len, ran.out.splitlines())) <= 120


def test_no_arguments_print_help_that_starts_with_the_app(cli: CommandRunner) -> None:
    ran = cli.run()
    assert (ran.status, ran.err) == (0, "")
    assert "ticketing tui" in ran.out.splitlines()[0]
    assert all(name in ran.out for name in COMMANDS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["lst"], "list"), (["serch"], None), (["auth", "lgoin"], "login"), (["byu"], "buy")],
)
def test_a_misspelt_command_gets_a_suggestion_and_is_not_run(
    cli: CommandRunner, typed: list[str], meant: str | None
) -> None:
    ran = cli.run(*typed)
    assert (ran.status, ran.out) == (2, "")
    assert meant is None or f"Did you mean {meant}?" in ran.err


def test_a_misspelt_option_gets_a_suggestion(cli: CommandRunner) -> None:
    ran = cli.run("config", "list", "--orgin")
    assert (ran.status, ran.out) == (2, "")
    assert "Did you mean --origin?" in ran.err


@pytest.mark.parametrize("short", [["li"], ["auth", "log"], ["config", "list", "--orig"]])
def test_nothing_can_be_abbreviated(cli: CommandRunner, short: list[str]) -> None:
    ran = cli.run(*short)
    assert (ran.status, ran.out) == (2, "")


@pytest.mark.parametrize("args", [[], ["--help"], ["buy", "--help"], ["lst"]])
def test_help_and_errors_are_plain_in_ci(tmp_path: Path, args: list[str]) -> None:
    ended = piped(tmp_path, *args, FORCE_COLOR="1", env=GITHUB)
    assert b"\x1b" not in ended.out + ended.err


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_printed_before_typer_is_imported(tmp_path: Path, flag: str) -> None:
    ended = piped(tmp_path, flag, PYTHONPROFILEIMPORTTIME="1")
    assert ended.out.decode() == f"ticketing {__version__}\n"
    assert b"typer" not in ended.err
    assert b"contract" not in ended.err


def test_the_version_can_be_printed_as_json(cli: CommandRunner) -> None:
    assert cli.run("version", "--json", "version").json == {"version": __version__}


def test_the_version_is_the_one_of_the_package(tmp_path: Path) -> None:
    del tmp_path
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_is_explained(cli: CommandRunner, topic: str) -> None:
    ran = cli.run("help", topic)
    assert (ran.status, ran.err) == (0, "")
    assert len(ran.out.splitlines()) > 5


def test_every_variable_the_clients_read_is_explained() -> None:
    folders = ("client", "ticketing_cli", "tui")
    sources = [path.read_text("utf-8") for each in folders for path in (ROOT / each).rglob("*.py")]
    used = {name for text in sources for name in re.findall(r"\bTICKETING_[A-Z_]+\b", text)}
    assert used - {"TICKETING_"} <= set(VARIABLES)


def test_an_unknown_topic_gets_a_suggestion(cli: CommandRunner) -> None:
    ran = cli.run("help", "enviroment")
    assert ran.status == 2
    assert "ticketing help environment" in ran.err
