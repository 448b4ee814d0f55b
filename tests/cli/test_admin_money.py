"""Money by an operator: refunds, cancelled shows, alerts, the ledger. A yes before it moves."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable

import pytest

from tests.cli.conftest import Ahead
from tests.cli.person import Person
from tests.cli.processes import PATIENCE
from tests.cli.test_buy import finished

#: The refund to this card fails after it was promised.
REFUND_FAILS = "4000000000005126"
MINUTE = 60 * 1_000_000


@pytest.fixture
def bought(sofia: Person, ana: Person) -> str:
    """Buy a seat for EUR 45.00; return the order's id."""
    return ana.buys(sofia.lists())


def soon(happened: Callable[[], bool]) -> bool:
    """Ask until something has happened; give up before anybody would call it hanging."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if happened():
            return True
    return False


def show_of(person: Person) -> str:
    """Return the id of the only show."""
    return person.types("shows").out.rstrip("\n").rpartition("\t")[2]


def test_a_refund_shows_the_amount_and_asks(olga: Person, bought: str) -> None:
    ran = olga.types("admin", "refund", bought, stdin="n\n", tty=True)
    assert ran.status == 1
    assert "Send EUR 45.00 TEST back to its buyer? [y/N]" in ran.err
    assert olga.types("admin", "refunds").out == ""


def test_a_script_needs_yes(olga: Person, bought: str) -> None:
    ran = olga.types("admin", "refund", bought)
    assert ran.status == 2
    assert "--yes" in ran.err
    assert olga.types("admin", "refunds").out == ""


def test_a_partial_refund_is_listed(olga: Person, bought: str) -> None:
    ran = olga.types("admin", "refund", bought, "--amount", "10.00", "--yes")
    refund = ran.out.rstrip("\n").rpartition(" ")[2]
    assert ran.out == f"EUR 10.00 TEST goes back for {bought}: refund {refund}\n"
    (line,) = olga.types("admin", "refunds", "--order", bought).out.splitlines()
    assert line.startswith(f"{refund}\t{bought}\tEUR 10.00\t")


@pytest.mark.parametrize(
    ("amount", "status", "words"),
    [
        ("45.01", 6, "Only EUR 45.00 of the payment is left."),
        ("1e3", 2, "--amount must be a plain decimal number"),
        ("0", 2, "more than nothing"),
        ("10.001", 2, "--amount has too many decimals"),
    ],
)
def test_an_impossible_refund_is_refused(
    olga: Person, bought: str, amount: str, status: int, words: str
) -> None:
    ran = olga.types("admin", "refund", bought, "--amount", amount, "--yes")
    assert ran.status == status
    assert words in ran.err
    assert olga.types("admin", "refunds").out == ""


def test_the_same_idempotency_key_refunds_once(olga: Person, bought: str) -> None:
    again = ("admin", "refund", bought, "--amount", "1.00", "--yes", "--idempotency-key", "one")
    assert olga.types(*again).out == olga.types(*again).out
    assert len(olga.types("admin", "refunds").out.splitlines()) == 1


def test_a_show_is_cancelled_by_its_name(olga: Person, sofia: Person) -> None:
    ticket = sofia.lists()
    ran = olga.types("admin", "cancel-show", ticket, "--confirm", "Carmen")
    assert ran.status == 2
    assert "is not L'Arlésienne; nothing was done" in ran.err
    assert olga.types("view", ticket, "--json", "status").json == {"status": "available"}


def test_a_cancelled_show_withdraws_ends_and_refunds(
    olga: Person, sofia: Person, ana: Person, ben: Person
) -> None:
    order = ana.buys(sofia.lists(seat="1"))
    ben.locks(sofia.lists(seat="2"))
    sofia.lists(seat="3")
    ran = olga.types(
        "admin", "cancel-show", show_of(olga), tty=True, NO_COLOR="1", stdin="L'Arlésienne\n"
    )
    assert ran.status == 0, ran.err
    told = dict(re.split(r"  +", line, maxsplit=1) for line in ran.out.splitlines())
    assert told["Tickets withdrawn"] == "2"
    assert told["Refunds"] == "done 1"
    assert told["Went back"] == "EUR 45.00 TEST"
    assert "cancelling [" not in ran.out
    assert "cancelling " in ran.err
    assert sofia.types("list").out == ""
    assert ana.types("orders").out.split("\t")[2] == "complete (refunded)"
    assert ana.types("wallet", "--json", "order_id,refunded").json == [
        {"order_id": order, "refunded": True}
    ]
    assert ben.types("orders", "--json", "status,reason").json == [
        {"status": "cancelled", "reason": "admin"}
    ]


def test_a_cancelled_show_is_shown_again_without_confirmation(
    olga: Person, sofia: Person, ana: Person
) -> None:
    ticket = sofia.lists()
    ana.buys(ticket)
    olga.types("admin", "cancel-show", ticket, "--confirm", "L'Arlésienne")
    ran = olga.types("admin", "cancel-show", ticket, "--json", "done,refunds")
    assert (ran.status, ran.json) == (0, {"done": True, "refunds": {"done": 1}})


def test_ctrl_c_does_not_stop_the_cancellation(olga: Person, sofia: Person, ana: Person) -> None:
    ana.buys(sofia.lists(seat="1"), "4000000000007726")  # a refund of which pends for a while
    sofia.lists(seat="2")
    show = show_of(olga)
    command = ("admin", "cancel-show", show, "--confirm", "L'Arlésienne", "--debug")
    watching = olga.starts(*command)
    assert soon(lambda: not sofia.types("list").out)
    watching.send_signal(signal.SIGINT)
    status, _, err = finished(watching)
    assert status == 130
    assert "the cancelling of L'Arlésienne goes on by itself" in err
    assert f"`ticketing admin cancel-show {show}` looks again" in err


def test_a_failed_refund_exits_1_and_is_an_alert_until_it_is_resolved(
    olga: Person, sofia: Person, ana: Person, clock: Ahead
) -> None:
    ana.buys(sofia.lists(seat="1"), REFUND_FAILS)
    sofia.lists(seat="2")
    show = show_of(olga)
    cancel = ("admin", "cancel-show", show, "--confirm", "L'Arlésienne")
    assert olga.types(*cancel).status == 0
    # A minute later the bank sends it back; with a page open that is heard of within seconds.
    clock.by += 2 * MINUTE
    ana.types("cards", "add", "--no-wait")
    assert soon(lambda: olga.types(*cancel).status == 1)
    ran = olga.types(*cancel)
    assert "1 refund failed; pay in another way" in ran.err
    (alert,) = olga.types("admin", "attention", "--json", "id,kind,detail").json
    assert alert["kind"] == "refund_failed"
    assert "EUR 45.00 did not reach the buyer" in alert["detail"]
    settled = olga.types("admin", "attention", "settle", alert["id"], "--note", "paid by bank")
    assert settled.out.startswith(f"settled {alert['id']}: refund_failed ref_")
    assert olga.types("admin", "attention").err == "no alerts that need you\n"
    assert olga.types("admin", "attention", "--all", "--json", "note").json == [
        {"note": "paid by bank"}
    ]
    assert olga.types(*cancel).status == 0


def test_an_alert_is_not_resolved_without_a_note(olga: Person) -> None:
    ran = olga.types("admin", "attention", "settle", "att_1aaaa")
    assert ran.status == 2
    assert "--note" in ran.err


@pytest.mark.usefixtures("bought")
def test_our_payments_agree_with_the_providers(olga: Person) -> None:
    ran = olga.types("admin", "reconcile", "--dry-run")
    assert (ran.status, ran.out) == (0, "")
    assert "TEST money\nno differences\n" in ran.err


def test_an_order_that_does_not_hang_cannot_be_released(olga: Person, bought: str) -> None:
    ran = olga.types("admin", "release", bought, "--confirm", bought)
    assert ran.status == 6
    assert "No payment of this order is being confirmed." in ran.err


def test_a_release_asks_for_the_orders_id(olga: Person, bought: str) -> None:
    ran = olga.types("admin", "release", bought, "--confirm", "WRONG")
    assert ran.status == 2
    assert "nothing was done" in ran.err


def test_the_ledger_lines_of_an_order_add_up_to_zero(olga: Person, bought: str) -> None:
    lines = olga.types("admin", "ledger", "--order", bought, "--json", "amount,book").json
    assert sorted((line["book"], line["amount"]) for line in lines) == [
        ("fee", -225), ("platform", 4500), ("seller", -4275),
    ]  # fmt: skip
    shown = olga.types("admin", "ledger", tty=True, NO_COLOR="1").out
    assert "EUR -42.75 TEST" in shown
    assert "TEST" not in olga.types("admin", "ledger").out
