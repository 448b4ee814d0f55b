"""Routes: which function handles which endpoint. Services declare them; `http` serves them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, TypeVar

from contract.base import Request
from contract.endpoint import BODY_LIMIT, Endpoint
from contract.limits import RateLimit
from server.bus import Bus
from server.principal import Principal
from server.thread_pool import ThreadPool
from server.turns import Turns
from server.tx import Tx

Body = TypeVar("Body", bound=Request)
Reply = TypeVar("Reply")


class AppContext:
    """The bus, the thread pools and the turns, for handlers that take several transactions."""

    def __init__(self, bus: Bus) -> None:
        """Open a pool for each kind of blocking work."""
        self.bus = bus
        # Argon2 takes 50 ms and 19 MiB each; two at once keep the machine responsive.
        self.hashing = ThreadPool("password hashing", threads=2, queue=32)
        # A call may hang for 15 s, and costs only its thread meanwhile.
        self.stripe = ThreadPool("the payment provider", threads=8, queue=32)
        # Each holds up to 1 MiB of rows.
        self.imports = Turns("imports", waiting=32)

    def close(self) -> None:
        """Wait for running calls and close the pools."""
        self.hashing.close()
        self.stripe.close()


@dataclass(frozen=True)
class Route:
    """An endpoint that one function handles in one transaction."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[..., Any]


@dataclass(frozen=True)
class MultiStepRoute:
    """An endpoint that takes several steps, with slow work between its transactions."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[..., Awaitable[Any]]


#: Returns the principal of a request, again at each call; raises once the session has ended.
Identify = Callable[[Tx], Principal]


@dataclass(frozen=True)
class StreamRoute:
    """An endpoint that sends server-sent events until the client leaves or its session ends."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[..., AsyncGenerator[bytes, None]]


@dataclass(frozen=True)
class HttpRequest:
    """A request from a browser or from Stripe. `target` is the path with the query string."""

    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    method: str = "GET"
    target: str = "/"


@dataclass(frozen=True)
class HttpResponse:
    """The response to a browser or to Stripe."""

    status: int
    body: str = ""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawRoute:
    """A path outside the contract: a page, a health check, or a webhook."""

    method: str
    path: str
    handler: Callable[[HttpRequest], Awaitable[HttpResponse]]
    body_limit: int = BODY_LIMIT
    limit: RateLimit | None = None


class DropConnection(Exception):
    """Raised instead of returning a response: close the connection, as a broken network would."""


AnyRoute = Route | MultiStepRoute | StreamRoute | RawRoute


def route(
    endpoint: Endpoint[Body, Reply],
    handler: Callable[Concatenate[Tx, Principal, Body, ...], Reply],
) -> Route:
    """Handle an endpoint with a function of the transaction, the principal and the body."""
    return Route(endpoint, handler)


def multi_step(
    endpoint: Endpoint[Body, Reply],
    handler: Callable[Concatenate[AppContext, Principal, Body, ...], Awaitable[Reply]],
) -> MultiStepRoute:
    """Handle an endpoint with steps that must not hold a transaction."""
    return MultiStepRoute(endpoint, handler)


def stream(
    endpoint: Endpoint[Body, Any],
    handler: Callable[[AppContext, Identify, Body, str | None], AsyncGenerator[bytes, None]],
) -> StreamRoute:
    """Handle an endpoint with server-sent events; the last argument is `Last-Event-ID`."""
    return StreamRoute(endpoint, handler)
