"""The gate's commands: one word per scan, and an exit code that tells whether all were admitted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from client.api import Api
from client.gate import Gate, ScanResult
from contract.gate import Verdict
from tests.cli.conftest import SignUp
from tests.cli.person import Person
from tests.client.gate.marketplace import FlakyTransport, Network
from tests.conftest import Server
from tests.entry_codes import set_entry_code

AWAY = "http://127.0.0.1:9"


@pytest.fixture
def gus(olga: Person, sign_up: SignUp) -> Person:
    """Sign up somebody who works at the gate."""
    person = sign_up("gus")
    ran = olga.run("admin", "role", "gus@example.org", "gate")
    assert ran.out.startswith("gus@example.org is gate (usr_")
    return person


@pytest.fixture
def show(server: Server, sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket whose entry code is ADA-1; return its show."""
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    set_entry_code(server.settings.database, ticket, "ADA-1")
    found: str = ana.run("view", ticket, "--json", "show").json["show"]["id"]
    return found


def test_a_code_is_admitted_once_and_then_refused_with_the_time(gus: Person, show: str) -> None:
    first = gus.run("gate", "scan", show, "--code", "ADA-1", "--gate", "North 2")
    assert (first.status, first.err) == (0, "")
    assert first.out.startswith("ADMIT\t\tsection C, row A, seat 26\tL'Arlésienne\tadm_")
    second = gus.run("gate", "scan", show, "--code", "ADA-1")
    assert second.status == 6
    assert second.out.startswith("REFUSE\talready inside since ")
    assert "at North 2" in second.out


def test_codes_are_read_one_per_line_from_stdin_and_each_is_answered(
    gus: Person, show: str
) -> None:
    ran = gus.run("gate", "scan", show, stdin="ADA-1\n\nNOBODY\r\n")
    assert ran.status == 6
    words = [line.split("\t")[:2] for line in ran.out.splitlines()]
    assert words == [["ADMIT", ""], ["REFUSE", "unknown code"]]


def test_every_line_is_answered_also_a_repeat_and_another_spelling(gus: Person, show: str) -> None:
    ran = gus.run("gate", "scan", show, stdin="\ufeffada 1\r\nADA-1\r\n")
    assert ran.status == 0
    words = [line.split("\t")[:2] for line in ran.out.splitlines()]
    assert words == [["ADMIT", ""], ["ADMIT", "scanned twice, counted once"]]
    assert gus.run("gate", "status", show, "--json", "inside").json == {"inside": 1}


def test_a_scanner_at_a_terminal_is_answered_in_plain_words(gus: Person, show: str) -> None:
    ran = gus.run("gate", "scan", show, stdin="ADA-1\n", tty=True)
    assert ran.status == 0
    assert ran.out.startswith("ADMIT     ")


def test_each_answer_is_a_line_of_json_for_programs(gus: Person, show: str) -> None:
    ran = gus.run("gate", "scan", show, "--code", "ADA-1", "--json", "verdict,reason,online")
    assert ran.json == {"verdict": "admitted", "reason": None, "online": True}


@pytest.mark.parametrize("command", ["scan", "download", "status"])
def test_a_member_is_refused_at_the_gate(ana: Person, show: str, command: str) -> None:
    ran = ana.run("gate", command, show, stdin="ADA-1\n")
    assert (ran.status, ran.out) == (4, "")


def test_offline_without_a_list_the_solution_is_named(gus: Person, show: str) -> None:
    token = gus.run("auth", "token").out.strip()
    ran = gus.run("gate", "scan", show, "--code", "X", TICKETING_SERVER=AWAY, TICKETING_TOKEN=token)
    assert ran.status == 3
    assert "`ticketing gate download SHOW`" in ran.err


def test_status_shows_the_servers_counts_and_what_was_done_here(gus: Person, show: str) -> None:
    gus.run("gate", "scan", show, stdin="ADA-1\nNOBODY\n")
    ran = gus.run("gate", "status", show, "--json", "sold,inside,refused,admitted_here,waiting")
    assert ran.json == {"sold": 1, "inside": 1, "refused": 1, "admitted_here": 1, "waiting": 0}


def test_the_list_is_downloaded_and_its_age_shown(gus: Person, show: str) -> None:
    ran = gus.run("gate", "download", show)
    assert ran.out == f"downloaded the list of {show}: 1 tickets\n"
    listed = gus.run("gate", "status", show, "--json", "listed_at").json["listed_at"]
    assert datetime.fromisoformat(listed).tzinfo is not None


def test_the_status_counts_each_entrance(gus: Person, show: str) -> None:
    gus.run("gate", "scan", show, "--code", "ADA-1", "--gate", "North 2")
    gus.run("gate", "scan", show, "--code", "ADA-1", "--gate", "South")
    shown = gus.run("gate", "status", show, tty=True, NO_COLOR="1", COLUMNS="120").out
    north, south = (
        "North 2: 1 in, 0 out, 1 inside, 0 refused",
        "South: 0 in, 0 out, 0 inside, 1 refused",
    )
    assert f"{north}; {south}" in shown


def test_an_admission_is_undone_by_its_id(gus: Person, show: str) -> None:
    scanned = gus.run("gate", "scan", show, "--code", "ADA-1", "--json", "admission_id")
    admission = scanned.json["admission_id"]
    ran = gus.run("gate", "undo", admission)
    assert (ran.status, ran.out) == (0, f"undid {admission}\n")
    assert gus.run("gate", "status", show, "--json", "inside").json == {"inside": 0}


