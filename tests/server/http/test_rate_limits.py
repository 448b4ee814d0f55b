"""Rate limits: refused with 429 and Retry-After, counted for the right client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract import limits
from contract.limits import CountedPer, RateLimit
from contract.problems import TooManyRequests
from server.http import rate_limiter
from server.http.rate_limiter import RateLimiter
from server.settings import Settings
from tests import databases
from tests.clock import ManualClock
from tests.conftest import Serving

SECOND = 1_000_000
LIMIT = RateLimit("trial", 3, 6, CountedPer.ADDRESS)
FROM = "X-Forwarded-For"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def accepted(limiter: RateLimiter, number: int, who: str = "ana") -> int:
    """Return how many of a number of requests are accepted."""
    passed = 0
    for _ in range(number):
        try:
            limiter.check(LIMIT, who)
        except TooManyRequests:
            continue
        passed += 1
    return passed


def test_a_burst_is_accepted_and_then_one_request_at_a_time(clock: ManualClock) -> None:
    limiter = RateLimiter(clock, percent=100)
    assert accepted(limiter, 10) == 3
    clock.advance(10 * SECOND)
    assert accepted(limiter, 10) == 1
    clock.advance(60 * SECOND)
    assert accepted(limiter, 10) == 3


def test_a_refusal_says_when_the_next_request_is_accepted(clock: ManualClock) -> None:
    limiter = RateLimiter(clock, percent=100)
    accepted(limiter, 3)
    clock.advance(3 * SECOND)
    with pytest.raises(TooManyRequests) as refused:
        limiter.check(LIMIT, "ana")
    assert refused.value.retry_after == 7
    clock.advance(7 * SECOND)
    limiter.check(LIMIT, "ana")


def test_another_client_and_another_limit_are_counted_apart(clock: ManualClock) -> None:
    limiter = RateLimiter(clock, percent=100)
    accepted(limiter, 10)
    assert accepted(limiter, 10, "ben") == 3
    limiter.check(RateLimit("other", 1, 1, CountedPer.ADDRESS), "ana")


@pytest.mark.parametrize(("percent", "passed"), [(0, 1000), (1, 1), (50, 1), (100, 3), (200, 6)])
def test_an_operator_can_change_or_turn_off_the_limits(
    clock: ManualClock, percent: int, passed: int
) -> None:
    assert accepted(RateLimiter(clock, percent=percent), 1000) == passed


def test_clients_that_have_waited_need_no_memory(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limiter, "FIRST_SWEEP", 100)
    limiter = RateLimiter(clock, percent=100)
    for number in range(1000):
        limiter.check(LIMIT, f"10.0.0.{number}")
        clock.advance(SECOND)
    assert len(limiter._whole_at) <= 101  # noqa: SLF001  what it must not use


@contextmanager
def serving(folder: Path, template: Path, **settings: Any) -> Iterator[httpx.Client]:
    url = databases.sqlite_url(folder, template)
    known = Settings(database=url, port=0, trust_proxy=1, **settings)
    with (
        Serving(known, ManualClock()) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield client


@pytest.fixture
def client(tmp_path: Path, sqlite_template: Path) -> Iterator[httpx.Client]:
    """Give a client of a server whose clock stands still, behind a proxy."""
    with serving(tmp_path, sqlite_template) as client:
        yield client


def refused(response: httpx.Response) -> bool:
    """Tell whether a request was refused by a limit, with all a client needs to wait."""
    if response.status_code != 429:
        return False
    assert response.json()["code"] == "too_many_requests"
    assert int(response.headers["Retry-After"]) == response.json()["retry_after"] > 0
    return True


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/v1/tickets", limits.SEARCH),
        ("/v1/shows", limits.SEARCH),
        ("/p/nothing", limits.SHORT_LINK),
        ("/c/nothing", limits.SHORT_LINK),
    ],
)
def test_reading_is_limited_for_each_address(
    client: httpx.Client, path: str, limit: RateLimit
) -> None:
    for number in range(limit.burst):  # one customer has all addresses of a /64
        headers = {FROM: f"6.6.6.6, [2001:db8::{number:x}]:{number + 1}"}
        assert not refused(client.get(path, headers=headers))
    assert refused(client.get(path, headers={FROM: "2001:db8::ffff"}))
    assert not refused(client.get(path, headers={FROM: "2001:db8:0:1::1"}))


def test_feeds_are_limited_for_each_address(client: httpx.Client) -> None:
    def follow(address: str) -> bool:
        with client.stream("GET", "/v1/feed", headers={FROM: address}) as response:
            if response.status_code == 429:
                response.read()
            return refused(response)

    assert not any(follow("203.0.113.7") for _ in range(limits.FEED.burst))
    assert follow("203.0.113.7")
    assert not follow("203.0.113.8")


def sign_up(client: httpx.Client, name: str, address: str = "203.0.113.7") -> httpx.Response:
    account = {"email": f"{name}@example.org", "password": "correct horse battery staple"}
    return client.post("/v1/auth/signup", json=account, headers={FROM: address})


def test_sign_ups_are_limited_for_each_address(tmp_path: Path, sqlite_template: Path) -> None:
    with serving(tmp_path, sqlite_template, rate_limits=5) as client:
        allowed = limits.SIGN_UP.burst * 5 // 100
        assert not any(refused(sign_up(client, f"n{n}")) for n in range(allowed))
        assert refused(sign_up(client, "late"))
        assert not refused(sign_up(client, "elsewhere", "203.0.113.8"))


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/v1/orders", {"ticket_id": "tkt_0000000000000000000"}, limits.LOCK),
        ("/v1/orders/ord_0000000000000000000/pay", {}, limits.PAY),
    ],
)
def test_locks_and_payments_are_limited_for_each_account(
    client: httpx.Client, path: str, body: dict[str, str], limit: RateLimit
) -> None:
    tokens = [sign_up(client, name).json()["token"] for name in ("ana", "ben")]

    def ask(token: str, number: int) -> bool:
        headers = {"Authorization": f"Bearer {token}", FROM: f"10.0.{number}.1"}
        return refused(client.post(path, json=body, headers=headers))

    assert not any(ask(tokens[0], number) for number in range(limit.burst))
    assert ask(tokens[0], 200)
    assert not ask(tokens[1], 200)


def test_a_repeated_request_gets_its_stored_reply_and_is_not_counted(
    client: httpx.Client,
) -> None:
    token = sign_up(client, "ana").json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    body = {"ticket_id": "tkt_0000000000000000000"}
    answers = {
        client.post("/v1/orders", json=body, headers=headers).status_code
        for _ in range(limits.LOCK.burst + 10)
    }
    assert answers == {404}
