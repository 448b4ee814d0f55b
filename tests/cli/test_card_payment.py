"""Paying with a saved card: without a page when the bank agrees, on the page when it asks."""

from __future__ import annotations

import pytest

from tests.cli.person import Person
from tests.cli.test_buy import finished, read_until

VISA = "4242424242424242"
#: Saved without a problem, declined when charged.
DECLINED = "4000000000000341"
#: The bank asks for confirmation each time.
ASKING = "4000002760003184"


@pytest.fixture
def ticket(sofia: Person) -> str:
    """Put a seat on sale for EUR 45.00."""
    return sofia.list_ticket()


def test_a_saved_card_buys_without_a_page(ana: Person, ticket: str) -> None:
    ana.save_card(VISA)
    ran = ana.run("buy", ticket, "--card", "4242", "--yes", "--max-total", "45.00")
    assert ran.status == 0
    assert "pay before" not in ran.err
    assert "is complete" in ran.err
    code = ana.run("wallet", "view", ticket, "--json", "code").json["code"]
    assert ran.out.rstrip("\n").endswith(f"\t{code}")


def test_an_open_order_is_paid_with_a_saved_card(ana: Person, ticket: str) -> None:
    card = ana.save_card(VISA)
    order = ana.lock_ticket(ticket)
    ran = ana.run("pay", order, "--card", card, "--json", "status")
    assert (ran.status, ran.json) == (0, {"status": "complete"})


def test_a_price_above_max_total_charges_nothing(ana: Person, ticket: str) -> None:
    ana.save_card(VISA)
    ran = ana.run("buy", ticket, "--card", "4242", "--yes", "--max-total", "44.99")
    assert ran.status == 6
    assert ana.run("orders").out == ""


def test_answering_no_charges_nothing(ana: Person, ticket: str) -> None:
    ana.save_card(VISA)
    ran = ana.run("buy", ticket, "--card", "4242", stdin="n\n", tty=True)
    assert ran.status == 1
    assert ana.run("view", ticket, "--json", "status").json == {"status": "available"}
    assert ana.run("wallet").out == ""


def test_an_unknown_card_locks_nothing(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--card", "4242", "--yes", "--max-total", "45.00")
    assert ran.status == 5
    assert ana.run("orders").out == ""


def test_a_script_learns_of_a_decline_and_that_the_order_stays_open(
    ana: Person, ticket: str
) -> None:
    ana.save_card(DECLINED)
    ran = ana.run("buy", ticket, "--card", "0341", "--yes", "--max-total", "45.00")
    order = ana.run("orders", "--json", "id,status").json[0]
    assert ran.status == 8
    assert f"error: The card was declined; order {order['id']} stays open until" in ran.err
    assert f"`ticketing pay {order['id']}` tries another card" in ran.err
    assert order["status"] == "awaiting_payment"


def test_the_last_decline_exits_7(ana: Person, ticket: str) -> None:
    ana.save_card(DECLINED)
    order = ana.lock_ticket(ticket)
    ended = [ana.run("pay", order, "--card", "0341").status for _ in range(3)]
    assert ended == [8, 8, 7]
    assert ana.run("view", ticket, "--json", "status").json == {"status": "available"}


def test_people_continue_on_the_page_after_a_decline(ana: Person, ticket: str) -> None:
    ana.save_card(DECLINED)
    order = ana.lock_ticket(ticket)
    paying = ana.start("pay", order, "--card", "0341", "--no-qr", TICKETING_FORCE_TTY="100")
    output = read_until(paying, "pay before")
    assert "declined: The card was declined." in output
    assert ana.run("sandbox", "pay", order, "--card", VISA).status == 0
    status, out, _ = finished(paying)
    assert status == 0
    assert f"Order    {order}" in out


def test_a_bank_confirmation_happens_on_the_page(ana: Person, ticket: str) -> None:
    ana.save_card(ASKING)
    buying = ana.start("buy", ticket, "--card", "3184", "--yes", "--max-total", "45")
    output = read_until(buying, "pay before")
    assert "your bank wants you to confirm this payment" in output
    assert "declined" not in output
    order = output.partition("(order ")[2].partition(")")[0]
    assert ana.run("sandbox", "pay", order, "--card", ASKING).status == 0
    status, out, _ = finished(buying)
    assert status == 0
    assert out.startswith(f"{ticket}\t")
