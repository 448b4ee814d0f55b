"""Cards: saved on a page, listed, named by their last digits, deleted; never typed here."""

from __future__ import annotations

import signal

import httpx
import pytest

from client.hosted_page import PageClient
from contract.cards import Card
from tests.cli.person import Person
from tests.cli.runner import CommandRunner
from tests.cli.test_buy import finished, read_until
from tests.samples import NOON, body

VISA = "4242424242424242"
MASTERCARD = "5555555555554444"


def test_a_card_is_saved_on_the_page_while_the_command_waits(ana: Person) -> None:
    adding = ana.start("cards", "add", "--json", "status,card")
    url = read_until(adding, "save a card until").split(" at ")[1].split()[0]
    with PageClient(url) as page:
        shown = page.open(url)
        page.submit({"card_number": VISA, "exp": "12/34", "cvc": "123"}, to=shown.next)
    status, out, _ = finished(adding)
    assert status == 0
    assert '"status": "done"' in out
    assert '"last4": "4242"' in out


def test_the_page_is_shown_with_its_deadline_and_its_qr_code(ana: Person) -> None:
    ran = ana.run("cards", "add", "--no-wait", tty=True, NO_COLOR="1")
    assert ran.status == 8
    assert "TEST: save a card until " in ran.err
    assert "▄▄▄▄▄" in ran.out


def test_ctrl_c_keeps_the_page_open_and_says_so(ana: Person) -> None:
    adding = ana.start("cards", "add")
    read_until(adding, "save a card until")
    adding.send_signal(signal.SIGINT)
    status, _, err = finished(adding)
    assert status == 130
    assert "interrupted; the page stays open until" in err
    assert "`ticketing cards` shows the card once it is saved" in err


def test_no_wait_exits_8_and_prints_the_page(ana: Person) -> None:
    ran = ana.run("cards", "add", "--no-wait", "--json", "all")
    assert ran.status == 8
    assert ran.json["card"] is None
    assert "/p/" in ran.json["url"] or "/c/" in ran.json["url"]


def test_web_opens_the_page_with_the_chosen_browser(ana: Person) -> None:
    process = ana.start("cards", "add", "--no-wait", "--web", TICKETING_BROWSER="echo opened")
    status, out, _ = finished(process)
    assert status == 8
    assert out.startswith("opened http://127.0.0.1")


def test_a_card_is_listed_by_what_is_printed_on_it_and_never_by_its_number(ana: Person) -> None:
    card = ana.save_card(VISA)
    piped = ana.run("cards").out
    assert piped.split("\t")[:4] == [card, "visa", "4242", "12/2034"]
    assert "TEST" not in piped
    shown = ana.run("cards", "--json", "all").out + ana.run("cards", tty=True).out
    assert VISA not in shown
    assert "TEST" in shown


def test_no_cards_is_a_success(ana: Person) -> None:
    ran = ana.run("cards", "--json", "id")
    assert (ran.status, ran.out, ran.err) == (0, "[]\n", "no saved cards\n")


def test_a_card_is_deleted_by_its_last_digits_after_a_yes(ana: Person) -> None:
    card = ana.save_card(VISA)
    declined = ana.run("cards", "remove", "4242", stdin="n\n", tty=True)
    assert declined.status == 1
    assert "Delete visa 4242? [y/N]" in declined.err
    assert ana.run("cards").out.startswith(card)
    assert ana.run("cards", "remove", "4242", stdin="y\n", tty=True).status == 0
    assert ana.run("cards").out == ""


def test_a_script_needs_yes(ana: Person) -> None:
    ran = ana.run("cards", "remove", ana.save_card(VISA))
    assert ran.status == 2
    assert "--yes" in ran.err


@pytest.mark.parametrize("name", ["4444", "crd_nothing"])
def test_an_unknown_card_exits_5(ana: Person, name: str) -> None:
    ana.save_card(VISA)
    ran = ana.run("cards", "remove", name, "--yes")
    assert ran.status == 5
    assert f"there is no saved card '{name}'" in ran.err


def test_digits_that_two_cards_share_are_refused_with_both_ids(cli: CommandRunner) -> None:
    cards = [
        Card(id=f"crd_{n}", brand="visa", last4="4242", exp_month=n, exp_year=2034, live=False,
             created_at=NOON)
        for n in (1, 2)
    ]  # fmt: skip
    page = {"items": cards, "next": None, "total": 2}
    cli.answer = lambda _request: httpx.Response(200, content=body(page))
    ran = cli.run("cards", "remove", "4242", "--yes")
    assert ran.status == 2
    assert "crd_1 (visa 4242), crd_2 (visa 4242)" in ran.err


def test_a_card_of_somebody_else_is_not_found(ana: Person, ben: Person) -> None:
    card = ana.save_card(MASTERCARD)
    assert ben.run("cards", "remove", card, "--yes").status == 5
    assert ana.run("cards").out.startswith(card)
