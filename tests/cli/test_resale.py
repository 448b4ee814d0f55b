"""Resell, edit, withdraw: a ticket from the wallet is sold on, or taken back."""

from __future__ import annotations

import pytest

from tests.cli.person import Person


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket and return its id."""
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    return ticket


def test_a_resale_says_what_the_seller_receives_and_that_the_ticket_is_on_sale(
    ana: Person, bought: str
) -> None:
    ran = ana.run("resell", bought, "--price", "50")
    assert ran.out == f"on sale {bought}: L'Arlésienne, section C, row A, seat 26, EUR 50.00\n"
    assert ran.err == (
        "Price EUR 50.00, fee EUR 2.50 (5 %): you receive EUR 47.50 TEST\n"
        f"next: ticketing withdraw {bought} takes it back\n"
    )
    assert "on sale at EUR 50.00" in ana.run("wallet").out
    view = ana.run("wallet", "view", bought).out
    assert "on sale at EUR 50.00" in view
    assert "EUR 45.00" in view  # what she paid


def test_quiet_prints_only_the_id(ana: Person, bought: str) -> None:
    ran = ana.run("resell", bought, "--price", "50", "--quiet")
    assert (ran.out, ran.err) == (f"{bought}\n", "")


def test_the_price_is_prompted_for_and_its_currency_may_change(ana: Person, bought: str) -> None:
    ran = ana.run("resell", bought, "--currency", "USD", "--quiet", stdin="60\n", tty=True)
    assert ran.status == 0
    assert ana.run("view", bought, "--json", "price").json["price"] == {
        "amount": 6000, "currency": "USD",
    }  # fmt: skip


def test_a_script_without_a_price_is_refused_at_once(ana: Person, bought: str) -> None:
    ran = ana.run("resell", bought)
    assert ran.status == 2
    assert "--price is required when not run interactively" in ran.err


@pytest.mark.parametrize(("price", "currency"), [("0.10", "EUR"), ("1e3", "EUR"), ("5", "XXX")])
def test_an_invalid_price_is_named_and_nothing_is_on_sale(
    ana: Person, bought: str, price: str, currency: str
) -> None:
    ran = ana.run("resell", bought, "--price", price, "--currency", currency)
    assert (ran.status, ran.out) == (2, "")
    assert ana.run("view", bought, "--json", "status").json == {"status": "sold"}


def test_a_resale_that_is_withdrawn_is_back_in_the_wallet_with_its_code(
    ana: Person, bought: str
) -> None:
    code = ana.entry_code(bought)
    ana.run("resell", bought, "--price", "50")
    assert ana.run("edit", bought, "--price", "48").status == 0
    ran = ana.run("withdraw", bought)
    assert ran.out.endswith("seat 26; it is back in your wallet\n")
    assert ran.err == f"next: ticketing wallet view {bought}\n"
    assert ana.entry_code(bought) == code
    assert ana.run("wallet", "view", bought, "--json", "ticket").json["ticket"]["status"] == "sold"


def test_a_listing_of_ones_own_is_withdrawn_for_good(sofia: Person) -> None:
    ran = sofia.run("withdraw", sofia.list_ticket())
    assert "wallet" not in ran.out
    assert ran.err == "next: ticketing list --mine\n"


def test_whoever_does_not_own_a_ticket_cannot_sell_it(sofia: Person, bought: str) -> None:
    ran = sofia.run("resell", bought, "--price", "50")
    assert ran.status == 4
    assert "Only the owner" in ran.err
    assert "hint: `ticketing wallet`" in ran.err


def test_an_order_of_a_ticket_that_was_sold_on_is_still_paid(
    ana: Person, ben: Person, bought: str
) -> None:
    order = ana.run("orders", "--json", "id").json[0]["id"]
    ana.run("resell", bought, "--price", "50")
    ben.buy_ticket(bought)
    ran = ana.run("pay", order)
    assert ran.status == 0
    assert "You have sold this ticket or given it away since" in ran.err
