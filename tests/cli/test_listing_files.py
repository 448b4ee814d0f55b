"""Listing files: other people's columns, named by --map or a profile, and what a dry run shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.person import Person

BROKER = (
    "InventoryID,EventName,VenueName,EventDate,EventTime,Quantity,Section,Row,SeatFrom,SeatThru,"
    "UnitCost,TicketPrice,Notes\n"
    '1001,Les Miserables,Theatre du Chatelet,11/30/2028,7:30 PM,2,ORCH,C,12,13,$30.00,$45.00,"a, b"'
    "\n"
)
NAMES = {
    "InventoryID": "external_id", "EventName": "show", "VenueName": "venue", "EventDate": "date",
    "EventTime": "time", "SeatThru": "seat_to", "TicketPrice": "price",
}  # fmt: skip
MAPS = [word for theirs, ours in NAMES.items() for word in ("--map", f"{theirs}={ours}")]
VALUES = ["--category", "theatre", "--city", "Paris", "--country", "FR", "--currency", "USD"]
SEATS = [{"seat": "12", "external_id": "1001-12"}, {"seat": "13", "external_id": "1001-13"}]
SHOWN = (
    "Les Miserables (theatre), Theatre du Chatelet, Paris, FR, 2028-11-30T19:30:00+01:00, "
    "section ORCH, row C, seat {seat}, USD 45.00"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.csv"
    path.write_text(BROKER)
    return path


def listed(person: Person) -> list[dict[str, str]]:
    """Return the seats that a person has on sale."""
    found: list[dict[str, str]] = person.run("list", "--mine", "--json", "seat,external_id").json
    return sorted(found, key=lambda ticket: ticket["seat"])


def test_a_brokers_inventory_is_listed_with_map(sofia: Person, file: Path) -> None:
    ran = sofia.run("sell", "--file", str(file), *MAPS, *VALUES, "--timezone", "Europe/Paris")
    assert (ran.status, ran.out) == (0, "created 2, updated 0, unchanged 0, refused 0\n")
    assert "ignored columns: UnitCost, Notes" in ran.err
    assert listed(sofia) == SEATS


def test_a_dry_run_shows_what_each_row_would_become(sofia: Person, file: Path) -> None:
    file.write_text(f"{BROKER}1002,Les Miserables,Hall,03/04/2028,7:30 PM,1,A,A,1,1,$1,$45.00,\n")
    ran = sofia.run("sell", "--file", str(file), *MAPS, *VALUES, "--dry-run")
    assert ran.status == 1
    refused = "starts_at is 03/04/2028 7:30 PM, which may be 2028-04-03 or 2028-03-04"
    assert ran.err.splitlines()[2:] == [
        f"line 2: would be created (1001-12): {SHOWN.format(seat=12)}",
        f"line 2: would be created (1001-13): {SHOWN.format(seat=13)}",
        f"line 3 (1002): {refused}; write the year first",
    ]
    assert listed(sofia) == []


def test_the_rows_of_a_dry_run_are_in_its_json(sofia: Person, file: Path) -> None:
    command = ("sell", "--file", str(file), *MAPS, *VALUES, "--dry-run", "--json", "rows")
    rows = sofia.run(*command).json["rows"]
    assert [(row["line"], row["outcome"], row["ticket"]["seat"]) for row in rows] == [
        (2, "created", "12"),
        (2, "created", "13"),
    ]


def test_a_profile_of_the_settings_names_the_columns(sofia: Person, file: Path) -> None:
    write_profile(
        sofia,
        "[profiles.broker]\ncategory = 'theatre'\ncity = 'Paris'\ncountry = 'FR'\n"
        "currency = 'USD'\n[profiles.broker.columns]\n"
        + "".join(f"{theirs} = '{ours}'\n" for theirs, ours in NAMES.items()),
    )
    ran = sofia.run("sell", "--file", str(file), "--profile", "broker")
    assert (ran.status, ran.out) == (0, "created 2, updated 0, unchanged 0, refused 0\n")
    assert listed(sofia) == SEATS
    assert sofia.run("config", "list").status == 0


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "broker", "has no profile 'broker'; it has none"),
        ("[profiles.other]\n", "broker", "has no profile 'broker'; the profiles are other"),
        ("[profiles.x]\ncolumns = {A = 'prize'}\n", "x", "did you mean 'price'?"),
        ("[profiles.x]\ncolumns = {A = 1}\n", "x", "profiles.x: A must be a string in quotes"),
        ("[profiles.x]\ncolumns = 'price'\n", "x", "profiles.x must be a table"),
        ("profiles = 'x'\n", "x", "profiles must be a table"),
    ],
)
def test_a_wrong_profile_is_named_with_its_file(
    sofia: Person, file: Path, text: str, name: str, words: str
) -> None:
    path = write_profile(sofia, text)
    ran = sofia.run("sell", "--file", str(file), "--profile", name)
    assert ran.status == 2
    assert str(path) in ran.err
    assert words in ran.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "EventName=shwo"], "--map: there is no column 'shwo'; did you mean 'show'?"),
        (["--map", "EventName"], "'EventName' must be written as 'Their Column=price'"),
        (["--map", "Event=show"], "there is no column 'Event' (the file has 'InventoryID'"),
        (["--map", "EventName=show", "--map", "Notes=show"], "column 'show' appears twice"),
        (
            ["--map", "EventName=show", "--section", "A"],
            "given twice: as a column and as --section",
        ),
        ([], "unknown columns: 'InventoryID', 'EventName'"),
    ],
)
def test_a_wrong_map_is_refused_and_nothing_is_sent(
    sofia: Person, file: Path, options: list[str], words: str
) -> None:
    ran = sofia.run("sell", "--file", str(file), *options)
    assert ran.status == 2
    assert words in ran.err
    assert listed(sofia) == []


@pytest.mark.parametrize("options", [["--map", "A=price"], ["--profile", "broker"]])
def test_a_map_and_a_profile_need_a_file(sofia: Person, options: list[str]) -> None:
    ran = sofia.run("sell", *options)
    assert ran.status == 2
    assert f"{options[0]} needs --file" in ran.err


def test_a_column_of_their_own_name_gives_way_to_the_mapped_one(sofia: Person, file: Path) -> None:
    file.write_text(BROKER.replace("UnitCost", "Price"))
    ran = sofia.run("sell", "--file", str(file), *MAPS, *VALUES)
    assert "ignored columns: Price, Notes" in ran.err
    assert sofia.run("list", "--mine", "--json", "price").json[0]["price"]["amount"] == 4500


def write_profile(person: Person, text: str) -> Path:
    """Write the settings of a person."""
    path = Path(person.env["TICKETING_CONFIG_DIR"]) / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
