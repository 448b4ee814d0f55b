"""Standalone: the sandbox as a process of its own, called by the real SDK over loopback."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from server.sandbox.standalone import StandaloneOptions, check_options
from server.settings import Settings, WrongSetting
from tests.cli.processes import isolated
from tests.operate.processes import SERVER, run
from tests.server.sandbox.contract.provider import client
from tests.server.sandbox.contract.webhook_receiver import WebhookReceiver
from tests.server.sandbox.merchant import GOOD

FORM: Any = {
    "mode": "payment",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {
                "currency": "eur",
                "unit_amount": 4500,
                "product_data": {"name": "Seat 12"},
            },
        }
    ],
    "payment_intent_data": {"capture_method": "manual"},
    "success_url": "https://shop.test/paid",
}


class SandboxProcess:
    """A sandbox's process, its address and its webhook secret."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process, self.out = process, process.stdout
        first = self.out.readline()
        assert first.startswith("listening on http://127.0.0.1:"), process.stderr.read()
        self.url = first.removeprefix("listening on ").strip()
        line = process.stderr.readline()
        assert line.startswith("webhook secret: whsec_")
        self.secret = line.removeprefix("webhook secret: ").strip()
        self.stripe = client(self.url, "sk_test_served").v1

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def served(home: Path, *args: str) -> Iterator[SandboxProcess]:
    process = subprocess.Popen(
        [*SERVER, "sandbox", *args], cwd=home, env=isolated(home), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            yield SandboxProcess(process)
        finally:
            process.kill()


def test_a_payment_on_its_page_is_authorized_captured_and_reported(tmp_path: Path) -> None:
    with WebhookReceiver() as receiver, served(tmp_path, "--webhook", receiver.url) as sandbox:
        opened = sandbox.stripe.checkout.sessions.create(FORM)
        assert str(opened.url).startswith(f"{sandbox.url}/sandbox/pay/")
        card = {"card_number": GOOD, "exp": "12/40", "cvc": "123"}
        assert httpx.post(str(opened.url), data=card, trust_env=False).status_code == 200
        intent = str(sandbox.stripe.checkout.sessions.retrieve(opened.id).payment_intent)
        assert sandbox.stripe.payment_intents.capture(intent).amount_received == 4500
        raw, signature = receiver.wait_for("payment_intent.succeeded", intent)
        event = stripe.Webhook.construct_event(raw, signature, sandbox.secret)
        assert event.data.object["amount_received"] == 4500


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it(tmp_path: Path, number: signal.Signals) -> None:
    with served(tmp_path) as sandbox:
        assert sandbox.stop(number) == 0
        assert sandbox.out.read() == ""
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.url, trust_env=False)


def test_data_in_a_file_outlives_the_process(tmp_path: Path) -> None:
    options = ("--file", str(tmp_path / "bank.db"))
    with served(tmp_path, *options) as first:
        made = first.stripe.payment_intents.create({"amount": 4500, "currency": "eur"})
        assert first.stop() == 0
    with served(tmp_path, *options) as second:
        assert second.stripe.payment_intents.retrieve(made.id).amount == 4500
        assert second.secret == first.secret


def test_data_in_memory_ends_with_the_process(tmp_path: Path) -> None:
    with served(tmp_path) as first:
        first.stripe.payment_intents.create({"amount": 4500, "currency": "eur"})
    with served(tmp_path) as second:
        assert second.stripe.payment_intents.list().data == []
    assert list(tmp_path.glob("*.db*")) == []


def test_a_shop_that_does_not_answer_does_not_block_requests(tmp_path: Path) -> None:
    with served(tmp_path, "--webhook", "http://127.0.0.1:9/nobody") as sandbox:
        made = sandbox.stripe.payment_intents.create({"amount": 4500, "currency": "eur"})
        (event,) = sandbox.stripe.events.list({"type": "payment_intent.created"}).data
        assert (event.data.object["id"], event.pending_webhooks) == (made.id, 1)
        assert sandbox.stop() == 0


@pytest.mark.parametrize("name", ["STRIPE_API_KEY", "TICKETING_STRIPE_KEY"])
def test_it_does_not_start_beside_a_live_key(tmp_path: Path, name: str) -> None:
    result = run(tmp_path, "sandbox", **{name: "sk_live_somebodys"})
    assert (result.status, result.out) == (2, "")
    assert "live Stripe key" in result.err
    assert name in result.err
    assert "somebodys" not in result.err


def test_it_does_not_start_beside_a_live_key_in_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("rk_live_somebodys\n")
    result = run(tmp_path, "sandbox", TICKETING_STRIPE_KEY_FILE=str(key))
    assert result.status == 2
    assert "live Stripe key" in result.err


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with served(tmp_path) as sandbox:
        result = run(tmp_path, "sandbox", "--port", sandbox.url.rpartition(":")[2])
    assert (result.status, result.out) == (1, "")
    assert "in use" in result.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])  # noqa: S104  refused
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(WrongSetting, match="loopback only"):
        check_options(StandaloneOptions(host=host), Settings(), {})


@pytest.mark.parametrize(
    "options",
    [
        StandaloneOptions(port=-1),
        StandaloneOptions(port=65536),
        StandaloneOptions(webhook="ftp://shop.test"),
        StandaloneOptions(webhook="shop"),
    ],
)
def test_an_invalid_address_is_refused(options: StandaloneOptions) -> None:
    with pytest.raises(WrongSetting):
        check_options(options, Settings(), {})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_test_keys_and_loopback_are_accepted(host: str) -> None:
    options = StandaloneOptions(host=host, webhook="https://shop.test/hook")
    check_options(options, Settings(stripe_key="sk_test_1"), {"STRIPE_API_KEY": "sk_test_1"})
