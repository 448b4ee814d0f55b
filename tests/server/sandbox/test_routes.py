"""Routes: the sandbox over HTTP, and injected faults."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from contract.problems import Busy
from server.routing import HttpRequest, HttpResponse
from server.sandbox.routes import ApiRoutes, HostedPageRoutes
from server.thread_pool import ThreadPool
from tests.server.sandbox.contract import providers
from tests.server.sandbox.contract.provider import Provider
from tests.server.sandbox.merchant import Merchant

FORM: stripe.params.PaymentIntentCreateParams = {"amount": 4500, "currency": "eur"}


@pytest.fixture
def shop() -> Iterator[Provider]:
    with providers.sandbox() as provider:
        yield provider


def retrying(shop: Provider) -> stripe.StripeClient:
    return stripe.StripeClient(
        shop.secret, base_addresses={"api": str(shop.url)}, max_network_retries=1
    )


def intent_count(shop: Provider) -> int:
    return len(shop.raw.v1.payment_intents.list().data)


@pytest.mark.parametrize("fault", ["lose-reply", "lose-request", "conflict"])
def test_a_retry_with_the_same_key_recovers_from_a_fault(
    shop: Provider, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *_: 0)
    done = retrying(shop).v1.payment_intents.create(FORM, {"headers": {"Sandbox-Fault": fault}})
    assert done.status == "requires_payment_method"
    assert intent_count(shop) == 1


@pytest.mark.parametrize(
    ("fault", "raised", "intents"),
    [
        ("lose-reply", stripe.APIConnectionError, 1),
        ("lose_reply", stripe.APIConnectionError, 1),
        ("lose-request", stripe.APIConnectionError, 0),
        ("rate-limit", stripe.RateLimitError, 0),
        ("conflict", stripe.APIError, 0),
        ("break-before", stripe.APIError, 0),
        ("break-after", stripe.APIError, 1),
        ("bored", stripe.InvalidRequestError, 0),
    ],
)
def test_each_fault_has_its_documented_effect(
    shop: Provider, fault: str, raised: type[Exception], intents: int
) -> None:
    with pytest.raises(raised):
        shop.raw.v1.payment_intents.create(FORM, {"headers": {"Sandbox-Fault": fault}})
    assert intent_count(shop) == intents


def test_a_get_is_lost_each_time_its_header_asks_for_it(shop: Provider) -> None:
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            shop.raw.v1.payment_intents.list(options={"headers": {"Sandbox-Fault": "lose-reply"}})


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_an_unknown_url_gets_stripes_error(shop: Provider, method: str) -> None:
    bearer = {"Authorization": f"Bearer {shop.secret}"}
    reply = httpx.request(method, f"{shop.url}/v1/nothing", headers=bearer, trust_env=False)
    assert (reply.status_code, reply.json()["error"]["type"]) == (404, "invalid_request_error")
    assert reply.headers["request-id"].startswith("req_")


def test_only_the_api_and_the_page_are_served(shop: Provider) -> None:
    assert httpx.get(f"{shop.url}/", trust_env=False).status_code == 404
    page = httpx.get(f"{shop.url}/sandbox/pay/nobody", trust_env=False)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_customer_can_be_deleted_over_http(shop: Provider) -> None:
    customer = shop.raw.v1.customers.create({"email": "ana@example.org"}).id
    assert shop.raw.v1.customers.delete(customer).deleted is True


def test_an_oversized_body_is_refused(shop: Provider) -> None:
    reply = httpx.post(f"{shop.url}/v1/customers", content=b"a" * 300_000, trust_env=False)
    assert reply.status_code == 413


def test_a_replay_has_a_header(shop: Provider) -> None:
    headers = {"Authorization": f"Bearer {shop.secret}", "Idempotency-Key": "once"}
    replies = [
        httpx.post(f"{shop.url}/v1/customers", data={}, headers=headers, trust_env=False)
        for _ in range(2)
    ]
    assert [reply.headers.get("idempotent-replayed") for reply in replies] == [None, "true"]
    assert replies[0].json() == replies[1].json()


def test_a_full_thread_pool_refuses_requests(merchant: Merchant) -> None:
    threads = ThreadPool("the payment sandbox", threads=1, queue=0)
    merchant.sandbox.threads = threads
    released = threading.Event()

    async def overload() -> HttpResponse:
        blocking = asyncio.ensure_future(threads.run_blocking(released.wait))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await page_routes(merchant).view(request("cs_test_nobody"))
        response = await api_routes(merchant).respond(request())
        released.set()
        await blocking
        return response

    response = asyncio.run(overload())
    assert response.status == 429
    assert '"rate_limit"' in response.body


def test_requests_do_not_use_the_default_executor(merchant: Merchant) -> None:
    closed = ThreadPoolExecutor()
    closed.shutdown()

    async def call() -> tuple[HttpResponse, HttpResponse]:
        asyncio.get_running_loop().set_default_executor(closed)
        response = await api_routes(merchant).respond(request())
        return response, await page_routes(merchant).view(request("cs_test_nobody"))

    assert [response.status for response in asyncio.run(call())] == [401, 404]


def api_routes(merchant: Merchant) -> ApiRoutes:
    return ApiRoutes(merchant.sandbox, lambda: None)


def page_routes(merchant: Merchant) -> HostedPageRoutes:
    return HostedPageRoutes(merchant.sandbox, lambda: None)


def request(session: str = "") -> HttpRequest:
    return HttpRequest({"session": session}, {}, b"", target="/v1/balance")
