"""The guard: whatever goes wrong behind an address leaves it as a refusal that can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import Counter

from contract.problems import BodyTooLarge, Broken, MethodNotAllowed, NotFound, Problem
from server.clock import Chance
from server.http import reading
from server.http.replies import refusal
from server.routing import Plain, Silence, Visit

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: No body is ever read beyond this; endpoints have lower limits of their own.
MOST_BYTES = 2 * 1024 * 1024
REQUESTS = Counter("ticketing_requests", "Requests answered", ("method", "path", "status"))


class Guard:
    """Stands around every handler of an application."""

    def __init__(self, chance: Chance) -> None:
        """Name requests by `chance`."""
        self._chance = chance

    def application(self, handlers: Iterable[tuple[str, str, Handler]]) -> web.Application:
        """Build the application that answers each method and path with its handler."""
        app = web.Application(client_max_size=MOST_BYTES)
        for method, path, handler in handlers:
            app.router.add_route(method, path, self._around(method, path, handler))
        app.middlewares.append(self._unknown)
        return app

    def _around(self, method: str, path: str, handler: Handler) -> Handler:
        """Let refusals out as problems and everything else as a 500 that tells nothing."""
        counters: dict[int, Any] = {}

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Problem as problem:
                response = self._refuse(problem)
            except (ConnectionError, asyncio.CancelledError, web.HTTPException):
                raise
            except Exception:
                broken = Broken()
                broken.request_id = self._request_id()
                log.exception("request failed", path=path, request_id=broken.request_id)
                response = self._refuse(broken)
            counter = counters.get(response.status)
            if counter is None:
                counter = counters[response.status] = REQUESTS.labels(method, path, response.status)
            counter.inc()
            return response

        return guarded

    @web.middleware
    async def _unknown(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Say as problems what the router refuses: unknown addresses and methods."""
        try:
            return await handler(request)
        except web.HTTPMethodNotAllowed as refused:
            response = self._refuse(MethodNotAllowed())
            response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
            return response
        except web.HTTPNotFound:
            return self._refuse(NotFound())
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(BodyTooLarge())

    def _request_id(self) -> str:
        return f"{self._chance.getrandbits(64):016x}"

    def _refuse(self, problem: Problem) -> web.Response:
        problem.request_id = problem.request_id or self._request_id()
        return refusal(problem, close=isinstance(problem, BodyTooLarge))


def answering(item: Plain) -> Handler:
    """Return the handler of an address outside the contract."""

    async def handler(request: web.Request) -> web.Response:
        body = await reading.body(request, item.body_limit, json=False)
        visit = Visit(reading.names(request), request.headers, body, request.method,
                      request.raw_path)  # fmt: skip
        try:
            answer = await item.run(visit)
        except Silence:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # which nobody gets any more
        return web.Response(
            status=answer.status,
            text=answer.body,
            content_type=answer.content_type,
            headers=answer.headers,
        )

    return handler


def plain(routes: Iterable[Plain], chance: Chance) -> web.Application:
    """Build an application of addresses alone, with no house behind it."""
    handlers = ((item.method, item.path, answering(item)) for item in routes)
    return Guard(chance).application(handlers)
