"""The transport: the real SDK, its retries and its errors, and every fault."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from server.sandbox import Fault, SandboxTransport
from tests.server.sandbox.till import Till, error


def patient(till: Till, key: str = "sk_test_till") -> stripe.StripeClient:
    """Return a client that tries again twice, as the shop's does."""
    return stripe.StripeClient(key, http_client=till.transport, max_network_retries=2)


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.LOSE_REPLY, Fault.CONFLICT])
def test_the_sdk_tries_again_and_nothing_happens_twice(till: Till, fault: Fault) -> None:
    till.transport.faults.extend([fault, fault])
    session = patient(till).v1.checkout.sessions.create(till.form())
    assert [one.id for one in till.stripe.checkout.sessions.list().data] == [session.id]


def test_a_lost_request_did_not_happen(till: Till) -> None:
    till.transport.faults.append(Fault.LOSE_REQUEST)
    with pytest.raises(stripe.APIConnectionError):
        till.open()
    assert till.stripe.checkout.sessions.list().data == []


def test_a_request_whose_reply_is_lost_did_happen(till: Till) -> None:
    intent = till.authorise()
    till.transport.faults.append(Fault.LOSE_REPLY)
    with pytest.raises(stripe.APIConnectionError):
        till.stripe.payment_intents.capture(intent.id)
    assert till.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


def test_too_many_requests_are_not_tried_again(till: Till) -> None:
    till.transport.faults.append(Fault.RATE_LIMIT)
    with pytest.raises(stripe.RateLimitError) as raised:
        patient(till).v1.checkout.sessions.create(till.form())
    assert raised.value.http_status == 429
    assert not till.transport.faults


def test_a_conflict_that_stays_is_an_api_error(till: Till) -> None:
    till.transport.faults.extend([Fault.CONFLICT] * 3)
    with pytest.raises(stripe.APIError) as raised:
        patient(till).v1.checkout.sessions.create(till.form())
    assert error(raised.value)["code"] == "idempotency_key_in_use"


def test_a_fault_hits_only_the_request_it_waits_for(till: Till) -> None:
    till.transport.faults.extend([Fault.NONE, Fault.LOSE_REPLY])
    till.open()
    with pytest.raises(stripe.APIConnectionError):
        till.open()
    till.open()


@pytest.mark.parametrize("key", ["sk_live_1234567890", "nonsense-1234567890"])
def test_only_test_keys_are_let_in(till: Till, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as raised:
        patient(till, key).v1.checkout.sessions.create(till.form())
    assert raised.value.http_status == 401
    assert key not in str(raised.value)


@pytest.mark.parametrize("address", ["/v1/nonsense", "/v1/payment_intents/x/explode", "/v2/core"])
def test_an_unknown_address_is_404(till: Till, address: str) -> None:
    headers = {"Authorization": "Bearer sk_test_1"}
    assert till.sandbox.handle("GET", address, "", headers).status == 404
    assert till.sandbox.handle("POST", address, "", headers).status == 404


def test_the_sdks_search_is_not_offered(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.payment_intents.search({"query": "status:'succeeded'"})
    assert raised.value.http_status == 404


def test_the_async_calls_of_the_sdk_work_on_two_loops(till: Till) -> None:
    async def buy() -> list[str]:
        sessions = patient(till).v1.checkout.sessions
        opened = await asyncio.gather(*(sessions.create_async(till.form()) for _ in range(20)))
        return [session.id for session in opened]

    assert len({*asyncio.run(buy()), *asyncio.run(buy())}) == 40


def test_two_clients_share_one_sandbox(till: Till) -> None:
    other = stripe.StripeClient("sk_test_2", http_client=SandboxTransport(till.sandbox))
    assert other.v1.checkout.sessions.retrieve(till.open().id).status == "open"
