"""Invalid requests: unknown parameters, objects, addresses and keys are refused."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, client


def test_a_misspelt_parameter_is_refused(provider: Provider) -> None:
    form: Any = {"amount": 4500, "currency": "eur", "capture_methd": "manual"}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.raw.v1.payment_intents.create(form)
    assert raised.value.http_status == 400


@needs(Feature.ERROR_CODES)
def test_the_error_names_the_parameter(provider: Provider) -> None:
    form: Any = {"amount": 4500, "currency": "eur", "capture_methd": "manual"}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.raw.v1.payment_intents.create(form)
    assert (raised.value.code, raised.value.param) == ("parameter_unknown", "capture_methd")


def test_a_missing_required_parameter_is_refused(provider: Provider) -> None:
    form: Any = {"amount": 4500}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.raw.v1.payment_intents.create(form)
    assert raised.value.http_status == 400


def test_an_unknown_object_is_not_found(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.retrieve("pi_nobody")
    assert raised.value.http_status == 404


@needs(Feature.ERROR_CODES)
def test_an_unknown_object_has_an_error_code(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.retrieve("pi_nobody")
    assert raised.value.code == "resource_missing"


def test_an_invalid_key_is_refused(provider: Provider) -> None:
    stranger = client(provider.url, "nonsense")
    with pytest.raises(stripe.AuthenticationError) as raised:
        stranger.v1.payment_intents.list()
    assert raised.value.http_status == 401


@needs(Feature.KEY_MODES)
@pytest.mark.parametrize("key", ["sk_live_somebodys", "rk_live_somebodys", "pk_test_public"])
def test_a_key_of_another_mode_is_refused_and_not_shown(provider: Provider, key: str) -> None:
    stranger = client(provider.url, key)
    with pytest.raises(stripe.AuthenticationError) as raised:
        stranger.v1.payment_intents.create({"amount": 4500, "currency": "eur"})
    assert key not in str(raised.value)
    assert provider.v1.payment_intents.list().data == []


@needs(Feature.ERROR_CODES)
def test_an_error_has_a_request_id(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.payment_intents.retrieve("pi_nobody")
    assert str(raised.value.request_id).startswith("req_")
