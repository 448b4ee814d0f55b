"""Lists: what `list`, `shows` and `view` print, to people and to programs."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from contract.money import Money
from contract.orders import CancelReason, OrderStatus
from tests.cli.person import Person
from tests.cli.runner import CommandRunner
from tests.samples import ORDER, body
from ticketing_cli.orders import state


@pytest.fixture
def listed(sofia: Person) -> Person:
    """Put three seats on sale and return their seller."""
    sofia.list_ticket(seat="1", price="45.00")
    sofia.list_ticket(seat="2", price="30.00")
    sofia.list_ticket(seat="3", price="60.00", show="Carmen", city="Sevilla", country="ES")
    return sofia


def test_data_goes_to_stdout_and_messages_to_stderr(listed: Person) -> None:
    ran = listed.run("list", "--limit", "1", "--json", "id")
    assert len(ran.json) == 1
    assert ran.err == "showing 1 of 3 tickets; --limit 0 shows all\n"


def test_a_piped_list_is_one_line_per_record_with_tabs(listed: Person) -> None:
    ran = listed.run("list", "--sort", "price")
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t")[1:] == [
        "L'Arlésienne", "2031-04-07T20:00:00+02:00", "Lyon", "C A 2", "EUR 30.00", "available",
        "unverified",
    ]  # fmt: skip
    assert "\x1b" not in ran.out


def test_a_list_on_a_terminal_is_an_aligned_table(listed: Person) -> None:
    ran = listed.run("list", tty=True, NO_COLOR="1")
    header, *rows = ran.out.splitlines()
    assert header.split() == ["ID", "SHOW", "STARTS", "CITY", "SEAT", "PRICE", "STATUS", "ORIGIN"]
    assert len({row.index("EUR") for row in rows}) == 1


@pytest.mark.parametrize("width", ["40", "60", "80", "100"])
def test_a_table_keeps_ids_prices_and_seats_whole_at_any_width(listed: Person, width: str) -> None:
    ran = listed.run("list", TICKETING_FORCE_TTY=width)
    for row in ran.out.splitlines()[1:]:
        assert "…" not in row.split()[0]
        assert row.split()[-1].endswith(("45.00", "30.00", "60.00", "unverified"))


def test_json_prints_the_named_fields_in_that_order(listed: Person) -> None:
    ran = listed.run("list", "--json", "status,id", "--limit", "1")
    assert list(ran.json[0]) == ["status", "id"]


@pytest.mark.parametrize("command", [["list"], ["shows"], ["orders"], ["wallet"], ["watch"]])
def test_an_unknown_field_exits_2_and_lists_the_known_ones(
    listed: Person, command: list[str]
) -> None:
    ran = listed.run(*command, "--json", "nope")
    assert ran.status == 2
    assert ran.out == ""
    assert "no field 'nope'" in ran.err


def test_a_ticket_in_json_has_exactly_the_documented_fields(listed: Person) -> None:
    ticket = listed.run("list", "--json", "all", "--limit", "1").json[0]
    assert list(ticket) == [
        "id", "show", "section", "row", "seat", "price", "status", "version", "seller_id",
        "external_id", "created_at", "updated_at", "withdraw_reason", "withdraw_note",
        "owned", "origin", "face_value", "locked_until", "suspended",
    ]  # fmt: skip
    assert list(ticket["show"]) == [
        "id", "name", "category", "venue", "city", "country", "starts_at", "cancelled",
        "timezone", "before", "organiser_id", "official", "doors_open_at", "entry_closes_at",
        "policy", "refund_until",
    ]  # fmt: skip
    assert ticket["price"] == {"amount": 4500, "currency": "EUR"}
    assert ticket["show"]["starts_at"] == "2031-04-07T20:00:00+02:00"


def test_an_empty_result_is_a_success(listed: Person) -> None:
    ran = listed.run("list", "--query", "zzz", "--json", "id")
    assert (ran.status, ran.out, ran.err) == (0, "[]\n", "no tickets\n")


def test_truncation_is_never_silent(listed: Person) -> None:
    assert "showing 2 of 3 tickets" in listed.run("list", "--limit", "2").err
    whole = listed.run("list", "--limit", "0")
    assert len(whole.out.splitlines()) == 3
    assert whole.err == ""


@pytest.mark.parametrize(
    ("options", "seats"),
    [
        (["arlesienne"], {"1", "2"}),
        (["--show", "carmen"], {"3"}),
        (["--city", "sevilla"], {"3"}),
        (["--category", "sports"], set()),
        (["--max-price", "45.00", "--currency", "EUR"], {"1", "2"}),
        (["--currency", "JPY"], set()),
        (["--from", "2031-04-08"], set()),
        (["--from", "2031-04-07", "--to", "2031-04-07"], {"1", "2", "3"}),
        (["--from", "2031-04-07T20:00:01+02:00"], set()),
        (["--to", "9999-12-31"], {"1", "2", "3"}),
        (["--to", "9999-12-31T23:59:59-14:00"], {"1", "2", "3"}),
        (["--from", "0001-01-01T00:00:00+14:00"], {"1", "2", "3"}),
        (["--from", "2031-04-01", "--to", "2031-04-09"], {"1", "2", "3"}),
        (["--status", "sold"], set()),
        (["--mine"], {"1", "2", "3"}),
    ],
)
def test_a_filter_excludes_what_does_not_match(
    listed: Person, options: list[str], seats: set[str]
) -> None:
    found = listed.run("list", *options, "--json", "seat").json
    assert {ticket["seat"] for ticket in found} == seats


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-price", "45"], "--max-price needs --currency"),
        (["--max-price", "4,5", "--currency", "EUR"], "--max-price must be a plain decimal"),
        (["--max-price", "45", "--currency", "EURO"], "'EURO' is not a known currency"),
        (["--from", "03/04/2031"], "is not a date"),
        (["--from", "2031-04-07T20:00"], "has no UTC offset"),
        (["--category", "gig"], "gig"),
        (["--limit", "-1"], "limit"),
    ],
)
def test_an_invalid_filter_is_named(listed: Person, options: list[str], words: str) -> None:
    ran = listed.run("list", *options)
    assert ran.status == 2
    assert words in ran.err


def test_shows_counts_tickets_on_sale_and_gives_the_price_range(listed: Person) -> None:
    shows = sorted(line.split("\t") for line in listed.run("shows").out.splitlines())
    assert [[show[0], *show[4:6]] for show in shows] == [
        ["Carmen", "1", "EUR 60.00"],
        ["L'Arlésienne", "2", "EUR 30.00 to EUR 45.00"],
    ]


def test_view_prints_one_ticket(listed: Person) -> None:
    ticket = json.loads(listed.run("list", "--limit", "1", "--json", "id").out)[0]["id"]
    assert f"Ticket       {ticket}" in listed.run("view", ticket, tty=True, NO_COLOR="1").out
    assert listed.run("view", ticket).out.startswith(f"{ticket}\tL'Arlésienne\t")


def test_an_unknown_ticket_exits_5(listed: Person) -> None:
    ran = listed.run("view", "tkt_000000")
    assert ran.status == 5
    assert "error: There is no such ticket." in ran.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": OrderStatus.COMPLETE}, "complete"),
        ({"status": OrderStatus.COMPLETE, "refunded": ORDER.price}, "complete (refunded)"),
        (
            {"status": OrderStatus.COMPLETE, "refunded": Money(amount=1, currency="MXN")},
            "complete (part refunded)",
        ),
        ({"status": OrderStatus.COMPLETE, "disputed": True}, "complete (disputed)"),
        (
            {"status": OrderStatus.CANCELLED, "reason": CancelReason.EXPIRED},
            "cancelled (expired)",
        ),
        (
            {"status": OrderStatus.COMPLETE, "show_cancelled": True},
            "complete (show cancelled)",
        ),
        (
            {
                "status": OrderStatus.CANCELLED,
                "reason": CancelReason.SHOW_CANCELLED,
                "show_cancelled": True,
            },
            "cancelled (show cancelled)",
        ),
    ],
)
def test_an_order_shows_how_it_ended(change: dict[str, object], words: str) -> None:
    assert state(msgspec.structs.replace(ORDER, **change)) == words


@pytest.mark.parametrize(("live", "word"), [(True, "LIVE"), (False, "TEST")])
def test_an_order_labels_its_money_for_people_but_not_for_programs(
    cli: CommandRunner, live: bool, word: str
) -> None:
    order = msgspec.structs.replace(ORDER, live=live)
    page = {"items": [order], "next": None, "total": 1}
    cli.answer = lambda _request: httpx.Response(200, content=body(page))
    assert "MXN 1260.00\t" in cli.run("orders").out
    cli.tty = True
    assert f"MXN 1,260.00 {word}" in cli.run("orders").out
