"""Sell: list one ticket by its options, with a clear error for invalid ones."""

from __future__ import annotations

import pytest

from tests.cli.person import Person, listing_options
from tests.hostile import CORPUS, STEERING


def test_success_is_one_line_with_the_id_and_the_next_command(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options())
    (line,) = ran.out.splitlines()
    ticket = line.split()[1].rstrip(":")
    assert line == (f"listed {ticket}: L'Arlésienne, section C, row A, seat 26, EUR 45.00")
    assert ran.err == (
        "Price EUR 45.00, fee EUR 2.25 (5 %): you receive EUR 42.75 TEST\n"
        f"next: ticketing view {ticket}\n"
    )


def test_quiet_prints_only_the_id(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options(), "--quiet")
    assert ran.out.strip().startswith("tkt_")
    assert len(ran.out.split()) == 1
    assert ran.err == ""


@pytest.mark.parametrize(
    ("price", "currency", "words"),
    [
        ("0", "EUR", "--price"),
        ("-5", "EUR", "--price must be a plain decimal number"),
        ("1e3", "EUR", "--price must be a plain decimal number"),
        ("NaN", "EUR", "--price must be a plain decimal number"),
        ("Infinity", "EUR", "--price must be a plain decimal number"),
        ("12,50", "EUR", "--price must be a plain decimal number"),
        ("٤٥", "EUR", "--price must be a plain decimal number"),
        ("12.345", "EUR", "--price has too many decimals: EUR has at most 2 decimals"),
        ("10.50", "JPY", "--price has too many decimals: JPY has no decimals"),
        ("9223372036854775808", "EUR", "--price"),
        ("9999999999999", "JPY", "--price is larger than the largest price"),
        ("0.10", "EUR", "--price must be at least EUR 0.50, the payment provider's minimum"),
        ("1000000", "EUR", "--price must be at most EUR 999,999.99, the payment provider's"),
        ("1.001", "KWD", "--price must be a multiple of KWD 0.010"),
        ("45.00", "KPW", "--currency is in KPW, which the payment provider does not charge"),
        ("45.00", "XXX", "--currency 'XXX' is not a known currency"),
        ("45.00", "eur", "--currency 'eur' is not a known currency"),
    ],
)
def test_an_invalid_price_is_named_and_nothing_is_listed(
    sofia: Person, price: str, currency: str, words: str
) -> None:
    ran = sofia.run("sell", *listing_options(price=price, currency=currency))
    assert ran.status == 2
    assert words in ran.err
    assert ran.out == ""
    assert sofia.run("list", "--mine").out == ""


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("show", "x" * 5000, "--show"),
        ("show", "a\x1b[31mb", "--show has a hidden character (U+001B)"),
        ("show", "a\u202eb", "--show has a hidden character (U+202E)"),
        ("show", "   ", "--show is blank"),
        ("category", "gig", "--category"),
        ("country", "France", "--country"),
        ("starts_at", "2031-04-07T20:00:00", "--starts-at"),
        ("starts_at", "tomorrow", "--starts-at"),
    ],
)
def test_an_invalid_field_is_named_by_its_option(
    sofia: Person, field: str, value: str, words: str
) -> None:
    ran = sofia.run("sell", *listing_options(**{field: value}))
    assert ran.status == 2
    assert words in ran.err
    assert not STEERING.search(ran.err)


def test_a_show_in_the_past_is_refused(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options(starts_at="2021-04-07T20:00:00+02:00"))
    assert ran.status == 6
    assert "started at" in ran.err


def test_a_missing_option_is_named_at_once_without_a_terminal(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options(city=""))
    assert ran.status == 2
    assert "--city is required when not run interactively" in ran.err


def test_a_missing_option_is_prompted_for_on_stderr(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options(city=""), "--quiet", stdin="Lyon\n", tty=True)
    assert ran.status == 0
    assert ran.err == "City: "
    assert ran.out.startswith("tkt_")


def test_a_dry_run_reports_what_would_happen_and_lists_nothing(sofia: Person) -> None:
    ran = sofia.run("sell", *listing_options(), "--dry-run")
    assert (ran.status, ran.out) == (0, "would be created 1, updated 0, unchanged 0, refused 0\n")
    assert sofia.run("list", "--mine").out == ""


def test_the_same_idempotency_key_lists_once(sofia: Person) -> None:
    first, second = (
        sofia.run("sell", *listing_options(), "--quiet", "--idempotency-key", "spring-26").out
        for _ in range(2)
    )
    assert first == second
    assert len(sofia.run("list", "--mine").out.splitlines()) == 1


def test_selling_needs_a_sign_in(stranger: Person) -> None:
    ran = stranger.run("sell", *listing_options())
    assert ran.status == 4
    assert "ticketing auth login" in ran.err


def test_an_edit_changes_only_the_named_fields(sofia: Person) -> None:
    ticket = sofia.list_ticket(barcode="PRINTED-1")
    ran = sofia.run("edit", ticket, "--price", "39.50", "--json", "price,seat,version")
    assert ran.json == {"price": {"amount": 3950, "currency": "EUR"}, "seat": "26", "version": 2}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "there is nothing to change"),
        (["--currency", "USD"], "--currency needs --price"),
        (["--price", "1e3"], "--price must be a plain decimal number"),
        (["--price", "0"], "price"),
    ],
)
def test_an_edit_without_valid_options_changes_nothing(
    sofia: Person, options: list[str], words: str
) -> None:
    ticket = sofia.list_ticket()
    ran = sofia.run("edit", ticket, *options)
    assert ran.status == 2
    assert words in ran.err
    assert sofia.run("view", ticket, "--json", "version").json == {"version": 1}


@pytest.mark.parametrize(
    ("price", "words"),
    [("0.49", "--price must be at least EUR 0.50"), ("1000000", "at most EUR 999,999.99")],
)
def test_an_edit_to_a_price_that_cannot_be_charged_is_refused_with_the_limit(
    sofia: Person, price: str, words: str
) -> None:
    ticket = sofia.list_ticket()
    ran = sofia.run("edit", ticket, "--price", price)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err
    assert sofia.run("view", ticket, "--json", "version").json == {"version": 1}


def test_only_the_seller_may_edit_or_withdraw(sofia: Person, ana: Person) -> None:
    ticket = sofia.list_ticket()
    for command in (["edit", ticket, "--price", "1.00"], ["withdraw", ticket]):
        ran = ana.run(*command)
        assert ran.status == 4
        assert "Only the owner can change or sell a ticket." in ran.err


def test_a_withdrawn_ticket_is_off_sale(sofia: Person) -> None:
    ticket = sofia.list_ticket()
    assert sofia.run("withdraw", ticket).out.startswith(f"withdrew {ticket}: ")
    assert sofia.run("list").out == ""
    assert sofia.run("view", ticket, "--json", "status").json == {"status": "withdrawn"}


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_name_on_the_command_line_cannot_control_the_terminal(
    sofia: Person, name: str
) -> None:
    ran = sofia.run("sell", *listing_options(show=CORPUS[name]))
    shown = sofia.run("list", "--mine", tty=True, NO_COLOR="1")
    assert ran.status in {0, 2}
    assert not STEERING.search(ran.out + ran.err + shown.out)
