"""An operator's money: refunds, cancelled shows, alerts, the ledger, each after confirmation."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable

import pytest

from tests.cli.conftest import AdjustableClock
from tests.cli.person import Person
from tests.cli.processes import PATIENCE
from tests.cli.test_buy import finished

#: The refund to this card fails after it was accepted.
REFUND_FAILS = "4000000000005126"
MINUTE = 60 * 1_000_000


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Buy a seat for EUR 45.00; return the order's id."""
    return ana.buy_ticket(sofia.list_ticket())


def soon(happened: Callable[[], bool]) -> bool:
    """Poll until a condition holds; fail after a few seconds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if happened():
            return True
    return False


def show_of(person: Person) -> str:
    """Return the id of the only show."""
    (shown,) = person.run("shows", "--json", "show").json
    return str(shown["show"]["id"])


def test_a_refund_shows_the_amount_and_asks(olga: Person, bought: str) -> None:
    ran = olga.run("admin", "refund", bought, stdin="n\n", tty=True)
    assert ran.status == 1
    assert "Refund EUR 45.00 TEST to the buyer? The ticket becomes void. [y/N]" in ran.err
    assert olga.run("admin", "refunds").out == ""


def test_a_script_needs_yes(olga: Person, bought: str) -> None:
    ran = olga.run("admin", "refund", bought)
    assert ran.status == 2
    assert "--yes" in ran.err
    assert olga.run("admin", "refunds").out == ""


def test_a_partial_refund_is_listed(olga: Person, bought: str) -> None:
    ran = olga.run("admin", "refund", bought, "--amount", "10.00", "--yes")
    refund = ran.out.rstrip("\n").rpartition(" ")[2]
    assert ran.out == f"refunding EUR 10.00 TEST of {bought}: refund {refund}\n"
    (line,) = olga.run("admin", "refunds", "--order", bought).out.splitlines()
    assert line.startswith(f"{refund}\t{bought}\tEUR 10.00\t")


@pytest.mark.parametrize(
    ("amount", "status", "words"),
    [
        ("45.01", 6, "Only EUR 45.00 of the payment is left."),
        ("1e3", 2, "--amount must be a plain decimal number"),
        ("0", 2, "greater than 0"),
        ("10.001", 2, "--amount has too many decimals"),
    ],
)
def test_an_impossible_refund_is_refused(
    olga: Person, bought: str, amount: str, status: int, words: str
) -> None:
    ran = olga.run("admin", "refund", bought, "--amount", amount, "--yes")
    assert ran.status == status
    assert words in ran.err
    assert olga.run("admin", "refunds").out == ""


def test_the_same_idempotency_key_refunds_once(olga: Person, bought: str) -> None:
    again = ("admin", "refund", bought, "--amount", "1.00", "--yes", "--idempotency-key", "one")
    assert olga.run(*again).out == olga.run(*again).out
    assert len(olga.run("admin", "refunds").out.splitlines()) == 1


def test_a_show_is_cancelled_by_its_name(olga: Person, sofia: Person) -> None:
    ticket = sofia.list_ticket()
    ran = olga.run("admin", "cancel-show", ticket, "--confirm", "Carmen")
    assert ran.status == 2
    assert "is not L'Arlésienne; nothing was changed" in ran.err
    assert olga.run("view", ticket, "--json", "status").json == {"status": "available"}


def test_a_cancelled_show_withdraws_ends_and_refunds(
    olga: Person, sofia: Person, ana: Person, ben: Person
) -> None:
    order = ana.buy_ticket(sofia.list_ticket(seat="1"))
    ben.lock_ticket(sofia.list_ticket(seat="2"))
    sofia.list_ticket(seat="3")
    ran = olga.run(
        "admin", "cancel-show", show_of(olga), tty=True, NO_COLOR="1", stdin="L'Arlésienne\n"
    )
    assert ran.status == 0, ran.err
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in ran.out.splitlines())
    assert lines["Tickets withdrawn"] == "2"
    assert lines["Refunds"] == "done 1"
    assert lines["Refunded"] == "EUR 45.00 TEST"
    assert "cancelling [" not in ran.out
    assert "cancelling " in ran.err
    assert sofia.run("list").out == ""
    assert ana.run("orders").out.split("\t")[2] == "complete (show cancelled, refunded)"
    assert ana.run("wallet", "--json", "order_id,refunded").json == [
        {"order_id": order, "refunded": True}
    ]
    assert ben.run("orders", "--json", "status,reason").json == [
        {"status": "cancelled", "reason": "show_cancelled"}
    ]


def test_a_cancelled_show_is_shown_again_without_confirmation(
    olga: Person, sofia: Person, ana: Person
) -> None:
    ticket = sofia.list_ticket()
    ana.buy_ticket(ticket)
    olga.run("admin", "cancel-show", ticket, "--confirm", "L'Arlésienne")
    ran = olga.run("admin", "cancel-show", ticket, "--json", "done,refunds")
    assert (ran.status, ran.json) == (0, {"done": True, "refunds": {"done": 1}})


def test_ctrl_c_does_not_stop_the_cancellation(olga: Person, sofia: Person, ana: Person) -> None:
    ana.buy_ticket(sofia.list_ticket(seat="1"), "4000000000007726")  # its refund stays pending
    sofia.list_ticket(seat="2")
    show = show_of(olga)
    command = ("admin", "cancel-show", show, "--confirm", "L'Arlésienne", "--debug")
    watching = olga.start(*command)
    assert soon(lambda: not sofia.run("list").out)
    watching.send_signal(signal.SIGINT)
    status, _, err = finished(watching)
    assert status == 130
    assert "the cancellation of L'Arlésienne continues on the server" in err
    assert f"`ticketing admin cancel-show {show}` shows the progress" in err


def test_a_failed_refund_exits_1_and_is_an_alert_until_it_is_resolved(
    olga: Person, sofia: Person, ana: Person, clock: AdjustableClock
) -> None:
    ana.buy_ticket(sofia.list_ticket(seat="1"), REFUND_FAILS)
    sofia.list_ticket(seat="2")
    show = show_of(olga)
    cancel = ("admin", "cancel-show", show, "--confirm", "L'Arlésienne")
    assert olga.run(*cancel).status == 0
    # A minute later the bank rejects it; the server notices that within seconds.
    clock.by += 2 * MINUTE
    ana.run("cards", "add", "--no-wait")
    assert soon(lambda: olga.run(*cancel).status == 1)
    ran = olga.run(*cancel)
    assert "1 refund failed; pay them in another way" in ran.err
    (alert,) = olga.run("admin", "attention", "--json", "id,kind,detail").json
    assert alert["kind"] == "refund_failed"
    assert "EUR 45.00 did not reach the buyer" in alert["detail"]
    settled = olga.run("admin", "attention", "settle", alert["id"], "--note", "paid by bank")
    assert settled.out.startswith(f"resolved {alert['id']}: refund_failed ref_")
    assert olga.run("admin", "attention").err == "no open alerts\n"
    assert olga.run("admin", "attention", "--all", "--json", "note").json == [
        {"note": "paid by bank"}
    ]
    assert olga.run(*cancel).status == 0


def test_an_alert_is_not_resolved_without_a_note(olga: Person) -> None:
    ran = olga.run("admin", "attention", "settle", "att_1aaaa")
    assert ran.status == 2
    assert "--note" in ran.err


@pytest.mark.usefixtures("bought")
def test_our_payments_agree_with_the_providers(olga: Person) -> None:
    ran = olga.run("admin", "reconcile", "--dry-run")
    assert (ran.status, ran.out) == (0, "")
    assert "(TEST money)\nno differences\n" in ran.err


def test_an_order_that_does_not_hang_cannot_be_released(olga: Person, bought: str) -> None:
    ran = olga.run("admin", "release", bought, "--confirm", bought)
    assert ran.status == 6
    assert "No payment for this order is being confirmed." in ran.err


def test_a_release_asks_for_the_orders_id(olga: Person, bought: str) -> None:
    ran = olga.run("admin", "release", bought, "--confirm", "WRONG")
    assert ran.status == 2
    assert "nothing was changed" in ran.err


def test_the_ledger_lines_of_an_order_add_up_to_zero(olga: Person, bought: str) -> None:
    lines = olga.run("admin", "ledger", "--order", bought, "--json", "amount,book").json
    assert sorted((line["book"], line["amount"]) for line in lines) == [
        ("fee", -225), ("platform", 4500), ("seller", -4275),
    ]  # fmt: skip
    shown = olga.run("admin", "ledger", tty=True, NO_COLOR="1").out
    assert "EUR -42.75 TEST" in shown
    assert "TEST" not in olga.run("admin", "ledger").out
