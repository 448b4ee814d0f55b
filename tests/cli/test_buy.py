"""Buy: confirm, lock, pay on the page, wait, and get the ticket or the reason for failure."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.person import Person
from tests.cli.processes import isolated
from ticketing_cli.runtime import child

CARD = "4242424242424242"
DECLINED = "4000000000000002"


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Read a command's stderr until these words appear."""
    assert process.stderr is not None
    output = ""
    for line in process.stderr:
        output += line
        if words in line:
            return output
    raise AssertionError(output)


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.fixture
def ticket(sofia: Person) -> str:
    """Put a seat on sale for EUR 45.00."""
    return sofia.list_ticket()


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[str]:
    """Run a marketplace where a lock lasts two seconds."""
    database = f"sqlite:///{tmp_path / 'hasty.db'}"
    args = ["--database", database, "--port", "0", "--lock-for", "2s"]
    with (
        (tmp_path / "hasty.log").open("w") as log,
        child.server(args, isolated(tmp_path), log=log) as process,
    ):
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("listening on ").strip()


def test_a_paid_order_ends_with_the_ticket_and_its_code(ana: Person, ticket: str) -> None:
    buying = ana.start("buy", ticket, "--yes", "--max-total", "45.00")
    output = read_until(buying, "pay before")
    order = output.partition("(order ")[2].partition(")")[0]
    assert ana.run("sandbox", "pay", order, "--card", CARD).status == 0
    status, out, err = finished(buying)
    assert status == 0
    assert out.startswith(f"{ticket}\tL'Arlésienne\t")
    assert f"Paid. Order {order} is complete" in err
    code = ana.run("wallet", "view", ticket, "--json", "code").json["code"]
    assert out.rstrip("\n").endswith(f"\t{code}")


def test_a_paid_order_shows_people_the_entry_code_as_qr(ana: Person, ticket: str) -> None:
    order = ana.lock_ticket(ticket)
    ana.run("sandbox", "pay", order, "--card", CARD)
    ran = ana.run("pay", order, tty=True, NO_COLOR="1")
    assert "Seat     section C, row A, seat 26" in ran.out
    assert "█▀▀" in ran.out or "▄▄▄▄▄" in ran.out


@pytest.mark.parametrize("options", [[], ["--yes"], ["--max-total", "50"], ["--yes", "--no-input"]])
def test_a_script_must_agree_to_a_price_before_anything_is_locked(
    ana: Person, ticket: str, options: list[str]
) -> None:
    ran = ana.run("buy", ticket, *options)
    assert ran.status == 2
    assert "--yes" in ran.err
    assert "--max-total" in ran.err
    assert ana.run("orders").out == ""


