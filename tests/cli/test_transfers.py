"""Transfers: a ticket is offered, listed, accepted, declined and cancelled."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import SignUp
from tests.cli.person import Person


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket and return its id."""
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    return ticket


def offer(giver: Person, ticket: str, to: str, *more: str) -> str:
    """Offer a ticket and return the transfer's id."""
    ran = giver.run("transfer", ticket, "--to", to, "--quiet", *more)
    assert ran.status == 0, ran.err
    return ran.out.strip()


def test_a_ticket_is_offered_and_accepted(ana: Person, ben: Person, bought: str) -> None:
    ran = ana.run("transfer", bought, "--to", "ben@example.org")
    made = re.fullmatch(rf"offered {bought} to ben@example.org until .*: (trf_\w+)\n", ran.out)
    assert made is not None
    assert ran.err == "next: ticketing transfers\n"
    code = ana.entry_code(bought)
    accepted = ben.run("transfers", "accept", made[1])
    assert accepted.out == (
        f"accepted {bought}: L'Arlésienne, section C, row A, seat 26; it is in your wallet\n"
    )
    assert ben.entry_code(bought) != code
    assert ana.run("wallet", "view", bought).status == 5
    assert "given to you" in ben.run("wallet", "view", bought).out


def test_the_claim_code_is_printed_once_with_what_to_do_with_it(
    ana: Person, sign_up: SignUp, bought: str
) -> None:
    ran = ana.run("transfer", bought, "--to", "dora@example.org")
    (code,) = set(re.findall(r"claim.code ([0-9A-Z]{16})", ran.err))
    transfer = ran.out.split()[-1]
    assert "ticketing auth signup --email dora@example.org" in ran.err
    assert f"ticketing transfers accept {transfer} --claim-code {code}" in ran.err
    assert code not in ana.run("transfers", "--json", "all").out
    dora = sign_up("dora")
    refused = dora.run("transfers", "accept", transfer)
    assert refused.status == 4
    assert "--claim-code" in refused.err
    assert dora.run("transfers", "accept", transfer, "--claim-code", code.lower()).status == 0


def test_a_quiet_offer_still_shows_its_claim_code(ana: Person, bought: str) -> None:
    ran = ana.run("transfer", bought, "--to", "dora@example.org", "--quiet")
    assert re.fullmatch(r"trf_\w+\n", ran.out)
    assert "claim code" in ran.err


def test_the_claim_code_is_a_field_for_programs(ana: Person, bought: str) -> None:
    ran = ana.run("transfer", bought, "--to", "dora@example.org", "--json", "claim_code")
    assert len(ran.json["claim_code"]) == 16
    assert ran.err == ""


def test_the_list_says_who_gives_what_to_whom_and_until_when(
    ana: Person, ben: Person, bought: str
) -> None:
    transfer = offer(ana, bought, "ben@example.org")
    mine = ana.run("transfers").out.rstrip("\n").split("\t")
    assert mine[:6] == [
        transfer, "from you", "L'Arlésienne", "C A 26", "ben@example.org", "offered",
    ]  # fmt: skip
    assert mine[6]
    theirs = ben.run("transfers", "list").out.rstrip("\n").split("\t")
    assert theirs[:2] == [transfer, "to you"]
    assert "offered to ben@example.org until " in ana.run("wallet").out
    assert "offered to ben@example.org until " in ana.run("wallet", "view", bought).out
    ben.run("transfers", "decline", transfer)
    assert ana.run("transfers").out.rstrip("\n").split("\t")[5:] == ["declined", ""]


def test_a_list_without_transfers_is_a_success(ana: Person) -> None:
    ran = ana.run("transfers")
    assert (ran.status, ran.out, ran.err) == (0, "", "no transfers\n")


def test_an_offer_is_declined_or_cancelled(ana: Person, ben: Person, bought: str) -> None:
    declined = ben.run("transfers", "decline", offer(ana, bought, "ben@example.org"))
    assert declined.out.endswith("seat 26; it stays with its owner\n")
    transfer = offer(ana, bought, "ben@example.org")
    cancelled = ana.run("transfers", "cancel", transfer)
    assert cancelled.out.endswith("seat 26 stays in your wallet\n")
    over = ben.run("transfers", "accept", transfer)
    assert over.status == 6
    assert "hint: `ticketing transfers`" in over.err
    assert ana.run("resell", bought, "--price", "50").status == 0


def test_an_offered_ticket_names_the_way_out(ana: Person, bought: str) -> None:
    offer(ana, bought, "ben@example.org")
    for args in (
        ("resell", bought, "--price", "50"),
        ("transfer", bought, "--to", "c@example.org"),
    ):
        ran = ana.run(*args)
        assert ran.status == 6
        assert "ticketing transfers cancel" in ran.err


def test_a_terminal_asks_for_the_address_and_whether_it_is_right(ana: Person, bought: str) -> None:
    no = ana.run("transfer", bought, stdin="ben@example.org\nno\n", tty=True)
    assert no.status == 1
    assert "Give L'Arlésienne, section C, row A, seat 26 to ben@example.org? [y/N]" in no.err
    assert ana.run("transfers").out == ""
    yes = ana.run("transfer", bought, "--to", "ben@example.org", "--yes", tty=True)
    assert yes.status == 0


def test_a_script_without_an_address_is_refused_at_once(ana: Person, bought: str) -> None:
    ran = ana.run("transfer", bought)
    assert ran.status == 2
    assert "--to is required when not run interactively" in ran.err


@pytest.mark.parametrize("period", ["7", "x", "0d", "-1d", "61d", "1.5h", "99999999d", ""])
def test_a_wrong_period_is_named(ana: Person, period: str) -> None:
    ran = ana.run("transfer", "tkt_9f", "--to", "ben@example.org", f"--expires={period}")
    assert ran.status == 2
    assert "--expires" in ran.err


def test_an_address_that_is_none_and_ones_own_are_refused(ana: Person, bought: str) -> None:
    assert ana.run("transfer", bought, "--to", "nobody").status == 2
    own = ana.run("transfer", bought, "--to", "ana@example.org")
    assert own.status == 6
    assert "name somebody else with --to" in own.err


def test_an_expiry_of_a_minute_is_accepted(ana: Person, bought: str) -> None:
    assert offer(ana, bought, "ben@example.org", "--expires", "1m").startswith("trf_")
