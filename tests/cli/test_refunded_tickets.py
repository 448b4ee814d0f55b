"""Refund: the operator says what becomes of the ticket."""

from __future__ import annotations

import pytest

from tests.cli.person import Person


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket and return its id."""
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    return ticket


def refund(olga: Person, ana: Person, *options: str) -> str:
    """Refund Ana's order, wait until the money is back, and return what becomes of the ticket."""
    order = ana.run("orders", "--json", "id").json[0]["id"]
    ran = olga.run("admin", "refund", order, "--yes", "--json", "ticket", *options)
    assert ran.status == 0, ran.err
    while ana.run("orders", "view", order, "--json", "refunded").json["refunded"]["amount"] == 0:
        pass
    return str(ran.json["ticket"])


def test_by_default_the_ticket_is_void(olga: Person, ana: Person, bought: str) -> None:
    assert refund(olga, ana) == "void"
    assert "void: refunded" in ana.run("wallet").out
    quiet = ana.run("wallet", "view", bought, "--quiet")
    assert (quiet.status, quiet.out) == (6, "")
    assert "This ticket is void (refunded)" in quiet.err
    resale = ana.run("resell", bought, "--price", "50")
    assert resale.status == 6
    assert "hint: `ticketing wallet view TICKET` shows why" in resale.err


def test_a_returned_ticket_is_withdrawn_and_can_be_listed_again(
    olga: Person, sofia: Person, ana: Person, bought: str
) -> None:
    assert refund(olga, ana, "--return-ticket") == "return"
    assert ana.run("wallet").out == ""
    assert sofia.run("view", bought, "--json", "status").json == {"status": "withdrawn"}
    assert sofia.list_ticket() != bought


def test_a_refund_of_the_money_only_leaves_the_ticket_valid(
    olga: Person, ana: Person, bought: str
) -> None:
    code = ana.entry_code(bought)
    assert refund(olga, ana, "--money-only") == "keep"
    assert ana.entry_code(bought) == code
    assert "\tvalid" in ana.run("wallet").out


def test_a_ticket_that_was_passed_on_is_not_taken_from_its_new_owner(
    olga: Person, ana: Person, ben: Person, bought: str
) -> None:
    ana.run("resell", bought, "--price", "50")
    ben.buy_ticket(bought)
    order = ana.run("orders", "--json", "id").json[0]["id"]
    refused = olga.run("admin", "refund", order, "--yes")
    assert refused.status == 6
    assert "hint: --money-only" in refused.err
    assert refund(olga, ana, "--money-only") == "keep"
    assert ben.run("wallet", "view", bought, "--quiet").status == 0


def test_the_two_options_exclude_each_other(olga: Person) -> None:
    ran = olga.run("admin", "refund", "ord_7k", "--return-ticket", "--money-only", "--yes")
    assert ran.status == 2
    assert "--return-ticket and --money-only cannot be combined" in ran.err


@pytest.mark.usefixtures("bought")
def test_the_question_says_what_becomes_of_the_ticket(olga: Person, ana: Person) -> None:
    order = ana.run("orders", "--json", "id").json[0]["id"]
    for options, words in (
        ((), "The ticket becomes void."),
        (("--return-ticket",), "The ticket goes back to its seller."),
        (("--money-only",), "The ticket stays where it is."),
        (("--amount", "10"), "The ticket becomes void once everything is refunded."),
    ):
        ran = olga.run("admin", "refund", order, *options, stdin="no\n", tty=True)
        assert ran.status == 1
        assert words in ran.err
