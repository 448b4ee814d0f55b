"""An organiser's shows: create one, issue tickets, change it, refund an order, run its gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import SignUp
from tests.cli.person import Person

SHOW = (
    "--name", "Faust", "--category", "theatre", "--venue", "Opéra", "--city", "Lyon",
    "--country", "FR", "--starts-at", "2031-05-07T20:00:00+02:00",
)  # fmt: skip


@pytest.fixture
def faust(sofia: Person, olga: Person) -> str:
    """Let Sofia's organiser be approved and create a show; return the show's id."""
    hall = sofia.run("organisers", "create", "Opéra de Lyon", "--quiet").out.strip()
    assert olga.run("admin", "organisers", "approve", hall, "--yes").status == 0
    ran = sofia.run("shows", "create", *SHOW, "--quiet")
    assert ran.status == 0, ran.err
    return ran.out.strip()


def issue(person: Person, show: str, *more: str) -> str:
    ran = person.run("issue", show, *more)
    assert ran.status == 0, ran.err
    return ran.out


def first_ticket(person: Person, show: str) -> str:
    """Return the first ticket of a show that is on sale."""
    assert show
    return person.run("list", "--show", "Faust").out.split("\t")[0]


def test_rows_and_seats_are_issued_once(sofia: Person, faust: str) -> None:
    seats = ("--section", "A", "--rows", "1-4", "--seats", "1-5", "--price", "45")
    assert issue(sofia, faust, *seats, "--dry-run") == (
        "would issue 20 tickets for Faust, already there 0\n"
    )
    assert issue(sofia, faust, *seats) == "issued 20 tickets for Faust, already there 0\n"
    assert issue(sofia, faust, *seats) == "issued 0 tickets for Faust, already there 20\n"


def test_places_without_a_seat_are_numbered(sofia: Person, faust: str) -> None:
    floor = ("--section", "Floor", "--price", "30")
    issue(sofia, faust, *floor, "--quantity", "3")
    more = issue(sofia, faust, *floor, "--quantity", "5")
    assert more == "issued 2 tickets for Faust, already there 3\n"


def test_a_file_names_places_and_may_leave_out_the_show(
    sofia: Person, faust: str, tmp_path: Path
) -> None:
    file = tmp_path / "places.csv"
    file.write_text("section,row,seat,price\nA,1,1,45\nA,1,2,oops\nFloor,,,30\nFloor,,,30\n")
    ran = sofia.run("issue", faust, "--file", str(file))
    assert ran.status == 1
    assert ran.out == "issued 3 tickets for Faust, already there 0, refused 1\n"
    assert "line 3: price" in ran.err


def test_a_file_for_another_show_is_refused(sofia: Person, faust: str, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("show,section,row,seat,price\nHamlet,A,1,1,45\n")
    ran = sofia.run("issue", faust, "--file", str(file))
    assert ran.status == 1
    assert f"line 2: show or its start is not that of {faust}" in ran.err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--price", "45"), "name the places"),
        (("--seats", "5-1", "--price", "45"), "--seats '5-1' ends before it begins"),
        (("--quantity", "5", "--price", "0.01"), "--price"),
    ],
)
def test_what_cannot_be_issued_is_named(
    sofia: Person, faust: str, flags: tuple[str, ...], says: str
) -> None:
    ran = sofia.run("issue", faust, *flags)
    assert ran.status == 2
    assert says in ran.err


def test_a_stranger_neither_issues_nor_sells_tickets_for_it(ana: Person, faust: str) -> None:
    assert ana.run("issue", faust, "--quantity", "1", "--price", "30").status == 4
    options = [*SHOW]
    options[0] = "--show"
    ran = ana.run("sell", *options, "--seat", "1", "--price", "30", "--currency", "EUR")
    assert ran.status == 6
    assert "only its managers create tickets for it" in ran.err
    assert "(rule: issued_by_organiser)" in ran.err


def test_a_show_is_postponed_and_cancelled_by_its_manager(
    sofia: Person, ana: Person, faust: str
) -> None:
    later = "2031-06-07T20:00:00+02:00"
    assert ana.run("shows", "postpone", faust, "--to", later).status == 4
    ran = sofia.run("shows", "postpone", faust, "--to", later)
    assert "7 Jun 2031 20:00" in ran.out
    assert sofia.run("shows", "edit", faust, "--venue", "Opéra Nouvel").status == 0
    cancelled = sofia.run("shows", "cancel", faust, "--yes")
    assert cancelled.status == 0, cancelled.err


def test_a_ticket_of_a_postponed_show_is_returned(sofia: Person, ana: Person, faust: str) -> None:
    issue(sofia, faust, "--section", "A", "--seats", "1", "--price", "45")
    ticket = first_ticket(ana, faust)
    order = ana.buy_ticket(ticket)
    refused = ana.run("orders", "return", order, "--yes")
    assert refused.status == 6
    assert "cannot be returned" in refused.err
    assert "(rule: refund_until)" in refused.err
    moved = sofia.run("shows", "postpone", faust, "--to", "2031-06-07T20:00:00+02:00")
    assert "Buyers can return tickets until" in moved.out
    for command in (("orders", "view", order), ("wallet", "view", ticket), ("view", ticket)):
        shown = ana.run(*command, TICKETING_FORCE_TTY="80").out
        assert "Return until" in shown or "Returns" in shown
    returned = ana.run("orders", "return", order, "--yes")
    assert returned.out.startswith(f"returned {ticket}: refund of EUR 45.00")
    again = ana.run("orders", "return", order, "--yes", "--json", "reason,order_id")
    assert again.json == {"reason": "returned", "order_id": order}


def test_a_manager_lists_sales_and_refunds_one(sofia: Person, ana: Person, faust: str) -> None:
    issue(sofia, faust, "--section", "A", "--seats", "1", "--price", "45")
    order = ana.buy_ticket(first_ticket(ana, faust))
    assert sofia.run("shows", "sold", faust).out.split("\t")[0] == order
    assert ana.run("shows", "refund", order, "--yes").status == 5
    ran = sofia.run("shows", "refund", order, "--yes")
    assert ran.status == 0, ran.err
    assert f"of {order}: refund ref_" in ran.out


def test_people_of_the_gate_scan_without_a_role_of_the_market(
    sofia: Person, ana: Person, sign_up: SignUp, faust: str
) -> None:
    issue(sofia, faust, "--section", "A", "--seats", "1", "--price", "45")
    ticket = first_ticket(ana, faust)
    ana.buy_ticket(ticket)
    hall = sofia.run("organisers", "--json", "id").json[0]["id"]
    gus = sign_up("gus")
    sofia.run("organisers", "add-member", hall, "gus@example.org", "--role", "gate")
    scanned = gus.run("gate", "scan", faust, stdin=f"{ana.entry_code(ticket)}\n")
    assert "ADMIT" in scanned.out


def test_words_after_shows_still_search(sofia: Person, faust: str) -> None:
    issue(sofia, faust, "--section", "A", "--seats", "1", "--price", "45")
    for words in (("faust",), ("list", "faust"), ("faust", "--city", "lyon"), ("--city", "lyon")):
        ran = sofia.run("shows", *words)
        assert ran.status == 0, ran.err
        assert ran.out.startswith("Faust\t")
    assert sofia.run("shows", "hamlet").out == ""


def test_a_manager_sets_rules_by_the_clock_of_the_show(
    sofia: Person, ana: Person, faust: str
) -> None:
    ran = sofia.run(
        "shows", "policy", faust, "--resale-until", "2031-05-07T12:00", "--resale-cap", "110%",
        "--per-buyer", "4", "--no-transfers",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    until = "2031-05-07T12:00:00+02:00"
    assert ran.out.split("\t")[1:] == ["yes", "", until, "110", "4", "no", "\n"]
    ran = sofia.run("shows", "policy", faust, "--resale-cap", "none", "--transfers")
    assert ran.status == 0, ran.err
    shown = ana.run("shows", "policy", faust, "--json", "policy")
    assert f'"resale_until": "{until}"' in shown.out.replace('":"', '": "')
    assert ana.run("shows", "policy", faust, "--no-resale").status == 4


def test_rules_that_cannot_be_set_name_their_option(sofia: Person, faust: str) -> None:
    for flag, given, says in (
        ("--resale-from", "tomorrow", "must be a time such as"),
        ("--refund-until", "2031-05-01", "has no time of the day"),
        ("--resale-until", "2031-03-30T02:30", "is a time that clocks in Europe/Paris skip"),
        ("--resale-until", "2030-10-27T02:30", "is a time that clocks show twice that day"),
        ("--resale-until", "2032-03-30T12:00", "must not be after the start of the show"),
        ("--resale-cap", "0", "must be a whole number of percent"),
        ("--per-buyer", "four", "must be a whole number of tickets"),
    ):
        ran = sofia.run("shows", "policy", faust, flag, given)
        assert (ran.status, f"  {flag} {says}" in ran.err) == (2, True), ran.err


def test_managers_see_how_many_tickets_are_sold_locked_and_left(
    sofia: Person, ben: Person, faust: str
) -> None:
    issue(sofia, faust, "--section", "A", "--rows", "1", "--seats", "1-3", "--price", "45")
    issue(sofia, faust, "--section", "Floor", "--quantity", "2", "--price", "30")
    ben.lock_ticket(first_ticket(ben, faust))
    (line,) = sofia.run("organisers", "shows").out.splitlines()
    assert line.split("\t")[-3:] == ["0", "1", "4"]
    ran = sofia.run("shows", "overview", faust)
    assert [row.split("\t")[0] for row in ran.out.splitlines()] == ["A", "Floor"]
    assert "Faust: 0 of 5 sold" in ran.err
    sections = sofia.run("shows", "overview", faust, "--json", "sections").json["sections"]
    assert sum(each["seats"]["locked"] for each in sections) == 1
    assert ben.run("shows", "overview", faust).status == 4
