"""Prompts: when a command asks, where, and when it must not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from typer._click.core import Context, Parameter

from tests.cli.processes import Touch, in_terminal, piped
from tests.cli.runner import CommandRunner, Stream
from ticketing_cli.commands import COMMANDS, CommandSpec
from ticketing_cli.runtime import command_loader
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode


def somebody(answer: str = "", *, tty: bool = True, **env: str) -> tuple[Run, Stream, Stream]:
    """Return a run with this answer on its terminal, and its stderr."""
    out, err = Stream(tty=tty), Stream(tty=tty)
    return Run(env, stdin=Stream(answer, tty=tty), stdout=out, stderr=err), out, err


def test_without_a_terminal_the_missing_flag_is_named_at_once(tmp_path: Path) -> None:
    ended = piped(tmp_path, "auth", "login")
    assert ended.status == 2
    assert b"--email" in ended.err
    assert ended.out == b""


def test_stdin_is_not_read_without_a_request(cli: CommandRunner) -> None:
    ran = cli.run("auth", "login", "--email", "ada@example.org", stdin="secret\n")
    assert ran.status == 2
    assert "--password-stdin" in ran.err


@pytest.mark.parametrize("setting", ["no_input", "as_json"])
def test_prompts_can_be_disabled(setting: str) -> None:
    run, _, err = somebody("y\n")
    setattr(run, setting, True)
    with pytest.raises(CommandError) as stopped:
        run.confirm("Buy it?")
    assert (stopped.value.status, err.text) == (ExitCode.USAGE, "")


def test_the_environment_can_disable_prompts() -> None:
    run, _, _ = somebody("y\n", TICKETING_PROMPT_DISABLED="1")
    assert not run.interactive
    assert somebody(TICKETING_PROMPT_DISABLED="0")[0].interactive


def test_no_input_never_prompts(tmp_path: Path) -> None:
    assert in_terminal(tmp_path, "--no-input", "auth", "login").status == 2
    assert in_terminal(tmp_path, "auth", "login", "--no-input").status == 2


def test_json_never_prompts(tmp_path: Path) -> None:
    assert in_terminal(tmp_path, "auth", "login", "--json", "id").status == 2


def test_prompts_go_to_stderr() -> None:
    run, out, err = somebody("ada@example.org\n")
    assert run.ask("Email", flag="--email") == "ada@example.org"
    assert (out.text, err.text) == ("", "Email: ")


def test_an_empty_answer_is_prompted_for_again() -> None:
    run, _, err = somebody("\n\nada\n")
    assert run.ask("Name", flag="--name") == "ada"
    assert err.text == "Name: " * 3


@pytest.mark.parametrize("answer", ["y\n", "Y\n", "yes\n", " yes \n"])
def test_a_yes_continues(answer: str) -> None:
    somebody(answer)[0].confirm("Buy it?")


@pytest.mark.parametrize("answer", ["n\n", "\n", "ja\n", "yep\n", ""])
def test_anything_else_is_a_no_and_exits_1(answer: str) -> None:
    with pytest.raises(CommandError) as stopped:
        somebody(answer)[0].confirm("Buy it?")
    assert stopped.value.status is ExitCode.FAILED


def test_the_right_name_confirms() -> None:
    run, _, err = somebody("ord_1a\n")
    run.confirm_name("This cannot be undone.", "ord_1a", None, flag="--confirm")
    assert err.text == "This cannot be undone. Type ord_1a: "
    somebody(tty=False)[0].confirm_name("", "ord_1a", "ord_1a", flag="--confirm")


@pytest.mark.parametrize(("typed", "given"), [("ord_2b\n", None), ("", "ord_2b")])
def test_a_wrong_name_exits_2(typed: str, given: str | None) -> None:
    run, _, _ = somebody(typed)
    with pytest.raises(CommandError) as stopped:
        run.confirm_name("Sure?", "ord_1a", given, flag="--confirm")
    assert stopped.value.status is ExitCode.USAGE


def test_without_a_terminal_the_flag_is_named() -> None:
    run, _, _ = somebody(tty=False)
    with pytest.raises(CommandError, match="--confirm"):
        run.confirm_name("Sure?", "ord_1a", None, flag="--confirm")


def test_a_password_is_the_unchanged_first_line_of_stdin() -> None:
    run, _, _ = somebody(" with spaces \r\nnext\n", tty=False)
    assert run.password(from_stdin=True) == " with spaces "
    assert run.secrets == {" with spaces "}


def test_a_password_is_not_shown_while_it_is_typed(tmp_path: Path) -> None:
    touches = [Touch(b"Email: ", b"ada@example.org\r"), Touch(b"Password: ", b"s3cr3t-w0rd\r")]
    ended = in_terminal(
        tmp_path, "auth", "login", touches=touches, TICKETING_SERVER="http://127.0.0.1:9"
    )
    assert ended.status == 3
    assert b"ada@example.org" in ended.out
    assert b"s3cr3t-w0rd" not in ended.out


def test_no_option_takes_a_secret_as_its_value() -> None:
    for path, param in every_option():
        secret = {"password", "token", "secret"} & set("-".join(param.opts).split("-"))
        assert not secret or getattr(param, "is_flag", False), path


def every_option() -> Iterator[tuple[tuple[str, ...], Parameter]]:
    """Yield each option of each command, except the sandbox's: its card numbers are public."""
    for path in every_path(COMMANDS):
        for param in command_at(path).params:
            if param.param_type_name == "option":
                yield path, param


def every_path(table: Mapping[str, CommandSpec]) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command, including nested groups."""
    for name, entry in table.items():
        if entry.group:
            yield from ((name, *inner) for inner in every_path(entry.group))
        else:
            yield (name,)


def command_at(path: Sequence[str]) -> command_loader.LeafCommand:
    branch = command_loader.root()
    *groups, name = path
    for group in groups:
        found = branch.get_command(Context(branch), group)
        assert isinstance(found, command_loader.CommandGroup)
        branch = found
    leaf = branch.get_command(Context(branch), name)
    assert isinstance(leaf, command_loader.LeafCommand)
    return leaf
