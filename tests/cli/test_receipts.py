"""Receipts: as text and as a calendar, from a running marketplace and from hostile values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from client import calendar
from client.receipts import text
from client.sanitize import clean
from contract.money import Money
from contract.receipts import Receipt
from contract.refunds import Refund, RefundReason, RefundStatus
from tests.cli.person import Person
from tests.hostile import CORPUS, STEERING
from tests.samples import NOON, SHOW, TICKET

RECEIPT = Receipt(
    order_id="ord_1a", buyer_email="ana@example.org", seller_id="usr_1a", ticket=TICKET,
    price=Money(amount=4500, currency="EUR"), fee=Money(amount=225, currency="EUR"),
    card="visa 4242", paid_at=NOON, refunds=(), live=False,
)  # fmt: skip


def named(name: str) -> Receipt:
    """Return a receipt for a show with this name, at a venue with the same name."""
    show = msgspec.structs.replace(SHOW, name=name, venue=name, city=name)
    ticket = msgspec.structs.replace(TICKET, show=show, section=name, row=name, seat=name)
    return msgspec.structs.replace(RECEIPT, ticket=ticket)


def refunded(*parts: tuple[int, RefundStatus]) -> Receipt:
    """Return a receipt with a refund of this amount and status."""
    refunds = tuple(
        Refund(
            id=f"ref_{n}", payment_id="pay_1", order_id="ord_1a", status=status, live=False,
            amount=Money(amount=amount, currency="EUR"), reason=RefundReason.OPERATOR,
            created_at=NOON,
        )
        for n, (amount, status) in enumerate(parts)
    )  # fmt: skip
    return msgspec.structs.replace(RECEIPT, refunds=refunds)


def drawn(receipt: Receipt, *, width: int = 80, blocks: bool = True) -> list[str]:
    return list(text.lines(receipt, width=width, blocks=blocks))


def unfolded(content: bytes) -> dict[str, str]:
    """Parse a calendar according to its standard: unfold, split at the first colon, unescape."""
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    values = dict(line.split(":", 1) for line in lines if line)
    return {
        name: re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
        for name, value in values.items()
    }


def test_a_receipt_states_who_paid_what_for_what(sofia: Person, ana: Person) -> None:
    ticket = sofia.list_ticket()
    order = ana.buy_ticket(ticket)
    output = ana.run("orders", "receipt", order).out
    for words in (
        "L'Arlésienne", "Mon 7 Apr 2031 20:00 (UTC+2)", "Auditorium, Lyon, FR",
        "section C, row A, seat 26", "Marketplace fee included: EUR 2.25", "EUR 45.00 TEST",
        order, ticket, "ana@example.org", "visa 4242", "this receipt has no value",
    ):  # fmt: skip
        assert words in output
    code = ana.run("wallet", "view", ticket, "--json", "code").json["code"]
    assert code not in output, "a receipt is shown around; the code opens the gate"


def test_a_receipt_is_visible_to_its_buyer_and_to_operators(
    sofia: Person, ana: Person, ben: Person, olga: Person
) -> None:
    order = ana.buy_ticket(sofia.list_ticket())
    assert ben.run("orders", "receipt", order).status == 5
    assert sofia.run("orders", "receipt", order).status == 5
    assert olga.run("orders", "receipt", order, "--json", "buyer_email").json == {
        "buyer_email": "ana@example.org"
    }


def test_an_unpaid_order_has_no_receipt(sofia: Person, ana: Person, tmp_path: Path) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    file = tmp_path / "show.ics"
    ran = ana.run("orders", "receipt", order, "--ics", str(file))
    assert ran.status == 6
    assert "There is no receipt" in ran.err
    assert not file.exists()


def test_a_file_is_overwritten_only_with_force(sofia: Person, ana: Person, tmp_path: Path) -> None:
    order = ana.buy_ticket(sofia.list_ticket())
    file = tmp_path / "show.ics"
    file.write_text("mine")
    receipt = ("orders", "receipt", order, "--ics", str(file))
    refused = ana.run(*receipt)
    assert refused.status == 2
    assert "--force overwrites it" in refused.err
    assert file.read_text() == "mine"
    assert ana.run(*receipt, "--force").status == 0
    assert ana.run("orders", "receipt", order, "--ics", "-").out.startswith("BEGIN:VCALENDAR\r\n")
    assert file.read_text().startswith("BEGIN:VCALENDAR")


def test_a_missing_folder_is_named(sofia: Person, ana: Person, tmp_path: Path) -> None:
    order = ana.buy_ticket(sofia.list_ticket())
    ran = ana.run("orders", "receipt", order, "--ics", str(tmp_path / "absent" / "show.ics"))
    assert ran.status == 2
    assert "cannot write" in ran.err


def test_refunds_are_subtracted_and_failed_refunds_are_not() -> None:
    receipt = refunded(
        (1000, RefundStatus.DONE), (500, RefundStatus.SENT), (200, RefundStatus.FAILED),
        (100, RefundStatus.DROPPED), (50, RefundStatus.SETTLED),
    )  # fmt: skip
    lines = [line.split() for line in drawn(receipt)]
    assert ["Total", "EUR", "29.50", "TEST"] in lines
    output = [" ".join(line) for line in lines if line and line[0] == "Refund"]
    assert output == [
        "Refund of 1 Jun 2028, arrived EUR -10.00",
        "Refund of 1 Jun 2028, on its way EUR -5.00",
        "Refund of 1 Jun 2028, failed; you will be paid in another way EUR -2.00",
        "Refund of 1 Jun 2028, paid in another way EUR -0.50",
    ]


def test_a_refund_by_the_organiser_says_so() -> None:
    receipt = refunded((1000, RefundStatus.FAILED))
    (refund,) = receipt.refunds
    refund = msgspec.structs.replace(refund, reason=RefundReason.ORGANISER)
    lines = drawn(msgspec.structs.replace(receipt, refunds=(refund,)))
    (line,) = [" ".join(line.split()) for line in lines if "Refund" in line]
    assert line.startswith("Refund of 1 Jun 2028 by the organiser, failed")


@pytest.mark.parametrize("width", [20, 40, 72, 80, 200])
@pytest.mark.parametrize("name", [*CORPUS, "wide"])
def test_no_name_breaks_the_text(name: str, width: int) -> None:
    receipt = named(CORPUS.get(name, "東京室内楽団" * 40))
    for line in drawn(receipt, width=width):
        assert text.cells(line) <= max(text.NARROWEST, min(text.WIDEST, width))
        assert "\n" not in line
        assert "\r" not in line


@pytest.mark.parametrize(("letters", "size"), [("ab", 2), ("東京", 4), ("e\u0301", 1), ("", 0)])
def test_a_wide_letter_takes_two_cells_and_a_mark_none(letters: str, size: int) -> None:
    assert text.cells(letters) == size


def test_without_blocks_the_rules_are_ascii() -> None:
    assert all(line.isascii() for line in drawn(RECEIPT, blocks=False))


def test_a_calendar_has_every_required_property() -> None:
    entry = unfolded(calendar.to_ics(RECEIPT, NOON))
    assert entry["DTSTART"] == "20280619T010000Z"
    assert entry["DTEND"] == "20280619T040000Z"
    assert entry["DTSTAMP"] == "20280601T120000Z"
    assert entry["UID"] == "ord_1a@ticketing"
    assert entry["SUMMARY"] == "TEST: Mexico v South Korea"
    assert entry["LOCATION"] == "Estadio Akron, Zapopan, MX"
    assert entry["STATUS"] == "CONFIRMED"


def test_the_calendar_entry_keeps_its_identity() -> None:
    later = datetime(2029, 1, 1, tzinfo=UTC)
    first, again = (unfolded(calendar.to_ics(RECEIPT, now)) for now in (NOON, later))
    assert first["UID"] == again["UID"]
    assert first["DTSTAMP"] != again["DTSTAMP"]


def test_a_cancelled_show_is_cancelled_in_the_calendar_too() -> None:
    show = msgspec.structs.replace(SHOW, cancelled=True)
    off = msgspec.structs.replace(
        RECEIPT, live=True, ticket=msgspec.structs.replace(TICKET, show=show)
    )
    entry = unfolded(calendar.to_ics(off, NOON))
    assert (entry["STATUS"], entry["SEQUENCE"]) == ("CANCELLED", "1")
    assert entry["SUMMARY"] == "CANCELLED: Mexico v South Korea"


def test_characters_with_a_meaning_in_a_calendar_are_escaped() -> None:
    content = calendar.to_ics(named("a;b,c\\d:e\r\nf"), NOON)
    assert b"SUMMARY:TEST: a\\;b\\,c\\\\d:e\\nf\r\n" in content


@pytest.mark.parametrize("name", [*CORPUS, "marks", "wide", "lines"])
def test_no_name_breaks_the_calendar(name: str) -> None:
    more = {"marks": 'a;b,c\\d:e"f', "wide": "東京室内楽団" * 40, "lines": "a\r\nEND:VEVENT\nb"}
    title = (CORPUS | more)[name]
    content = calendar.to_ics(named(title), NOON)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"END:VEVENT\r\n") == 1
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()  # never folded inside a character
    read = calendar.to_ics(clean(named(title)), NOON)  # as the client returns it
    assert not STEERING.search(read.decode().replace("\r\n", ""))
    if name in {"marks", "wide"}:
        assert unfolded(content)["SUMMARY"] == f"TEST: {title}"


@pytest.mark.parametrize("status", [RefundStatus.DONE, RefundStatus.SETTLED])
def test_a_receipt_and_its_calendar_entry_say_that_the_ticket_was_refunded(
    status: RefundStatus,
) -> None:
    receipt = refunded((2000, RefundStatus.DONE), (2500, status))
    assert "This ticket is void (refunded)" in " ".join(" ".join(drawn(receipt)).split())
    entry = unfolded(calendar.to_ics(receipt, NOON))
    assert entry["STATUS"] == "CANCELLED"
    assert entry["SUMMARY"].startswith("CANCELLED: ")
    assert "This ticket is void (refunded)" in entry["DESCRIPTION"]
    assert "shows the entry code" not in entry["DESCRIPTION"]


def test_a_receipt_whose_refund_has_not_arrived_is_for_a_valid_ticket() -> None:
    receipt = refunded((4500, RefundStatus.SENT))
    assert "void" not in "\n".join(drawn(receipt))
    assert unfolded(calendar.to_ics(receipt, NOON))["STATUS"] == "CONFIRMED"
