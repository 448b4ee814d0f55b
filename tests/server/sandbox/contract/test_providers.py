"""Providers: which of them run, and what the checks detect by themselves."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox import oracle
from tests.server.sandbox.contract import providers
from tests.server.sandbox.contract.checked_sdk import CheckedService
from tests.server.sandbox.contract.provider import Provider


def test_the_sandbox_runs_every_check() -> None:
    assert providers.unavailable("sandbox") is None
    assert not providers.UNSUPPORTED["sandbox"]


def test_an_unknown_parameter_fails_the_check(provider: Provider) -> None:
    if not isinstance(provider.v1, CheckedService):
        pytest.skip(f"{oracle.PATH.name} is absent")
    form: Any = {"amount": 4500, "currency": "eur", "capture_methd": "manual"}
    with pytest.raises(AssertionError, match="capture_methd"):
        provider.v1.payment_intents.create(form)


def test_a_live_key_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", "sk_live_somebodys")
    assert (
        providers.unavailable.__wrapped__("stripe")
        == "STRIPE_TEST_KEY does not begin with sk_test_"
    )
    assert stripe.api_key is None
