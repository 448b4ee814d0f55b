"""Routes: which function answers which endpoint. Rooms declare them; `http` serves them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from contract.base import Request
from contract.endpoint import BODY_LIMIT, Endpoint
from server.bus import Bus
from server.caller import Caller
from server.tx import Tx

P = ParamSpec("P")
T = TypeVar("T")
Body = TypeVar("Body", bound=Request)
Reply = TypeVar("Reply")


class Desk:
    """What an answer needs that takes more than one transaction."""

    def __init__(self, bus: Bus) -> None:
        """Answer from `bus`."""
        self.bus = bus
        # Argon2 takes 50 ms and 19 MiB each; two at once keep the machine responsive.
        self._hard = ThreadPoolExecutor(2, thread_name_prefix="hard")
        self._waiting = asyncio.Semaphore(32)

    async def hard(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run heavy work off the loop, two at a time."""
        async with self._waiting:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._hard, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Let the threads go."""
        self._hard.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Route:
    """An endpoint answered by one function in one transaction."""

    endpoint: Endpoint[Any, Any]
    act: Callable[..., Any]


@dataclass(frozen=True)
class Flow:
    """An endpoint answered in several steps, with slow work between them."""

    endpoint: Endpoint[Any, Any]
    run: Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Stream:
    """An endpoint answered by server-sent events, for as long as somebody listens."""

    endpoint: Endpoint[Any, Any]
    run: Callable[..., AsyncIterator[bytes]]


@dataclass(frozen=True)
class Visit:
    """A request as a browser or Stripe sends it. `target` is its address with the query."""

    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    method: str = "GET"
    target: str = "/"


@dataclass(frozen=True)
class Answer:
    """What a browser or Stripe gets."""

    status: int
    body: str = ""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """An address outside the contract: a page, or a message from Stripe."""

    method: str
    path: str
    run: Callable[[Desk, Visit], Awaitable[Answer]]
    body_limit: int = BODY_LIMIT


class Silence(Exception):
    """Raised instead of an answer: the connection ends, as when a network fails."""


@dataclass(frozen=True)
class Plain:
    """An address outside the contract that needs nothing of the house to be answered."""

    method: str
    path: str
    run: Callable[[Visit], Awaitable[Answer]]
    body_limit: int = BODY_LIMIT

    def housed(self) -> Raw:
        """Return it as an address of the house."""

        async def run(desk: Desk, visit: Visit) -> Answer:
            return await self.run(visit)

        return Raw(self.method, self.path, run, self.body_limit)


AnyRoute = Route | Flow | Stream | Raw


def route(
    endpoint: Endpoint[Body, Reply], act: Callable[Concatenate[Tx, Caller, Body, ...], Reply]
) -> Route:
    """Answer an endpoint with a plain function of the transaction, the caller and the body."""
    return Route(endpoint, act)


def flow(
    endpoint: Endpoint[Body, Reply],
    run: Callable[Concatenate[Desk, Caller, Body, ...], Awaitable[Reply]],
) -> Flow:
    """Answer an endpoint with steps that must not hold a transaction."""
    return Flow(endpoint, run)


def stream(
    endpoint: Endpoint[Body, Any],
    run: Callable[[Desk, Caller, Body, str | None], AsyncIterator[bytes]],
) -> Stream:
    """Answer an endpoint with server-sent events; the last argument is `Last-Event-ID`."""
    return Stream(endpoint, run)
