"""Completion: what is offered, and that no foreign text reaches the shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from contract.base import Page
from contract.tickets import Ticket
from tests.cli.processes import isolated, piped
from tests.cli.runner import CommandRunner
from tests.hostile import CORPUS
from tests.samples import SHOW, TICKET, body
from ticketing_cli.completion import SCRIPTS, Shell
from ticketing_cli.runtime import recent


def offered(cli: CommandRunner, *words: str, by: str = "bash") -> list[str]:
    """Return what is offered for the last word after the others."""
    *before, word = words
    cli.env.update(_TICKETING_COMPLETE=by, _TICKETING_COMPLETE_WORD=word)
    ran = cli.run(*before)
    assert (ran.status, ran.err) == (0, "")
    del cli.env["_TICKETING_COMPLETE"]
    return ran.out.splitlines()


def seen(cli: CommandRunner, *tickets: Ticket) -> None:
    """Show these tickets to somebody at a terminal."""
    page = Page[Ticket](items=tickets, total=len(tickets))
    cli.answer = lambda _request: httpx.Response(200, content=body(page))
    cli.tty = True
    assert cli.run("list", "--limit", "0").status == 0
    cli.tty, cli.answer = False, None


@pytest.mark.parametrize("shell", Shell)
def test_a_completion_script_is_printed_and_no_file_is_changed(tmp_path: Path, shell: str) -> None:
    ended = piped(tmp_path, "completion", shell)
    assert (ended.status, ended.err) == (0, b"")
    assert ended.out.decode() == SCRIPTS[Shell(shell)] + "\n"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_can_parse_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    subprocess.run([shell, "-n", "-c", SCRIPTS[Shell(shell)]], check=True)


def test_bash_completes_a_command(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    ours = folder / "ticketing"
    ours.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ticketing_cli "$@"\n')
    ours.chmod(0o755)
    script = f"{SCRIPTS[Shell.BASH]}\nCOMP_WORDS=(ticketing au); COMP_CWORD=1; _ticketing\n"
    env = isolated(tmp_path)
    ran = subprocess.run(
        ["bash", "-c", script + 'echo "${COMPREPLY[@]}"'],
        env={**env, "PATH": f"{folder}:{env['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "auth\n"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("wi",), ["withdraw"]),
        (("auth", "log"), ["login", "logout"]),
        (("auth", "login", "--with"), ["--with-token"]),
        (("completion", "z"), ["zsh"]),
        (("config", "list", "--col"), ["--color"]),
        (("zzz", ""), []),
    ],
)
def test_names_options_and_choices_are_offered(
    cli: CommandRunner, words: tuple[str, ...], found: list[str]
) -> None:
    if found:
        assert offered(cli, *words) == found


def test_recent_ids_are_offered_without_the_network(cli: CommandRunner) -> None:
    seen(cli, TICKET)
    assert offered(cli, "view", "") == ["tkt_1a"]
    assert offered(cli, "view", "tkt_2") == []
    assert offered(cli, "orders", "view", "") == []


def test_a_description_is_included_where_the_shell_shows_it(cli: CommandRunner) -> None:
    seen(cli, TICKET)
    label = "Mexico v South Korea, B118 C 8, MXN 1,260.00"
    assert offered(cli, "view", "", by="zsh") == [f"tkt_1a:{label}"]
    assert offered(cli, "view", "", by="fish") == [f"tkt_1a\t{label}"]


@pytest.mark.parametrize("shell", Shell)
@pytest.mark.parametrize(
    "text", [*CORPUS.values(), "$(reboot)", "`reboot`", "x\\", "'\"; reboot", "a:b", "*"]
)
def test_text_from_sellers_cannot_reach_the_shell(
    cli: CommandRunner, text: str, shell: str
) -> None:
    text = text.encode("utf-8", "replace").decode()
    show = msgspec.structs.replace(SHOW, name=text)
    seen(cli, msgspec.structs.replace(TICKET, show=show, section=text))
    (line,) = offered(cli, "view", "", by=shell)
    value = line.partition("\t")[0].partition(":")[0]
    assert value == "tkt_1a"
    assert not set(line.removeprefix("tkt_1a:")) & set("$`\\'\";*\x1b[]{}<>|&:")


def test_a_script_in_a_pipe_stores_no_recent_ids(cli: CommandRunner) -> None:
    page = Page[Ticket](items=(TICKET,), total=1)
    cli.answer = lambda _request: httpx.Response(200, content=body(page))
    cli.run("list")
    assert not (cli.folder / "config").exists()


def test_only_the_newest_ids_are_stored(cli: CommandRunner) -> None:
    many = [msgspec.structs.replace(TICKET, id=f"tkt_{n:04d}") for n in range(300)]
    for at in range(0, 300, 100):
        seen(cli, *many[at : at + 100])
    kept = offered(cli, "view", "tkt_")
    assert len(kept) == recent.MAX_IDS
    assert kept[0] == "tkt_0200"
    assert "tkt_0000" not in kept


def test_a_damaged_file_of_recent_ids_offers_nothing(cli: CommandRunner) -> None:
    seen(cli, TICKET)
    (cli.folder / "config" / "recent.json").write_text("[")
    assert offered(cli, "view", "") == []
