"""The transport: the real SDK, its retries, its errors and every fault."""

from __future__ import annotations

import asyncio

import pytest
import stripe

from server.sandbox import Fault, SandboxTransport
from tests.server.sandbox.merchant import Merchant, error


def retrying(merchant: Merchant, key: str = "sk_test_merchant") -> stripe.StripeClient:
    """Return a client that retries twice, as the shop's does."""
    return stripe.StripeClient(key, http_client=merchant.transport, max_network_retries=2)


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.LOSE_REPLY, Fault.CONFLICT])
def test_a_retry_of_the_sdk_is_executed_once(merchant: Merchant, fault: Fault) -> None:
    merchant.transport.faults.extend([fault, fault])
    session = retrying(merchant).v1.checkout.sessions.create(merchant.form())
    assert [one.id for one in merchant.stripe.checkout.sessions.list().data] == [session.id]


def test_a_lost_request_is_not_executed(merchant: Merchant) -> None:
    merchant.transport.faults.append(Fault.LOSE_REQUEST)
    with pytest.raises(stripe.APIConnectionError):
        merchant.open()
    assert merchant.stripe.checkout.sessions.list().data == []


def test_a_request_with_a_lost_reply_is_executed(merchant: Merchant) -> None:
    intent = merchant.authorize()
    merchant.transport.faults.append(Fault.LOSE_REPLY)
    with pytest.raises(stripe.APIConnectionError):
        merchant.stripe.payment_intents.capture(intent.id)
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_rate_limited_request_is_not_retried(merchant: Merchant) -> None:
    merchant.transport.faults.append(Fault.RATE_LIMIT)
    with pytest.raises(stripe.RateLimitError) as raised:
        retrying(merchant).v1.checkout.sessions.create(merchant.form())
    assert raised.value.http_status == 429
    assert not merchant.transport.faults


def test_a_persistent_conflict_is_an_api_error(merchant: Merchant) -> None:
    merchant.transport.faults.extend([Fault.CONFLICT] * 3)
    with pytest.raises(stripe.APIError) as raised:
        retrying(merchant).v1.checkout.sessions.create(merchant.form())
    assert error(raised.value)["code"] == "idempotency_key_in_use"


def test_a_fault_affects_only_its_own_request(merchant: Merchant) -> None:
    merchant.transport.faults.extend([Fault.NONE, Fault.LOSE_REPLY])
    merchant.open()
    with pytest.raises(stripe.APIConnectionError):
        merchant.open()
    merchant.open()


@pytest.mark.parametrize("key", ["sk_live_1234567890", "nonsense-1234567890"])
def test_only_test_keys_are_accepted(merchant: Merchant, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as raised:
        retrying(merchant, key).v1.checkout.sessions.create(merchant.form())
    assert raised.value.http_status == 401
    assert key not in str(raised.value)


@pytest.mark.parametrize("address", ["/v1/nonsense", "/v1/payment_intents/x/explode", "/v2/core"])
def test_an_unknown_url_is_404(merchant: Merchant, address: str) -> None:
    headers = {"Authorization": "Bearer sk_test_1"}
    assert merchant.sandbox.handle("GET", address, "", headers).status == 404
    assert merchant.sandbox.handle("POST", address, "", headers).status == 404


def test_search_is_not_offered(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.payment_intents.search({"query": "status:'succeeded'"})
    assert raised.value.http_status == 404


def test_the_async_calls_of_the_sdk_work_on_two_loops(merchant: Merchant) -> None:
    async def buy() -> list[str]:
        sessions = retrying(merchant).v1.checkout.sessions
        opened = await asyncio.gather(*(sessions.create_async(merchant.form()) for _ in range(20)))
        return [session.id for session in opened]

    assert len({*asyncio.run(buy()), *asyncio.run(buy())}) == 40


def test_two_clients_share_one_sandbox(merchant: Merchant) -> None:
    other = stripe.StripeClient("sk_test_2", http_client=SandboxTransport(merchant.sandbox))
    assert other.v1.checkout.sessions.retrieve(merchant.open().id).status == "open"
