"""Error middleware: turns every exception into a problem document."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import Counter

from contract.problems import (
    BodyTooLarge,
    Broken,
    MethodNotAllowed,
    NotFound,
    Problem,
    UriTooLong,
)
from server.clock import Clock, Rng
from server.http import request as reading
from server.http.response import http_date, problem_response
from server.routing import DropConnection, HttpRequest, RawRoute

log = structlog.get_logger()

HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: The largest body of any request; endpoints have lower limits.
MAX_BODY_BYTES = 2 * 1024 * 1024
#: The longest path with its query. The parser reads longer lines, so that the refusal is a problem.
MAX_TARGET_BYTES = 8_000
REQUESTS = Counter("ticketing_requests", "Requests served", ("method", "path", "status"))


class ErrorMiddleware:
    """Wraps every handler of an application."""

    def __init__(self, rng: Rng, clock: Clock) -> None:
        """Make request ids from `rng`, and send the time of `clock` with every response."""
        self._rng = rng
        self._clock = clock

    def application(self, handlers: Iterable[tuple[str, str, HttpHandler]]) -> web.Application:
        """Build the application that responds to each method and path with its handler.

        HEAD is served wherever GET is: aiohttp sends the headers of the response and leaves out its
        body.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        for method, path, handler in handlers:
            for served in ("GET", "HEAD") if method == "GET" else (method,):
                app.router.add_route(served, path, self._wrap(served, path, handler))
        app.middlewares.append(self._router_errors)
        return app

    def _wrap(self, method: str, path: str, handler: HttpHandler) -> HttpHandler:
        """Return problems as they are, and any other exception as a 500 that reveals nothing."""
        counters: dict[int, Any] = {}

        async def wrapped(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Problem as problem:
                response = self._problem(problem)
            except (ConnectionError, asyncio.CancelledError, web.HTTPException):
                raise
            except Exception:
                broken = Broken()
                broken.request_id = self._request_id()
                log.exception("request failed", path=path, request_id=broken.request_id)
                response = self._problem(broken)
            counter = counters.get(response.status)
            if counter is None:
                counter = counters[response.status] = REQUESTS.labels(method, path, response.status)
            counter.inc()
            return response

        return wrapped

    @web.middleware
    async def _router_errors(
        self, request: web.Request, handler: HttpHandler
    ) -> web.StreamResponse:
        """Turn the router's own errors into problems: unknown paths and methods."""
        try:
            if len(request.raw_path) > MAX_TARGET_BYTES:
                response: web.StreamResponse = self._problem(UriTooLong())
            else:
                response = await handler(request)
        except web.HTTPMethodNotAllowed as error:
            response = self._problem(MethodNotAllowed())
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        except web.HTTPNotFound:
            response = self._problem(NotFound())
        except web.HTTPRequestEntityTooLarge:
            response = self._problem(BodyTooLarge())
        response.headers["Date"] = http_date(self._clock)
        return response

    def _request_id(self) -> str:
        return f"{self._rng.getrandbits(64):016x}"

    def _problem(self, problem: Problem) -> web.Response:
        problem.request_id = problem.request_id or self._request_id()
        return problem_response(problem, close=isinstance(problem, BodyTooLarge))


def raw_handler(item: RawRoute) -> HttpHandler:
    """Return the handler of a path outside the contract."""

    async def handler(request: web.Request) -> web.Response:
        body = await reading.body(request, item.body_limit, json=False)
        method = "GET" if request.method == "HEAD" else request.method
        http_request = HttpRequest(
            reading.path_names(request), request.headers, body, method, request.raw_path
        )
        try:
            response = await item.handler(http_request)
        except DropConnection:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody receives it
        return web.Response(
            status=response.status,
            text=response.body,
            content_type=response.content_type,
            headers=response.headers,
        )

    return handler


def raw_application(routes: Iterable[RawRoute], rng: Rng, clock: Clock) -> web.Application:
    """Build an application from raw routes only."""
    handlers = ((item.method, item.path, raw_handler(item)) for item in routes)
    return ErrorMiddleware(rng, clock).application(handlers)
