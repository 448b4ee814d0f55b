"""Sandbox: test cards are sent over HTTP to the sandbox's page only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from client.hosted_page import ForeignPage, HostedPageState, PageClient
from contract.cards import CardSetup, CardSetupStatus
from contract.payments import Payment, PaymentStatus
from tests.cli.person import Person
from tests.cli.runner import CommandRunner
from tests.samples import NOON, ORDER, body

CARD = "4242424242424242"
SERVER = "http://127.0.0.1:8765"
PAYMENT = Payment(
    id="pay_1a", order_id=ORDER.id, status=PaymentStatus.OPEN, amount=ORDER.price, declines=0,
    declined=None, live=False, url=f"{SERVER}/p/7KQ2M9XD", version=1, created_at=NOON,
)  # fmt: skip


def shown(state: str, **more: str) -> httpx.Response:
    return httpx.Response(200, json={"state": state, "message": "words", "next": None, **more})


@pytest.mark.parametrize(
    ("card", "options", "status"),
    [
        (CARD, [], 0),
        ("4000000000000002", [], 7),
        ("4000000000003220", [], 0),
        ("4000000000003220", ["--challenge", "fail"], 7),
        ("4242424242424241", [], 2),
        ("1234", [], 2),
        (CARD, ["--exp", "01/20"], 2),
    ],
)
def test_a_test_card_has_the_result_of_its_number(
    sofia: Person, ana: Person, card: str, options: list[str], status: int
) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    ran = ana.run("sandbox", "pay", order, "--card", card, *options)
    assert ran.status == status, ran.err


def test_an_order_of_somebody_else_cannot_be_paid(sofia: Person, ana: Person, ben: Person) -> None:
    order = ana.lock_ticket(sofia.list_ticket())
    ran = ben.run("sandbox", "pay", order, "--card", CARD)
    assert ran.status == 5
    assert "There is no such order." in ran.err


def test_live_money_is_refused_before_the_card_is_sent(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        live = msgspec.structs.replace(PAYMENT, live=True)
        return httpx.Response(200, content=body(live))

    ran = CommandRunner(tmp_path, answer=answer).run("sandbox", "pay", ORDER.id, "--card", CARD)
    assert ran.status == 2
    assert "LIVE money" in ran.err
    assert asked == [f"/v1/orders/{ORDER.id}/pay"]


def test_no_card_is_saved_from_a_terminal_with_live_money(tmp_path: Path) -> None:
    asked: list[str] = []
    setup = CardSetup(
        id="set_1a", status=CardSetupStatus.OPEN, url=f"{SERVER}/c/7KQ2M9XD", expires_at=NOON,
        card=None, live=True,
    )  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(201, content=body(setup))

    ran = CommandRunner(tmp_path, answer=answer).run("sandbox", "save-card", "--card", CARD)
    assert ran.status == 2
    assert "LIVE money" in ran.err
    assert asked == ["/v1/cards"]


def test_a_card_that_is_declined_is_not_saved(ana: Person) -> None:
    ran = ana.run("sandbox", "save-card", "--card", "4000000000000002")
    assert ran.status == 7
    assert ana.run("cards").out == ""


def test_a_page_on_another_server_is_refused_before_the_card_is_sent(tmp_path: Path) -> None:
    elsewhere = msgspec.structs.replace(PAYMENT, url="http://evil.example/p/7KQ2M9XD")
    cli = CommandRunner(
        tmp_path, answer=lambda _request: httpx.Response(200, content=body(elsewhere))
    )
    ran = cli.run("sandbox", "pay", ORDER.id, "--card", CARD)
    assert ran.status == 2
    assert "is not on http://127.0.0.1:8765" in ran.err


def test_a_redirect_off_the_server_is_not_followed() -> None:
    away = httpx.MockTransport(
        lambda _request: httpx.Response(303, headers={"Location": "http://evil.example/card"})
    )
    with PageClient(SERVER, http_transport=away) as page, pytest.raises(ForeignPage):
        page.open(PAYMENT.url)


def test_a_redirect_loop_ends() -> None:
    circle = httpx.MockTransport(
        lambda _request: httpx.Response(303, headers={"Location": "/p/7KQ2M9XD"})
    )
    with (
        PageClient(SERVER, http_transport=circle) as page,
        pytest.raises(ForeignPage, match="loop"),
    ):
        page.open(PAYMENT.url)


def test_the_page_client_sends_no_token_and_follows_a_form_with_a_get() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method == "POST":
            return httpx.Response(303, headers={"Location": "/done"})
        return shown("paid" if request.url.path == "/done" else "open")

    with PageClient(SERVER, http_transport=httpx.MockTransport(answer)) as page:
        assert page.open("/p/x").state is HostedPageState.OPEN
        assert page.submit({"card_number": CARD}).state is HostedPageState.PAID
    assert [(r.method, r.url.path) for r in seen] == [
        ("GET", "/p/x"), ("POST", "/p/x"), ("GET", "/done"),
    ]  # fmt: skip
    assert not any("authorization" in request.headers for request in seen)
    assert seen[2].content == b""


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status_code": 410, "text": "<html>"}, HostedPageState.EXPIRED),
        (
            {"status_code": 410, "json": {"state": "expired", "message": "over"}},
            HostedPageState.EXPIRED,
        ),
    ],
)
def test_a_closed_page_is_expired(answer: dict[str, Any], state: HostedPageState) -> None:
    closed = httpx.MockTransport(lambda _request: httpx.Response(**answer))
    with PageClient(SERVER, http_transport=closed) as page:
        assert page.open(PAYMENT.url).state is state


def test_a_page_without_json_is_not_the_sandbox() -> None:
    other = httpx.MockTransport(lambda _request: httpx.Response(200, text="<html>"))
    with PageClient(SERVER, http_transport=other) as page, pytest.raises(ForeignPage):
        page.open(PAYMENT.url)