def test_the_newest_admission_here_is_undone_by_its_show(gus: Person, show: str) -> None:
    gus.run("gate", "scan", show, "--code", "ADA-1")
    ran = gus.run("gate", "undo", "--last", show, "--json", "told")
    assert ran.json == {"told": True}
    assert gus.run("gate", "status", show, "--json", "inside").json == {"inside": 0}
    assert gus.run("gate", "undo", "--last", show).status == 5


@pytest.mark.parametrize("args", [[], ["adm_1aaaa", "--last", "shw_1aaaa"]])
def test_undo_needs_either_an_admission_or_a_show(gus: Person, args: list[str]) -> None:
    assert gus.run("gate", "undo", *args).status == 2


def test_offline_scans_are_synced_and_conflicts_are_named(
    gus: Person, show: str, tmp_path: Path
) -> None:
    assert gus.run("gate", "download", show).status == 0
    token = gus.run("auth", "token").out.strip()
    elsewhere = str(tmp_path / "elsewhere")
    ran = gus.run(
        "gate", "scan", show, "--code", "ADA-1", "--gate", "North",
        TICKETING_CONFIG_DIR=elsewhere, TICKETING_TOKEN=token,
    )  # fmt: skip
    assert ran.status == 0
    with_list = scans_without_a_line(gus, token, show, "ADA-1")
    assert with_list.verdict is Verdict.ADMITTED
    ran = gus.run("gate", "sync")
    assert (ran.status, ran.out) == (6, "sent 1 scans to the server; 1 conflicts\n")
    assert ran.err.startswith("conflict: section C, row A, seat 26: admitted, but already inside (")
    assert " North; " in ran.err
    again = gus.run("gate", "sync", show, "--json", "sent,conflicts")
    assert (again.status, again.json["sent"]) == (6, 0)
    assert [found["reason"] for found in again.json["conflicts"]] == ["already_inside"]


def scans_without_a_line(person: Person, token: str, show: str, code: str) -> ScanResult:
    """Scan a code on somebody's machine while offline."""
    transport = FlakyTransport()
    transport.state = Network.DOWN
    api = Api(person.env["TICKETING_SERVER"], token, http_transport=transport)
    answer = Gate(api, Path(person.env["TICKETING_CONFIG_DIR"]), show, entrance="South").scan(code)
    transport.close()
    assert answer is not None
    return answer


def test_a_sync_without_pending_scans_succeeds(gus: Person, show: str) -> None:
    gus.run("gate", "download", show)
    ran = gus.run("gate", "sync")
    assert (ran.status, ran.out) == (0, "sent 0 scans to the server; 0 conflicts\n")


@pytest.mark.parametrize("show_id", ["..", "../../x", "shw_4k/../x"])
def test_an_invalid_show_id_is_named(gus: Person, show_id: str) -> None:
    ran = gus.run("gate", "scan", show_id, "--code", "X")
    assert ran.status == 2
    assert "show_id" in ran.err


def test_a_role_is_granted_and_revoked(olga: Person, gus: Person) -> None:
    ran = olga.run("admin", "role", "gus@example.org", "member", "--json", "role")
    assert ran.json == {"role": "member"}
    assert gus.run("gate", "status", "shw_1aaaa").status == 4


def test_no_command_makes_an_operator(olga: Person, ana: Person) -> None:
    del ana
    assert olga.run("admin", "role", "ana@example.org", "admin").status == 2


def test_an_operator_keeps_the_role(olga: Person) -> None:
    ran = olga.run("admin", "role", "olga@example.org", "member")
    assert ran.status == 2
    assert "is your own account" in ran.err


def test_a_ticket_leaves_by_an_exit_and_is_admitted_again(gus: Person, show: str) -> None:
    gus.run("gate", "scan", show, "--code", "ADA-1")
    out = gus.run("gate", "scan", show, "--exit", "--code", "ADA-1")
    assert (out.status, out.out.split("\t")[0].strip()) == (0, "LEAVE")
    again = gus.run("gate", "scan", show, "--exit", "--code", "ADA-1")
    assert again.status == 6
    assert "not inside: left at " in again.out
    assert "re-entry, left " in gus.run("gate", "scan", show, "--code", "ADA-1").out
    fields = "entered,left,inside,refused,left_here"
    counted = gus.run("gate", "status", show, "--json", fields).json
    assert counted == {"entered": 2, "left": 1, "inside": 1, "refused": 0, "left_here": 1}


def test_a_steward_cannot_override_and_an_operator_can(
    gus: Person, olga: Person, show: str
) -> None:
    command = ("gate", "override", show, "--code", "ADA-1", "--reason")
    gus.run("gate", "scan", show, "--code", "ADA-1")
    denied = gus.run(*command, "Please")
    assert denied.status == 4
    assert "operators" in denied.err
    assert olga.run(*command, " ").status == 2
    ran = olga.run(*command, "Left by the fire exit")
    assert (ran.status, ran.out.split("\t")[1]) == (
        0, "override: already inside; Left by the fire exit",
    )  # fmt: skip
    assert gus.run("gate", "status", show, "--json", "overrides").json == {"overrides": 1}
