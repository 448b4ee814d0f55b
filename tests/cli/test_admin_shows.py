"""Operators postpone, correct and merge shows."""

from __future__ import annotations

from tests.cli.person import Person


def test_an_operator_postpones_a_show_and_a_buyer_sees_old_and_new(
    olga: Person, sofia: Person
) -> None:
    ticket = sofia.list_ticket()
    start = "2031-06-07T20:00:00+02:00"
    ran = olga.run("admin", "edit-show", ticket, "--starts-at", start, tty=True)
    assert ran.status == 0, ran.err
    assert "Sat 7 Jun 2031 20:00 (UTC+2)" in ran.out + ran.err
    shown = sofia.run("view", ticket, "--json", "show").json["show"]
    assert shown["starts_at"] == start
    assert shown["before"]["starts_at"] is not None
    assert "Before" in sofia.run("view", ticket, tty=True).out


def test_an_order_shows_what_its_show_was_before(olga: Person, sofia: Person, ana: Person) -> None:
    ticket = sofia.list_ticket()
    order = ana.run("lock", ticket, "--quiet").out.strip()
    unchanged = ana.run("orders", "view", order, tty=True).out
    assert "Starts" in unchanged
    assert "Before" not in unchanged
    start = "2031-06-07T20:00:00+02:00"
    olga.run("admin", "edit-show", ticket, "--starts-at", start, "--venue", "Elsewhere")
    lines = [line.split(maxsplit=1) for line in
             ana.run("orders", "view", order, tty=True).out.splitlines()]  # fmt: skip
    told = {line[0]: line[1] for line in lines if len(line) > 1}
    assert told["Starts"] == "Sat 7 Jun 2031 20:00 (UTC+2)"
    seen = " ".join(ana.run("view", ticket, tty=True).out.split())
    assert f"Before {told['Before']}" in seen
    assert told["Venue"].startswith("Elsewhere, ")


def test_a_wrong_offset_names_the_option_and_what_it_should_be(olga: Person, sofia: Person) -> None:
    ticket = sofia.list_ticket()
    ran = olga.run("admin", "edit-show", ticket, "--starts-at", "2031-12-07T20:00:00+02:00")
    assert ran.status != 0
    assert "--starts-at" in ran.err
    assert "2031-12-07T20:00:00+01:00" in ran.err


def test_nothing_to_change_is_said(olga: Person, sofia: Person) -> None:
    ran = olga.run("admin", "edit-show", sofia.list_ticket())
    assert (ran.status, "nothing to change" in ran.err) == (2, True)


def test_an_operator_merges_two_shows_by_name(olga: Person, sofia: Person) -> None:
    kept = sofia.list_ticket(show="Okapi", seat="1")
    gone = sofia.list_ticket(show="Okapi live", seat="2")
    unsure = olga.run("admin", "merge-shows", gone, kept)
    assert unsure.status == 2
    ran = olga.run("admin", "merge-shows", gone, kept, "--confirm", "Okapi live")
    assert ran.status == 0, ran.err
    assert sofia.run("view", gone, "--json", "show").json["show"]["name"] == "Okapi"
