"""Cases: files in the shapes that real tools write, from the folder beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.person import Person

CASES = Path(os.environ.get("TICKETING_SHARED", Path(__file__).parents[3] / "shared")) / "cases"

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason=f"{CASES} is absent (set TICKETING_SHARED)"
)

SERIAL = "a spreadsheet's serial number, which is one day or another"
LOST = "a spreadsheet turned it into a number and lost digits"


def case(number: int) -> str:
    """Return the path of a case."""
    (path,) = CASES.glob(f"{number:02}-*")
    return str(path)


@pytest.mark.parametrize("number", [2, 4, 8, 9, 28])
def test_a_file_of_a_spreadsheet_program_is_read_whole(sofia: Person, number: int) -> None:
    ran = sofia.run("sell", "--file", case(number))
    assert ran.status == 0
    assert ran.out.endswith("refused 0\n")


def refusals(sofia: Person, number: int) -> tuple[int, dict[int, str]]:
    """List a case; return how many tickets it made, and why which lines were refused."""
    ran = sofia.run("sell", "--file", case(number))
    lines = (line for line in ran.err.splitlines() if line.startswith("line "))
    reasons = {int(line.split()[1].rstrip(":")): line.partition(": ")[2] for line in lines}
    assert ran.status == (1 if reasons else 0)
    return int(ran.out.split()[1].rstrip(",")), reasons


def test_blanks_are_normalised_and_a_seat_is_listed_once(sofia: Person) -> None:
    assert refusals(sofia, 6) == (4, {6: "seat is the same as on line 5, at the same show"})


def test_a_date_is_read_or_its_own_fault_is_named(sofia: Person) -> None:
    created, reasons = refusals(sofia, 7)
    assert created == 1
    assert SERIAL in reasons.pop(7)
    assert "+00:00, which FR does not use then" in reasons.pop(9)
    assert set(reasons.values()) == {"seat is the same as on line 2, at the same show"}


def test_seats_spelled_otherwise_are_the_same_seats(sofia: Person) -> None:
    created, reasons = refusals(sofia, 24)
    assert (created, len(reasons)) == (2, 4)
    assert all(reason.startswith("seat is the same as on line") for reason in reasons.values())


def test_a_barcode_is_listed_once_and_a_spoilt_one_never(sofia: Person) -> None:
    created, reasons = refusals(sofia, 25)
    assert created == 1
    assert reasons[3] == "barcode is the same as on line 2, at the same show"
    assert LOST in reasons[4]
    assert LOST in reasons[5]


def test_a_price_that_cannot_be_paid_is_refused_with_its_limit(sofia: Person) -> None:
    created, reasons = refusals(sofia, 26)
    assert (created, len(reasons)) == (0, 5)
    assert all("the payment provider" in reason for reason in reasons.values())


def test_an_offset_that_the_country_does_not_use_is_refused_with_the_right_one(
    sofia: Person,
) -> None:
    created, reasons = refusals(sofia, 27)
    assert (created, set(reasons)) == (1, {3, 4})
    assert all("it should be 2028-07-01T20:00:00+02:00" in reason for reason in reasons.values())


def test_a_broker_s_inventory_becomes_tickets_with_a_map(sofia: Person) -> None:
    columns = {
        "EventName": "show", "VenueName": "venue", "EventDate": "date", "EventTime": "time",
        "Quantity": "quantity", "Section": "section", "Row": "row", "SeatFrom": "seat_from",
        "SeatThru": "seat_to", "TicketPrice": "price", "InventoryID": "external_id",
    }  # fmt: skip
    maps = [part for pair in columns.items() for part in ("--map", "=".join(pair))]
    show = ["--category", "theatre", "--city", "Paris", "--country", "FR", "--currency", "USD"]
    ran = sofia.run("sell", "--file", case(13), *maps, *show)
    assert (ran.status, ran.out.split(",")[0]) == (0, "created 2"), ran.err
    seats = sofia.run("list", "--mine", "--json", "seat").json
    assert sorted(ticket["seat"] for ticket in seats) == ["12", "13"]


def test_a_file_sent_again_relists_and_a_moved_show_is_another_ticket(sofia: Person) -> None:
    sofia.run("sell", "--file", case(22))
    listed = sofia.run("list", "--mine", "--json", "id,external_id").json
    (withdrawn,) = (ticket["id"] for ticket in listed if ticket["external_id"] == "inv-1")
    sofia.run("withdraw", withdrawn)
    again = sofia.run("sell", "--file", case(22))
    assert "relisted 1" in again.out
    moved = sofia.run("sell", "--file", case(23))
    assert (moved.status, moved.out) == (1, "created 0, updated 0, unchanged 0, refused 2\n")
    assert moved.err.count("A ticket cannot move to another show or date.") == 2


def test_a_day_is_the_local_date_of_the_venue(sofia: Person) -> None:
    sofia.run("sell", "--file", case(28))
    day = ("--from", "2028-06-02", "--to", "2028-06-02")
    ran = sofia.run("list", *day, "--json", "show", TZ="UTC")
    assert {ticket["show"]["name"] for ticket in ran.json} == {"Midnight", "Morning"}
