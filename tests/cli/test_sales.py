"""Sales, balance, and the fee, which is shown before anybody agrees to anything."""

from __future__ import annotations

import pytest

from client import terms
from client.formatting import Marked, for_pipe
from contract.money import Money
from contract.terms import Terms
from tests.cli.person import Person, listing_options


@pytest.fixture
def sold(sofia: Person, ana: Person) -> str:
    """Sell a seat for EUR 45.00; return the order's id."""
    return ana.buy_ticket(sofia.list_ticket())


def test_a_sale_shows_price_fee_and_what_the_seller_receives(sofia: Person, sold: str) -> None:
    sale = sofia.run("sales", "--json", "order_id,price,fee,net,status,live").json
    assert sale == [
        {
            "order_id": sold, "price": {"amount": 4500, "currency": "EUR"},
            "fee": {"amount": 225, "currency": "EUR"}, "net": {"amount": 4275, "currency": "EUR"},
            "status": "waiting", "live": False,
        }
    ]  # fmt: skip


@pytest.mark.usefixtures("sold")
def test_every_amount_for_people_is_labelled_as_test_money(sofia: Person) -> None:
    for command in (["sales"], ["balance"]):
        shown = sofia.run(*command, tty=True, NO_COLOR="1").out
        lines = [line for line in shown.splitlines() if "EUR" in line]
        assert lines
        assert all(" TEST" in line for line in lines)
        piped = sofia.run(*command).out
        assert "TEST" not in piped
        assert "EUR 42.75" in piped


def test_a_sale_fits_80_columns(sofia: Person, sold: str) -> None:
    ran = sofia.run("sales", TICKETING_FORCE_TTY="80")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert sold in ran.out
    assert "EUR 42.75 TEST" in ran.out


@pytest.mark.usefixtures("sold")
def test_the_balance_waits_for_the_show(sofia: Person) -> None:
    assert sofia.run("balance", "--json", "currencies").json["currencies"] == [
        {"currency": "EUR", "waiting": 4275, "available": 0, "paid_out": 0, "in_transit": 0}
    ]


def test_nothing_sold_is_a_success(ana: Person) -> None:
    assert ana.run("sales").err == "no sales\n"
    assert ana.run("balance").err == "no money owed for sales\n"
    assert ana.run("payouts").err == "no payouts\n"


@pytest.mark.usefixtures("sold")
def test_a_sale_is_visible_to_its_seller_only(ana: Person) -> None:
    assert ana.run("sales").out == ""


@pytest.mark.parametrize(
    ("price", "words"),
    [
        ("45.00", "Price EUR 45.00, fee EUR 2.25 (5 %): you receive EUR 42.75 TEST"),
        # 5 % of 59 cents is 2.95 cents; the seller keeps the fraction.
        ("0.59", "Price EUR 0.59, fee EUR 0.02 (5 %): you receive EUR 0.57 TEST"),
    ],
)
def test_the_fee_is_printed_before_a_ticket_is_listed(
    sofia: Person, price: str, words: str
) -> None:
    ran = sofia.run("sell", *listing_options(price=price), "--dry-run")
    assert ran.err.splitlines()[0] == words


def test_the_fee_is_shown_to_anybody_who_views_a_ticket(stranger: Person, sofia: Person) -> None:
    ran = stranger.run("view", sofia.list_ticket(), tty=True, NO_COLOR="1")
    words = "Total EUR 45.00 TEST, including a fee of EUR 2.25 (5 %)\n"
    assert ran.err == words


@pytest.mark.parametrize(
    ("points", "words"), [(500, "5 %"), (250, "2.5 %"), (1, "0.01 %"), (10_000, "100 %")]
)
def test_a_percentage_has_no_needless_digits(points: int, words: str) -> None:
    asked = Terms(fee_basis_points=points, lock_seconds=1, payout_after_seconds=1, live=False)
    assert terms.percentage(asked) == words


def test_a_marketplace_without_a_fee_says_so() -> None:
    free = Terms(fee_basis_points=0, lock_seconds=1, payout_after_seconds=1, live=True)
    price = Money(amount=4500, currency="EUR")
    assert terms.for_seller(free, price) == "No fee: you receive the full price, EUR 45.00 LIVE"
    assert terms.for_buyer(free, price) == "Total EUR 45.00 LIVE (no fees)"


def test_a_debt_is_written_with_its_sign() -> None:
    debt = Marked(-123_456, "EUR", live=False)
    assert str(debt) == "EUR -1,234.56 TEST"
    assert for_pipe(debt) == "EUR -1234.56"
