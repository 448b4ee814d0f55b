"""An operator's payouts: the plan, the confirmation, and the file of bank transfers."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contract.ledger import Payout, PayoutMethod, PayoutStatus
from contract.money import Money
from tests.cli.conftest import AdjustableClock
from tests.cli.person import Person
from tests.samples import NOON
from ticketing_cli.admin.payouts import BANK
from ticketing_cli.runtime import spreadsheet

HOUR = 3600 * 1_000_000
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def owed(sofia: Person, ana: Person, clock: AdjustableClock) -> None:
    """Sell a seat for EUR 45.00 at a show that is over."""
    soon = (datetime.now(PARIS) + timedelta(hours=1)).isoformat()
    ana.buy_ticket(sofia.list_ticket(starts_at=soon))
    clock.by += 2 * HOUR


@pytest.mark.usefixtures("owed")
def test_a_dry_run_shows_the_payouts_and_pays_nothing(olga: Person, sofia: Person) -> None:
    ran = olga.run("admin", "payouts", "release", "--dry-run")
    assert ran.out == "sofia@example.org\tEUR 42.75\t1\tfile\n"
    assert sofia.run("payouts").out == ""


@pytest.mark.usefixtures("owed")
def test_a_release_shows_the_sum_and_asks(olga: Person, sofia: Person) -> None:
    ran = olga.run("admin", "payouts", "release", stdin="n\n", tty=True)
    assert ran.status == 1
    assert "Pay out EUR 42.75 TEST, 1 payout? [y/N]" in ran.err
    assert sofia.run("payouts").out == ""


@pytest.mark.usefixtures("owed")
def test_a_script_needs_yes(olga: Person, sofia: Person) -> None:
    ran = olga.run("admin", "payouts", "release")
    assert ran.status == 2
    assert "--yes" in ran.err
    assert sofia.run("payouts").out == ""


@pytest.mark.usefixtures("owed")
def test_a_release_pays_once_and_the_seller_sees_it(olga: Person, sofia: Person) -> None:
    released = olga.run("admin", "payouts", "release", "--yes", "--json", "payouts").json
    (payout,) = released["payouts"]
    again = olga.run("admin", "payouts", "release", "--yes", "--json", "payouts").json
    assert again == {"payouts": []}
    row = f"{payout['id']}\tEUR 42.75\t1\tfile\t"
    assert sofia.run("payouts").out.startswith(f"{row}prepared\t")
    assert sofia.run("balance").out == "EUR 0.00\tEUR 0.00\tEUR 0.00\tEUR 42.75\n"
    assert olga.run("admin", "payouts", "confirm", payout["batch_id"], "--yes").status == 0
    assert sofia.run("payouts").out.startswith(f"{row}paid\t")
    assert sofia.run("balance").out == "EUR 0.00\tEUR 0.00\tEUR 42.75\tEUR 0.00\n"


@pytest.mark.usefixtures("owed")
def test_an_operator_says_what_the_bank_did_and_the_seller_reads_it(
    olga: Person, sofia: Person
) -> None:
    admin = ("admin", "payouts")
    released = olga.run(*admin, "release", "--yes", "--json", "payouts,batch_id").json
    first, batch = released["payouts"][0]["id"], released["batch_id"]
    asked = olga.run(*admin, "fail", first, "--reason", "No.", stdin="n\n", tty=True)
    assert "Has the bank not paid EUR 42.75 TEST to sofia@example.org? [y/N]" in asked.err
    failed = olga.run(*admin, "fail", first, "--reason", "Closed account.", "--yes")
    assert failed.out == f"{first} failed; EUR 42.75 TEST is owed to sofia@example.org again\n"
    assert "Reason   Closed account." in sofia.run("payouts", "view", first, tty=True).out
    refused = olga.run(*admin, "confirm", first, "--yes")
    assert (refused.status, refused.out) == (6, "")
    assert f"{first} is failed, not prepared; nothing was confirmed" in refused.err
    left = olga.run(*admin, "confirm", batch, "--yes")
    assert (left.status, left.out) == (0, "")
    assert "failed: 1 payout, EUR 42.75 TEST" in left.err
    (again,) = olga.run(*admin, "release", "--yes", "--json", "payouts").json["payouts"]
    confirmed = olga.run(*admin, "confirm", again["id"], stdin="y\n", tty=True)
    assert "Has the bank paid EUR 42.75 TEST, 1 payout? [y/N]" in confirmed.err
    assert "confirmed 1 payout: EUR 42.75 TEST" in confirmed.err
    repeated = olga.run(*admin, "confirm", again["id"], "--yes", "--json", "id")
    assert (repeated.json, repeated.status) == ([], 0)
    assert "paid before: 1 payout" in repeated.err
    late = olga.run(*admin, "fail", again["id"], "--reason", "x", "--yes")
    assert late.status == 6
    assert f"Payout {again['id']} is paid." in late.err


@pytest.mark.usefixtures("owed")
def test_the_file_has_what_is_prepared_and_nothing_of_banned_sellers(olga: Person) -> None:
    batch = olga.run("admin", "payouts", "release", "--yes", "--json", "batch_id").json["batch_id"]
    write = ("admin", "payouts", "--batch", batch, "--file", "-")
    (row,) = csv.DictReader(StringIO(olga.run(*write).out))
    assert (row["email"], row["batch"]) == ("sofia@example.org", batch)
    olga.run("admin", "ban", "sofia@example.org", "--yes")
    banned = olga.run(*write)
    assert len(banned.out.splitlines()) == 1
    assert "left out 1 payout of banned sellers" in banned.err
    frozen = olga.run("admin", "payouts", "confirm", batch, "--yes")
    assert (frozen.status, frozen.out) == (0, "")
    assert f"{row['payout']} stays prepared: its seller, sofia@example.org, is banned" in frozen.err
    assert olga.run("admin", "payouts", "confirm", row["payout"], "--yes").status == 0
    assert len(olga.run(*write).out.splitlines()) == 1, "what is paid is not paid again"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["confirm", "bat_none", "--yes"], 5, "no such batch"),
        (["confirm", "ord_none", "--yes"], 5, "no such payout"),
        (["confirm"], 2, "BATCH|PAYOUT"),
        (["fail", "out_none", "--reason", "x", "--yes"], 5, "no such payout"),
        (["fail", "out_none", "--yes"], 2, "--reason"),
        (["--batch", "bat_none", "--file", "-"], 5, "no such batch"),
        (["--status", "paid", "--file", "-"], 2, "leave --status out"),
    ],
)
def test_what_cannot_be_settled_is_named(
    olga: Person, words: list[str], status: int, said: str
) -> None:
    ran = olga.run("admin", "payouts", *words)
    assert (ran.status, ran.out) == (status, "")
    assert said in ran.err


@pytest.mark.usefixtures("owed")
def test_a_payout_is_shown_order_by_order_to_its_seller_and_to_operators(
    olga: Person, sofia: Person, ana: Person
) -> None:
    olga.run("admin", "payouts", "release", "--yes")
    payout = sofia.run("payouts", "--json", "id").json[0]["id"]
    order = sofia.run("sales", "--json", "order_id").json[0]["order_id"]
    for who, words in ((sofia, ["payouts"]), (olga, ["admin", "payouts"])):
        assert who.run(*words, "view", payout).out == f"{order}\tEUR 42.75\n"
    assert "Amount   EUR 42.75 TEST" in sofia.run("payouts", "view", payout, tty=True).out
    assert ana.run("payouts", "view", payout).status == 5


@pytest.mark.usefixtures("owed")
def test_the_file_of_bank_transfers_is_never_overwritten(
    olga: Person, sofia: Person, tmp_path: Path
) -> None:
    file = tmp_path / "payouts.csv"
    release = ("admin", "payouts", "release", "--yes", "--file", str(file))
    file.write_text("mine")
    refused = olga.run(*release)
    assert refused.status == 2
    assert "--force overwrites it" in refused.err
    assert file.read_text() == "mine"
    assert sofia.run("payouts").out == "", "nothing may go out when the file cannot be written"
    done = olga.run(*release, "--force")
    assert "when the bank has paid: ticketing admin payouts confirm bat_" in done.err
    (row,) = csv.DictReader(StringIO(file.read_text()))
    assert (row["email"], row["amount"], row["money"]) == ("sofia@example.org", "42.75", "TEST")
    assert olga.run("admin", "payouts", "--file", "-").out.encode() == file.read_bytes()


@pytest.mark.usefixtures("owed")
def test_a_file_on_stdout_excludes_other_output(olga: Person, sofia: Person) -> None:
    release = ("admin", "payouts", "release", "--yes", "--file", "-")
    both = olga.run(*release, "--json", "all")
    assert (both.status, both.out) == (2, "")
    assert sofia.run("payouts").out == ""
    assert len(olga.run(*release).out.splitlines()) == 2


@pytest.mark.parametrize(
    "email",
    ["=cmd|' /C calc'!A0@x.org", "+1@x.org", "-1@x.org", "@x.org", " =1@x.org", "\uff1d1@x.org"],
)
def test_no_address_runs_as_a_formula(email: str) -> None:
    payout = Payout(
        id="out_1", seller_id="usr_1", seller_email=email, amount=Money(amount=1, currency="EUR"),
        sales=1, method=PayoutMethod.FILE, status=PayoutStatus.SENT, created_at=NOON, live=True,
    )  # fmt: skip
    written = spreadsheet.to_csv([payout], BANK).decode()
    (row,) = csv.DictReader(StringIO(written))
    assert row["email"] == f"'{' '.join(email.split())}"
    assert written.endswith("\r\n")


@pytest.mark.usefixtures("sofia")
def test_a_sellers_payout_account_is_set_and_removed(olga: Person) -> None:
    account = ("admin", "payout-account", "sofia@example.org")
    assert "go to acct_1Nv0FGQ9RKHgCVdK" in olga.run(*account, "acct_1Nv0FGQ9RKHgCVdK").out
    assert "are made by bank transfer" in olga.run(*account, "--none").out


@pytest.mark.parametrize("given", [[], ["acct_1Nv0FGQ9RKHgCVdK", "--none"]])
def test_an_account_and_none_exclude_each_other(olga: Person, given: list[str]) -> None:
    ran = olga.run("admin", "payout-account", "olga@example.org", *given)
    assert ran.status == 2
    assert "give either an account or --none" in ran.err
