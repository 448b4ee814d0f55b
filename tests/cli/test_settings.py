"""Settings, the doctor, and where files are stored."""

from __future__ import annotations

import json
import os
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from contract.base import Page
from contract.problems import Busy
from contract.shows import ShowOnSale
from tests.cli.processes import piped
from tests.cli.runner import CommandRunner
from tests.samples import body, refusal
from ticketing_cli.commands import COMMANDS

OTHER = "https://tickets.example.org"


def test_the_origin_of_a_value_can_be_shown(cli: CommandRunner) -> None:
    cli.run("config", "set", "server", OTHER)
    path = cli.folder / "config" / "config.toml"
    by_file = cli.run("config", "list", "--origin").out.splitlines()[0]
    assert by_file == f"server\t{OTHER}\t{path}"
    cli.env["TICKETING_SERVER"] = "https://env.example"
    by_env = cli.run("config", "list", "--origin").out.splitlines()[0]
    assert by_env == "server\thttps://env.example\tTICKETING_SERVER"
    by_flag = cli.run("config", "list", "--origin", "--server", "https://flag.example")
    assert by_flag.out.splitlines()[0] == "server\thttps://flag.example\t--server"


def test_a_setting_reads_back_as_it_was_set(cli: CommandRunner) -> None:
    assert cli.run("config", "get", "server").out == "http://127.0.0.1:8765\n"
    ran = cli.run("config", "set", "server", OTHER)
    assert (ran.status, ran.out) == (0, "")
    assert cli.run("config", "get", "server").out == f"{OTHER}\n"


@pytest.mark.parametrize("args", [["get", "sever"], ["set", "sever", "x"]])
def test_an_unknown_key_gets_a_suggestion(cli: CommandRunner, args: list[str]) -> None:
    ran = cli.run("config", *args)
    assert (ran.status, ran.out) == (2, "")
    assert "did you mean server?" in ran.err


def test_an_invalid_value_of_a_setting_is_refused(cli: CommandRunner) -> None:
    ran = cli.run("config", "set", "credential_store", "wallet")
    assert ran.status == 2
    assert "auto, keyring, file" in ran.err


def test_the_settings_can_be_printed_as_json(cli: CommandRunner) -> None:
    (server, _) = cli.run("config", "list", "--json", "key,origin").json
    assert server == {"key": "server", "origin": "default"}


@pytest.mark.parametrize("args", [["list"], ["auth", "status"], ["config", "get", "server"]])
def test_a_broken_file_is_reported_in_one_sentence(cli: CommandRunner, args: list[str]) -> None:
    folder = cli.folder / "config"
    folder.mkdir()
    (folder / "config.toml").write_text("server = ")
    ran = cli.run(*args)
    assert (ran.status, ran.out) == (2, "")
    assert str(folder / "config.toml") in ran.err


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_read_only_folder_is_reported_in_one_sentence(cli: CommandRunner) -> None:
    (cli.folder / "config").touch()  # not even root can make a folder of it
    ran = cli.run("config", "set", "server", OTHER)
    assert (ran.status, ran.out) == (2, "")
    assert "cannot write" in ran.err


def well(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=body(Page[ShowOnSale](items=())))


def test_the_doctor_finds_no_problem_where_there_is_none(cli: CommandRunner) -> None:
    cli.answer = well
    ran = cli.run("doctor")
    assert (ran.status, ran.err) == (0, "")
    assert "http://127.0.0.1:8765 responds in 0 ms" in ran.out


@pytest.mark.parametrize(
    ("ahead", "verdict", "detail"),
    [
        (0, "ok", "agrees with the server's"),
        (1200, "note", "is 20 minutes behind the server's; deadlines follow the server"),
        (-1200, "note", "is 20 minutes ahead of the server's; deadlines follow the server"),
    ],
)
def test_the_doctor_compares_the_clocks(
    cli: CommandRunner, ahead: int, verdict: str, detail: str
) -> None:
    date = formatdate(cli.clock.now().timestamp() + ahead, usegmt=True)
    cli.answer = lambda request: httpx.Response(
        200, content=well(request).content, headers={"Date": date}
    )
    ran = cli.run("doctor", "--json", "check,verdict,detail")
    (clock,) = (each for each in ran.json if each["check"] == "clock")
    assert (clock["verdict"], clock["detail"]) == (verdict, detail)


def test_the_doctor_explains_how_to_reach_a_server_that_is_down(cli: CommandRunner) -> None:
    ran = cli.run("doctor")
    assert ran.status == 1
    assert "no server is running there" in ran.out
    assert "ticketing serve" in ran.err


def test_the_doctor_continues_after_a_failed_check(cli: CommandRunner) -> None:
    status, content = refusal(Busy())
    cli.answer = lambda _request: httpx.Response(status, content=content)
    ran = cli.run("doctor", "--json", "check,verdict")
    verdicts = {each["check"]: each["verdict"] for each in ran.json}
    assert (verdicts["reach"], verdicts["stdout"]) == ("wrong", "ok")


def test_the_doctor_names_a_broken_file_and_continues(cli: CommandRunner) -> None:
    folder = cli.folder / "config"
    folder.mkdir()
    (folder / "config.toml").write_text("sever = 'x'")
    ran = cli.run("doctor", "--json", "all")
    assert ran.status == 1
    assert "did you mean server?" in json.dumps(ran.json)


def test_the_doctor_prints_no_secret(cli: CommandRunner) -> None:
    cli.env["TICKETING_TOKEN"] = "tok-secret"
    plain, as_json = cli.run("doctor"), cli.run("doctor", "--json", "all")
    assert "tok-secret" not in plain.out + plain.err + as_json.out + as_json.err


@pytest.mark.parametrize("args", [["--help"], ["config", "list"], ["doctor"], ["list"], ["help"]])
def test_reading_commands_write_nothing(tmp_path: Path, args: list[str]) -> None:
    piped(tmp_path, *args, TICKETING_SERVER="http://127.0.0.1:9")
    assert list(tmp_path.rglob("*")) == []


def test_everything_is_kept_in_one_folder(tmp_path: Path) -> None:
    piped(tmp_path, "config", "set", "server", OTHER)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["config.toml"]
    assert files[0].parent.name == "ticketing"


def test_the_settings_folder_can_be_chosen(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    piped(tmp_path, "config", "set", "server", OTHER, TICKETING_CONFIG_DIR=str(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_no_request_is_sent_without_need(cli: CommandRunner) -> None:
    calls: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(500)

    cli.answer = note
    for name in COMMANDS:
        cli.run(name, "--help")
    for args in (["version"], ["config"], ["auth", "status"], ["completion", "bash"], ["tui"]):
        cli.run(*args)
    assert calls == []


def test_the_terminal_app_needs_a_terminal(cli: CommandRunner) -> None:
    ran = cli.run("tui")
    assert (ran.status, ran.out) == (2, "")
    assert "ticketing list" in ran.err
    assert "ticketing watch" in ran.err
