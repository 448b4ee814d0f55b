"""Legs: the report says which of them did not run, and what no leg could have noticed."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox import oracle
from tests.server.sandbox.contract import legs
from tests.server.sandbox.contract.checked import Checked
from tests.server.sandbox.contract.provider import Provider


def test_the_sandbox_is_asked_everything() -> None:
    assert legs.absent("sandbox") is None
    assert not legs.LACKS["sandbox"]


def test_a_request_the_sdk_does_not_know_is_noticed(provider: Provider) -> None:
    if not isinstance(provider.v1, Checked):
        pytest.skip(f"{oracle.PATH.name} is absent")
    form: Any = {"amount": 4500, "currency": "eur", "capture_methd": "manual"}
    with pytest.raises(AssertionError, match="capture_methd"):
        provider.v1.payment_intents.create(form)


def test_a_live_key_never_leads_to_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", "sk_live_somebodys")
    assert legs.absent.__wrapped__("stripe") == "STRIPE_TEST_KEY does not begin with sk_test_"
    assert stripe.api_key is None
