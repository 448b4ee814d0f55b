"""Output: the format of results for people and for programs."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import httpx
import msgspec
import pytest

from contract.base import Page
from contract.tickets import Ticket
from tests.cli.processes import in_terminal, piped
from tests.cli.runner import CommandRunner, Stream
from tests.hostile import CORPUS, STEERING
from tests.samples import SHOW, TICKET, body
from tests.still import Still
from ticketing_cli.runtime.output import Output
from ticketing_cli.runtime.terminal import Color, has_color

PAGE = Page[Ticket](items=(TICKET, TICKET), total=213)


def listing_options(cli: CommandRunner, page: Page[Ticket] = PAGE) -> CommandRunner:
    """Let the server answer every list with this page."""
    cli.answer = lambda _request: httpx.Response(200, content=body(page))
    return cli


def test_data_goes_to_stdout_and_messages_to_stderr(cli: CommandRunner) -> None:
    ran = listing_options(cli).run("list", "--json", "id", "--limit", "2")
    assert ran.json == [{"id": "tkt_1a"}, {"id": "tkt_1a"}]
    assert ran.err == "showing 2 of 213 tickets; --limit 0 shows all\n"


def test_a_list_in_a_pipe_is_lines_with_tabs_and_nothing_else(cli: CommandRunner) -> None:
    ran = listing_options(cli).run("list")
    first, second = ran.out.splitlines()
    assert first == second
    assert first.split("\t")[0] == "tkt_1a"
    assert "2028-06-18T19:00:00-06:00" in first.split("\t")
    assert "MXN 1260.00" in first.split("\t")
    assert "\x1b" not in ran.out


def test_a_list_on_a_terminal_is_an_aligned_table(cli: CommandRunner) -> None:
    cli.tty = True
    cli.env["COLUMNS"] = "120"
    header, first, _ = listing_options(cli).run("list", "--color", "never").out.splitlines()
    assert header.startswith("ID")
    assert "\t" not in first
    assert first.index("Mexico") == header.index("SHOW")
    assert "MXN 1,260.00" in first


def test_fields_are_chosen_by_name_and_in_that_order(cli: CommandRunner) -> None:
    (first, _) = listing_options(cli).run("list", "--json", "price,id").json
    assert list(first) == ["price", "id"]


def test_an_unknown_field_lists_the_known_ones(cli: CommandRunner) -> None:
    ran = cli.run("list", "--json", "nope")
    assert (ran.status, ran.out) == (2, "")
    error = json.loads(ran.err)
    assert error["code"] == "unknown_field"
    assert "id,show,section,row,seat,price,status" in error["hint"]


@pytest.mark.parametrize("fields", ["", ",", " "])
def test_naming_no_field_is_an_error(cli: CommandRunner, fields: str) -> None:
    assert cli.run("list", "--json", fields).status == 2


def test_a_ticket_in_json_has_the_documented_fields(cli: CommandRunner) -> None:
    (first, _) = listing_options(cli).run("list", "--json", "all").json
    assert first == {
        "id": "tkt_1a",
        "show": {
            "id": "shw_1a", "name": "Mexico v South Korea", "category": "sports",
            "venue": "Estadio Akron", "city": "Zapopan", "country": "MX",
            "starts_at": "2028-06-18T19:00:00-06:00", "cancelled": False, "timezone": None,
            "before": None, "organiser_id": None, "official": False,
            "doors_open_at": None, "entry_closes_at": None, "policy": None,
            "refund_until": None,
        },
        "section": "B118", "row": "C", "seat": "8",
        "price": {"amount": 126000, "currency": "MXN"},
        "status": "available", "version": 3, "seller_id": "usr_1a", "external_id": None,
        "created_at": "2028-06-01T12:00:00Z", "updated_at": "2028-06-01T12:00:00Z",
        "withdraw_reason": None, "withdraw_note": "", "owned": False,
        "origin": "imported", "face_value": None, "locked_until": None,
        "suspended": False,
    }  # fmt: skip


def test_nothing_found_is_a_success(cli: CommandRunner) -> None:
    empty = listing_options(cli, Page[Ticket](items=(), total=0))
    plain, as_json = empty.run("list", "zzz"), empty.run("list", "zzz", "--json", "id")
    assert (plain.status, plain.out, plain.err) == (0, "", "no tickets\n")
    assert (as_json.status, as_json.out, as_json.err) == (0, "[]\n", "no tickets\n")


def test_omitted_records_are_counted(cli: CommandRunner) -> None:
    assert "showing 2 of 213" in listing_options(cli).run("list", "--limit", "2").err


def test_a_complete_list_prints_no_message(cli: CommandRunner) -> None:
    assert listing_options(cli, Page[Ticket](items=(TICKET,), total=1)).run("list").err == ""


@pytest.mark.parametrize("args", [["config", "list"], ["doctor"]])
def test_no_color_means_no_sgr_sequence(tmp_path: Path, args: list[str]) -> None:
    ended = in_terminal(tmp_path, *args, NO_COLOR="1", TICKETING_SERVER="http://127.0.0.1:9")
    assert b"\x1b" not in ended.out


def test_an_empty_no_color_counts_as_unset(tmp_path: Path) -> None:
    assert b"\x1b[1m" in in_terminal(tmp_path, "config", "list", NO_COLOR="").out


def test_the_option_takes_precedence_over_the_environment_and_the_stream() -> None:
    for wish, no, force, cli_force, cli, able in product(
        Color, ("", "1"), ("", "0", "1", "true"), ("", "0", "1"), ("", "0", "1"), (True, False)
    ):
        env = {"NO_COLOR": no, "FORCE_COLOR": force, "CLICOLOR_FORCE": cli_force, "CLICOLOR": cli}
        unforced = cli_force == "1" or (able and cli != "0")
        forced = force in {"1", "true"} if force else unforced
        expected = wish is Color.ALWAYS if wish is not Color.AUTO else not no and forced
        assert has_color(env, wish, able=able) is expected, (wish, env, able)


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "0"}, False),
        ([], {"CLICOLOR": "0"}, False),
        ([], {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR": "0", "CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        ([], {"TICKETING_COLOR": "never"}, False),
        ([], {"TICKETING_COLOR": "always"}, True),
        ([], {}, True),
    ],
)
def test_a_terminal_gets_colour(
    cli: CommandRunner, args: list[str], env: dict[str, str], colored: bool
) -> None:
    cli.tty = True
    cli.env.update(env)
    assert ("\x1b[" in cli.run("config", "list", *args).out) is colored


def test_an_unknown_color_mode_is_refused(cli: CommandRunner) -> None:
    ran = cli.run("--color", "sometimes", "config", "list")
    assert (ran.status, ran.out) == (2, "")


def test_a_dumb_terminal_gets_no_escape(tmp_path: Path) -> None:
    ended = in_terminal(tmp_path, "config", "list", TERM="dumb")
    assert b"server" in ended.out
    assert b"\x1b" not in ended.out


def test_the_layout_for_people_can_be_forced_in_a_pipe(cli: CommandRunner) -> None:
    cli.env["TICKETING_FORCE_TTY"] = "60"
    lines = listing_options(cli).run("list").out.splitlines()
    assert lines[0].startswith("ID")
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("args", [["help", "formatting"], ["config"], ["--help"]])
def test_a_locale_without_utf_8_does_not_fail(tmp_path: Path, args: list[str]) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = piped(tmp_path, *args, env=env)
    assert (ended.status, ended.err) == (0, b"")


def test_characters_that_the_terminal_lacks_become_question_marks(cli: CommandRunner) -> None:
    cli.encoding = "ascii"
    show = msgspec.structs.replace(SHOW, name="Curaçao v 日本")
    ticket = msgspec.structs.replace(TICKET, show=show)
    ran = listing_options(cli, Page[Ticket](items=(ticket,), total=1)).run("list")
    assert (ran.status, ran.err) == (0, "")
    assert "Cura?ao v ??" in ran.out


def test_an_argument_is_decoded_as_utf_8(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = piped(tmp_path, "config", "set", "server", "Curaçao", env=env)
    assert ended.status == 2
    assert b"'Cura\\xe7ao' is not a valid address" in ended.err


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
@pytest.mark.parametrize("tty", [False, True], ids=["pipe", "terminal"])
def test_hostile_text_reaches_no_stream(cli: CommandRunner, text: str, tty: bool) -> None:
    text = text.encode("utf-8", "replace").decode()
    show = msgspec.structs.replace(SHOW, name=text, venue=text, city=text)
    ticket = msgspec.structs.replace(TICKET, show=show, section=text, external_id=text)
    cli.tty, cli.env["NO_COLOR"] = tty, "1"
    listing_options(cli, Page[Ticket](items=(ticket,), total=1))
    for args in (["list"], ["list", "--json", "all"]):
        ran = cli.run(*args)
        assert ran.status == 0
        assert not STEERING.search(ran.out + ran.err)
        assert "MXN" in ran.out
    assert len(cli.run("list", "--json", "all").out.splitlines()) == 3


def spoken(env: dict[str, str]) -> tuple[Output, Stream, Stream, Still]:
    out, err, clock = Stream(tty=True), Stream(tty=True), Still()
    return Output(out, err, env, clock=clock), out, err, clock


def test_for_a_screen_reader_a_changing_number_is_printed_once_a_minute() -> None:
    output, _, err, clock = spoken({"ACCESSIBLE": "1"})
    for left in range(130):
        output.progress_line.show(f"waiting for payment  {left}")
        clock.sleep(1.0)
    output.progress_line.show("confirming the payment")
    output.progress_line.clear()
    waiting = [f"waiting for payment  {left}" for left in (0, 60, 120)]
    assert err.text.split("\n") == [*waiting, "confirming the payment", ""]


def test_for_a_screen_reader_progress_is_printed_in_words() -> None:
    output, _, err, clock = spoken({"ACCESSIBLE": "1"})
    with output.progress("listing", 3) as progress:
        for _ in range(3):
            progress.advance()
            clock.sleep(40.0)
    assert err.text == "listing  1 of 3\nlisting  3 of 3\n"


@pytest.mark.parametrize(("value", "drawn"), [("1", False), ("0", True), ("", True)])
def test_for_a_screen_reader_no_qr_code_is_drawn(value: str, drawn: bool) -> None:
    output, out, _, _ = spoken({"ACCESSIBLE": value})
    output.qr("https://tickets.example.org/1")
    assert ("█" in out.text) is drawn
    assert drawn or out.text == "https://tickets.example.org/1\n"
