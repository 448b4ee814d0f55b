"""Wallet: bought tickets and their codes are visible to their owner only."""

from __future__ import annotations

import pytest

from contract.signed_codes import entry_key
from tests.cli.person import Person
from tests.conftest import Server
from tests.entry_codes import set_entry_code
from tests.qr_codes import read_drawn

CARD = "4242424242424242"


@pytest.fixture
def bought(server: Server, sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket and return its id."""
    ticket = sofia.list_ticket(barcode="PRINTED-1")
    order = ana.lock_ticket(ticket)
    assert ana.run("sandbox", "pay", order, "--card", CARD).status == 0
    assert ana.run("pay", order).status == 0
    set_entry_code(server.settings.database, ticket, "GATE-7F3A")
    return ticket


def test_a_bought_ticket_in_json_has_its_code_and_its_order(ana: Person, bought: str) -> None:
    mine = ana.run("wallet", "view", bought, "--json", "all").json
    assert list(mine) == [
        "ticket",
        "order_id",
        "code",
        "barcode",
        "bought_at",
        "refunded",
        "live",
        "paid",
        "qr",
        "validity",
        "history",
        "refund_until",
    ]
    assert (mine["code"], mine["barcode"]) == ("GATE-7F3A", "PRINTED-1")
    assert mine["ticket"]["status"] == "sold"


def test_the_entry_code_is_drawn_for_people_and_not_in_a_pipe(ana: Person, bought: str) -> None:
    drawn = ana.run("wallet", "view", bought, tty=True, NO_COLOR="1").out
    plain = ana.run("wallet", "view", bought, "--no-qr", tty=True, NO_COLOR="1").out
    piped = ana.run("wallet", "view", bought).out
    assert "█" in drawn
    assert "█" not in plain + piped
    assert all("GATE-7F3A" in shown for shown in (drawn, plain, piped))


def test_a_qr_code_is_black_on_white_whatever_the_theme(ana: Person, bought: str) -> None:
    drawn = ana.run("wallet", "view", bought, tty=True, TERM="xterm-256color").out
    rows = [line for line in drawn.splitlines() if "█" in line or "▀" in line]
    assert rows
    assert all(row.startswith("\x1b[38;5;16;48;5;231m") for row in rows)
    assert all(row.endswith("\x1b[0m") for row in rows)


def test_nobody_else_sees_the_code(sofia: Person, ben: Person, bought: str) -> None:
    for person in (sofia, ben):
        ran = person.run("wallet", "view", bought)
        assert (ran.status, ran.out) == (5, "")
        assert person.run("wallet").out == ""
        seen = person.run("view", bought, "--json", "all").out
        assert "GATE-7F3A" not in seen
        assert "PRINTED-1" not in seen


def test_an_empty_wallet_is_a_success(ben: Person) -> None:
    ran = ben.run("wallet", "--json", "all")
    assert (ran.status, ran.out, ran.err) == (0, "[]\n", "no tickets in your wallet\n")


@pytest.fixture(params=["show cancelled", "refunded"])
def void(request: pytest.FixtureRequest, olga: Person, ana: Person, bought: str) -> tuple[str, str]:
    """Make Ana's ticket void; return its id and why."""
    why: str = request.param
    order = ana.run("wallet", "--json", "order_id").json[0]["order_id"]
    if why == "refunded":
        assert olga.run("admin", "refund", order, "--yes").status == 0
        while ana.run("wallet", "--json", "refunded").json != [{"refunded": True}]:
            pass
        return bought, why
    show = ana.run("view", bought, "--json", "show").json["show"]["id"]
    assert olga.run("admin", "cancel-show", show, "--confirm", "L'Arlésienne").status == 0
    return bought, why


def test_a_void_ticket_shows_why_and_neither_code_nor_qr_code(
    ana: Person, void: tuple[str, str]
) -> None:
    ticket, why = void
    for args in (("wallet",), ("wallet", "view", ticket)):
        for tty in (True, False):
            ran = ana.run(*args, tty=tty, NO_COLOR="1")
            assert why in ran.out
            assert "void: " in ran.out
            assert "GATE-7F3A" not in ran.out
            assert "█" not in ran.out
    assert "This ticket is void" in ana.run("wallet", "view", ticket, tty=True).err
    as_json = ana.run("wallet", "view", ticket, "--json", "code,qr,barcode,validity").json
    assert as_json.pop("validity") in ("show_cancelled", "refunded")
    assert as_json == {"code": None, "qr": None, "barcode": None}


def test_the_other_lists_say_that_a_show_is_cancelled(
    olga: Person, sofia: Person, ana: Person, bought: str
) -> None:
    show = ana.run("view", bought, "--json", "show").json["show"]["id"]
    assert olga.run("admin", "cancel-show", show, "--confirm", "L'Arlésienne").status == 0
    assert "owned (show cancelled)" in ana.run("view", bought).out
    assert "sold (show cancelled)" in sofia.run("list", "--mine").out
    assert "show cancelled" in ana.run("orders").out


def test_a_buyer_whose_show_was_cancelled_is_not_told_to_buy_again(
    olga: Person, sofia: Person, ana: Person
) -> None:
    ticket = sofia.list_ticket()
    order = ana.lock_ticket(ticket)
    show = ana.run("view", ticket, "--json", "show").json["show"]["id"]
    assert olga.run("admin", "cancel-show", show, "--confirm", "L'Arlésienne").status == 0
    while ana.run("orders", "view", order, "--json", "status").json["status"] != "cancelled":
        pass
    ran = ana.run("pay", order)
    assert ran.status == 6
    assert "the show was cancelled" in ran.err
    assert "ticketing buy" not in ran.err


def test_a_scanner_reads_the_signed_code_off_the_terminal(sofia: Person, ana: Person) -> None:
    ticket = sofia.list_ticket()
    order = ana.lock_ticket(ticket)
    assert ana.run("sandbox", "pay", order, "--card", CARD).status == 0
    assert ana.run("pay", order).status == 0
    owned = ana.run("wallet", "view", ticket, "--json", "code,qr").json
    drawn = ana.run("wallet", "view", ticket, tty=True, TERM="xterm-256color").out
    lines = [
        line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m")
        for line in drawn.splitlines()
        if line.startswith("\x1b[38;5;16;48;5;231m")
    ]
    assert (len(lines), len(lines[0])) == (23, 45)
    assert read_drawn(lines) == owned["qr"]
    assert entry_key(owned["qr"]) == owned["code"]
