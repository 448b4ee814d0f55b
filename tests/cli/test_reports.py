"""A buyer reports a ticket, and an operator decides; buyer and seller read what was decided."""

from __future__ import annotations

import pytest

from tests.cli.person import Person


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Sell Ana a ticket and return her order's id."""
    return ana.buy_ticket(sofia.list_ticket())


def test_a_report_freezes_the_sale_and_a_release_ends_it(
    olga: Person, sofia: Person, ana: Person, bought: str
) -> None:
    command = ("orders", "report", bought, "--problem", "refused-at-door", "--details", "No entry.")
    ran = ana.run(*command)
    assert ran.out == (
        f"Order {bought} is reported; its seller is not paid until an operator has decided\n"
    )
    assert "reported" in ana.run("orders").out
    again = ana.run(*command)
    assert (again.status, "You have reported this order already." in again.err) == (6, True)
    assert sofia.run("sales", "--json", "status").json == [{"status": "frozen"}]
    shown = sofia.run("sales", tty=True)
    assert f"{bought}: refused at the door: an operator decides" in shown.err
    (report,) = olga.run("admin", "reports", "--json", "id,order_id,details").json
    assert (report["order_id"], report["details"]) == (bought, "No entry.")
    assert "refused at the door" in olga.run("admin", "reports", tty=True).out
    ran = olga.run("admin", "reports", "release", report["id"], "--note", "They got in.")
    assert ran.out.startswith(f"released the sale of order {bought}")
    view = ana.run("orders", "view", bought, tty=True).out
    assert "refused at the door: the seller is paid (They got in.)" in view
    assert olga.run("admin", "reports").err == "no open reports\n"


def test_a_refund_of_a_report_asks_first_and_says_what_it_does(
    olga: Person, ana: Person, bought: str
) -> None:
    ana.run("orders", "report", bought, "--problem", "not-as-described")
    (report,) = olga.run("admin", "reports", "--json", "id").json
    refund = ("admin", "reports", "refund", report["id"], "--note", "Sold twice.")
    assert olga.run(*refund).status == 2
    ran = olga.run(*refund, "--yes")
    assert ran.out == f"refunding EUR 45.00 TEST of {bought}\n"
    assert ran.err == f"next: ticketing admin refunds --order {bought}\n"
    assert olga.run("admin", "reports", "--all", "--json", "status,note").json == [
        {"status": "refunded", "note": "Sold twice."}
    ]