def test_a_price_above_max_total_exits_6_and_locks_nothing(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", "44.99")
    assert ran.status == 6
    assert "the price is EUR 45.00, above --max-total 44.99" in ran.err
    assert ana.run("orders").out == ""


def test_a_price_in_another_currency_exits_6(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", "50", "--currency", "JPY")
    assert ran.status == 6
    assert "the price is EUR 45.00, not in JPY" in ran.err


@pytest.mark.parametrize("amount", ["1e3", "-1", "NaN", "50.001"])
def test_an_invalid_max_total_is_refused(ana: Person, ticket: str, amount: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", amount)
    assert ran.status == 2
    assert "--max-total" in ran.err
    assert ana.run("orders").out == ""


def test_answering_no_releases_the_ticket(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, stdin="n\n", tty=True, NO_COLOR="1")
    assert ran.status == 1
    assert "Total EUR 45.00 TEST, including a fee of EUR 2.25 (5 %)" in ran.err
    assert "Pay EUR 45.00 TEST? [y/N]" in ran.err
    assert ran.out == ""
    assert ana.run("view", ticket, "--json", "status").json == {"status": "available"}


def test_every_price_to_pay_states_whether_the_money_is_real(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", "45", "--no-wait")
    priced = [line for line in ran.err.splitlines() if "EUR" in line]
    assert len(priced) == 2
    assert all("EUR 45.00 TEST" in line for line in priced)


def test_no_wait_exits_8_and_prints_the_payment_page(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", "45", "--no-wait", "--json", "all")
    assert ran.status == 8
    assert ran.json["status"] == "awaiting_payment"
    assert "/p/" in ran.json["payment_url"]


def test_quiet_prints_only_the_orders_id(ana: Person, ticket: str) -> None:
    ran = ana.run("buy", ticket, "--yes", "--max-total", "45", "--no-wait", "--quiet")
    assert (ran.status, ran.err) == (8, "")
    assert ran.out.startswith("ord_")
    assert len(ran.out.split()) == 1


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_at_once_and_the_order_stays_open(
    ana: Person, ticket: str, number: signal.Signals, code: int, word: str
) -> None:
    buying = ana.start("buy", ticket, "--yes", "--max-total", "45")
    order = read_until(buying, "pay before").partition("(order ")[2].partition(")")[0]
    time.sleep(0.3)
    before = time.monotonic()
    buying.send_signal(number)
    status, _, err = finished(buying)
    assert status == code
    assert time.monotonic() - before < 1.0
    assert f"{word}; order {order} stays open until" in err
    assert f"`ticketing pay {order}` continues, " in err
    assert f"`ticketing cancel {order}` releases the ticket" in err
    assert ana.run("orders", "view", order, "--json", "status").json == {
        "status": "awaiting_payment"
    }


def test_buying_ones_own_locked_ticket_continues_the_order(ana: Person, ticket: str) -> None:
    order = ana.lock_ticket(ticket)
    again = ana.run("lock", ticket)
    assert (again.status, "already reserved for you" in again.err + again.out) == (0, True)
    assert order in again.err + again.out
    ran = ana.run("buy", ticket, "--yes", "--max-total", "45", "--no-wait")
    assert ran.status == 8
    assert "Reserved for you already; this continues your order." in ran.err
    assert f"(order {order})" in ran.err
    assert ana.run("lock", ticket, "--json", "id,continued").json == {
        "id": order,
        "continued": True,
    }


def test_a_no_keeps_an_order_that_was_open_before(ana: Person, ticket: str) -> None:
    order = ana.lock_ticket(ticket)
    ran = ana.run("buy", ticket, stdin="n\n", tty=True)
    assert ran.status == 1
    assert "stays reserved" in ran.err + ran.out
    assert ana.run("orders", "view", order, "--json", "status").json == {
        "status": "awaiting_payment"
    }


def test_the_same_idempotency_key_orders_once(ana: Person, ticket: str) -> None:
    again = ("lock", ticket, "--idempotency-key", "seat-26", "--quiet")
    assert ana.run(*again).out == ana.run(*again).out
    assert len(ana.run("orders").out.splitlines()) == 1


@pytest.mark.parametrize("number", [CARD, "4242 4242 4242 4242", "4242-4242-4242-4242"])
def test_a_card_number_is_refused_neither_sent_nor_printed(
    ana: Person, ticket: str, number: str
) -> None:
    for command in (
        ("buy", ticket, "--yes", "--max-total", "45", "--card", number),
        ("cards", "remove", number, "--yes"),
    ):
        ran = ana.run(*command)
        assert ran.status == 2
        assert "Never type one here" in ran.err
        assert "4242" not in ran.out + ran.err
    assert ana.run("orders").out == ""


def test_web_opens_the_short_link_with_the_chosen_browser(ana: Person, ticket: str) -> None:
    buy = ("buy", ticket, "--yes", "--max-total", "45", "--no-wait", "--web")
    process = ana.start(*buy, TICKETING_BROWSER="echo opened")
    status, out, _ = finished(process)
    assert status == 8
    assert out.startswith("opened http://127.0.0.1")


def test_an_expired_lock_exits_6_and_the_ticket_is_back_on_sale(hasty: str, tmp_path: Path) -> None:
    sofia, ana = (Person(name, hasty, tmp_path / name).sign_up() for name in ("sofia", "ana"))
    ticket = sofia.list_ticket()
    ran = ana.run("buy", ticket, "--yes", "--max-total", "45", "--json", "status,reason")
    assert ran.status == 6
    assert ran.json == {"status": "cancelled", "reason": "expired"}
    assert '"code": "expired"' in ran.err
    assert ana.run("view", ticket, "--json", "status").json == {"status": "available"}


def test_a_declined_card_exits_7_and_the_last_attempt_ends_the_order(
    ana: Person, ticket: str
) -> None:
    buying = ana.start("buy", ticket, "--yes", "--max-total", "45")
    order = read_until(buying, "pay before").partition("(order ")[2].partition(")")[0]
    for _ in range(3):
        ran = ana.run("sandbox", "pay", order, "--card", DECLINED)
        assert ran.status in {6, 7}, ran.err
    status, _, err = finished(buying)
    assert status == 7
    assert "declined: " in err
    assert "no money was taken" in err


def test_a_ticket_that_is_locked_exits_6_and_names_no_buyer(
    ana: Person, ben: Person, ticket: str
) -> None:
    ana.lock_ticket(ticket)
    ran = ben.run("buy", ticket, "--yes", "--max-total", "45")
    assert ran.status == 6
    assert "error: The ticket is locked." in ran.err


def test_a_cancelled_order_cannot_be_paid(ana: Person, ticket: str) -> None:
    order = ana.lock_ticket(ticket)
    assert (
        ana.run("cancel", order).out
        == f"Order {order} is cancelled. Ticket {ticket} is back on sale\n"
    )
    ran = ana.run("pay", order)
    assert ran.status == 6
    assert "the order was cancelled by the buyer" in ran.err
    assert ana.run("cancel", order).status == 6
