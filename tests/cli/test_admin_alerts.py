"""Operators compare who claims one seat, and replace an entry code that others have seen."""

from __future__ import annotations

import pytest

from tests.cli.person import Person, listing_options


@pytest.fixture
def claimed(olga: Person, sofia: Person, ana: Person, ben: Person) -> str:
    """Sell Ana a seat that Ben then tries to list, and return the ticket's id."""
    assert olga.run("admin", "alerts").err == "no open alerts\n"
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    ana.run("resell", ticket, "--price", "50")
    assert ben.run("sell", *listing_options()).status == 6
    return ticket


def test_alerts_name_the_command_that_compares_the_claims(olga: Person, claimed: str) -> None:
    (alert,) = olga.run("admin", "alerts", "--json", "id,kind,subject,other_id").json
    assert (alert["kind"], alert["subject"]) == ("seat_taken", claimed)
    shown = olga.run("admin", "alerts", tty=True).out
    assert f"ticketing admin alerts view {alert['id']}" in shown
    assert "ticketing" not in olga.run("admin", "alerts").out


def test_an_alert_shows_both_claims_and_names_what_can_be_done(olga: Person, claimed: str) -> None:
    (alert,) = olga.run("admin", "alerts", "--json", "id").json
    ran = olga.run("admin", "alerts", "view", alert["id"], tty=True, COLUMNS="80")
    for named in (claimed, "ana@example.org", "ben@example.org", "listing refused", "Code since"):
        assert named in ran.out
    assert ran.err.splitlines() == [
        f"next: ticketing admin withdraw {claimed} --reason TEXT",
        f"next: ticketing admin reissue {claimed} --reason TEXT",
        f"next: ticketing admin orders --ticket {claimed}",
        f"next: ticketing admin alerts resolve {alert['id']} --note TEXT",
    ]
    claims = olga.run("admin", "alerts", "view", alert["id"], "--json", "claims").json["claims"]
    assert [claim["ticket"] and claim["ticket"]["id"] for claim in claims] == [claimed, None]
    resolved = olga.run("admin", "alerts", "resolve", alert["id"], "--note", "it is Ana's")
    assert resolved.err == "next: ticketing admin alerts\n"


def test_a_reissue_gives_the_owner_another_code_and_says_why(
    olga: Person, ana: Person, claimed: str
) -> None:
    old = ana.entry_code(claimed)
    unsure = olga.run("admin", "reissue", claimed, "--reason", "Posted.", stdin="n\n", tty=True)
    assert (unsure.status, ana.entry_code(claimed)) == (1, old)
    ran = olga.run("admin", "reissue", claimed, "--reason", "Posted.", "--yes")
    assert ran.out == f"Ticket {claimed} has a new entry code; its owner reads the reason\n"
    assert ran.err == f"next: ticketing admin events --about {claimed}\n"
    assert ana.entry_code(claimed) not in {old, ""}
    events = olga.run("admin", "events", "--about", claimed, "--type", "ticket.code_revoked")
    assert "reason reissued" in events.out
    assert "note Posted." in events.out
    assert old not in olga.run("admin", "events", "--about", claimed, "--json", "all").out
