"""The edge: decode strictly, find out who asks, run the answer, and say every refusal.

A reply leaves only after its commit.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
import structlog
from aiohttp import web
from prometheus_client import Counter

from contract.checks import decode
from contract.endpoint import Access, Endpoint
from contract.problems import (
    BodyTooLarge,
    Broken,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    Problem,
)
from server.caller import Caller
from server.clock import SECOND
from server.http import reading
from server.http.once import Once
from server.http.reading import JSON
from server.http.replies import encode, refusal, stored_reply
from server.routing import AnyRoute, Desk, Flow, Raw, Route, Stream, Visit
from server.tx import Tx

log = structlog.get_logger()

Identify = Callable[[Tx, str], Caller]
Touch = Callable[[Tx, Caller], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Writing down each use of a session would make every read a write; hourly is exact enough.
TOUCH = 3600 * SECOND
#: No body is ever read beyond this; endpoints have lower limits of their own.
MOST_BYTES = 2 * 1024 * 1024
REQUESTS = Counter("ticketing_requests", "Requests answered", ("method", "path", "status"))


class Edge:
    """Serves the rooms' routes over HTTP."""

    def __init__(self, desk: Desk, *, identify: Identify, touch: Touch) -> None:
        """Answer from `desk`.

        `identify` turns a token into a caller or raises NotSignedIn; `touch` writes down that a
        session is in use.
        """
        self.desk = desk
        self._identify = identify
        self._touch = touch

    def application(self, routes: Iterable[AnyRoute]) -> web.Application:
        """Build the application that serves `routes`."""
        app = web.Application(client_max_size=MOST_BYTES)
        for item in routes:
            if isinstance(item, Raw):
                app.router.add_route(item.method, item.path, self._guard(item, self._raw(item)))
            else:
                method, path = item.endpoint.method, item.endpoint.path
                app.router.add_route(method, path, self._guard(item, self._handler(item)))
        app.middlewares.append(self._unknown)
        return app

    def _handler(self, item: Route | Flow | Stream) -> Handler:
        match item:
            case Route() if item.endpoint.writes:
                return self._write(item)
            case Route():
                return self._read(item)
            case Flow():
                return self._flow(item)
            case Stream():
                return self._stream(item)

    def _guard(self, item: AnyRoute, handler: Handler) -> Handler:
        """Let refusals out as problems and everything else as a 500 that tells nothing."""
        path = item.path if isinstance(item, Raw) else item.endpoint.path
        method = item.method if isinstance(item, Raw) else item.endpoint.method
        counters: dict[int, Any] = {}

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Problem as problem:
                response = self._refuse(request, problem)
            except (ConnectionError, asyncio.CancelledError, web.HTTPException):
                raise
            except Exception:
                broken = Broken()
                broken.request_id = self._request_id()
                log.exception("request failed", path=path, request_id=broken.request_id)
                response = self._refuse(request, broken)
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
            response = self._refuse(request, MethodNotAllowed())
            response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
            return response
        except web.HTTPNotFound:
            return self._refuse(request, NotFound())
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(request, BodyTooLarge())

    def _request_id(self) -> str:
        return f"{self.desk.bus.chance.getrandbits(64):016x}"

    def _refuse(self, request: web.Request, problem: Problem) -> web.Response:
        problem.request_id = problem.request_id or self._request_id()
        return refusal(problem, close=isinstance(problem, BodyTooLarge))

    def _write(self, item: Route) -> Handler:
        endpoint = item.endpoint

        async def handler(request: web.Request) -> web.Response:
            token, key = reading.token(request, endpoint), reading.key(request)
            raw = await reading.body(request, endpoint.body_limit)
            body = decode(raw, endpoint.takes)
            path = reading.path(request, endpoint)
            based_on = path.get("if_match", "")
            head = f"{request.method} {request.path} {based_on} ".encode()
            asked = hashlib.sha256(head + raw).hexdigest()

            def act(tx: Tx, caller: Caller) -> bytes:
                if caller.idle > TOUCH:
                    self._touch(tx, caller)
                return encode(item.act(tx, caller, body, **path))

            once = Once(
                key=key,
                request=asked,
                status=endpoint.status,
                identify=lambda tx: self._caller(tx, token, endpoint, request),
                act=act,
            )
            kept = await self.desk.bus.write(once.run, refused=once.refused)
            return stored_reply(kept, replayed=once.replayed)

        return handler

    def _read(self, item: Route) -> Handler:
        endpoint, act = item.endpoint, item.act

        async def handler(request: web.Request) -> web.Response:
            token = reading.token(request, endpoint)
            query = reading.query(request, endpoint)
            path = reading.path(request, endpoint)

            def run(tx: Tx) -> tuple[bytes, int | None, Caller]:
                caller = self._caller(tx, token, endpoint, request)
                reply = act(tx, caller, query, **path)
                return encode(reply), getattr(reply, "version", None), caller

            encoded, version, caller = await self.desk.bus.read(run)
            await self._used(caller)
            headers = {} if version is None else {"ETag": f'"{version}"'}
            return web.Response(body=encoded, content_type=JSON, headers=headers)

        return handler

    def _flow(self, item: Flow) -> Handler:
        endpoint, run = item.endpoint, item.run

        async def handler(request: web.Request) -> web.Response:
            token = reading.token(request, endpoint)
            reading.key(request)
            body = decode(await reading.body(request, endpoint.body_limit), endpoint.takes)
            path = reading.path(request, endpoint)
            caller = await self.desk.bus.read(lambda tx: self._caller(tx, token, endpoint, request))
            await self._used(caller)
            caller = msgspec.structs.replace(
                caller, source=self._source(request), client=reading.client(request)
            )
            reply = await run(self.desk, caller, body, **path)
            return web.Response(body=encode(reply), status=endpoint.status, content_type=JSON)

        return handler

    def _stream(self, item: Stream) -> Handler:
        endpoint, run = item.endpoint, item.run

        async def handler(request: web.Request) -> web.StreamResponse:
            token = reading.token(request, endpoint)
            query = reading.query(request, endpoint)
            caller = await self.desk.bus.read(lambda tx: self._caller(tx, token, endpoint, request))
            lines = run(self.desk, caller, query, request.headers.get("Last-Event-ID"))
            first = await anext(lines)  # a refusal must come before the headers
            response = web.StreamResponse(headers={"Cache-Control": "no-store"})
            response.content_type = "text/event-stream"
            await response.prepare(request)
            await response.write(first)
            async for line in lines:
                await response.write(line)
            return response

        return handler

    def _raw(self, item: Raw) -> Handler:
        async def handler(request: web.Request) -> web.Response:
            body = await reading.body(request, item.body_limit, json=False)
            answer = await item.run(self.desk, Visit(reading.names(request), request.headers, body))
            return web.Response(
                status=answer.status,
                text=answer.body,
                content_type=answer.content_type,
                headers=answer.headers,
            )

        return handler

    def _caller(
        self, tx: Tx, token: str | None, endpoint: Endpoint[Any, Any], request: web.Request
    ) -> Caller:
        if token is None:
            return Caller(source=self._source(request), client=reading.client(request))
        caller = self._identify(tx, token)
        if endpoint.access is Access.ADMIN and not caller.is_admin:
            raise Forbidden("Only operators may do this.")
        return caller

    def _source(self, request: web.Request) -> str:
        """Tell where a request comes from; only a proxy of ours is believed about it."""
        if self.desk.bus.settings.trust_proxy:
            chain = request.headers.get("X-Forwarded-For", "")
            return reading.readable(chain.rpartition(",")[2].strip())
        return request.remote or ""

    async def _used(self, caller: Caller) -> None:
        """Keep a session that only reads from ending as idle; rarely more than a comparison."""
        if caller.idle > TOUCH:
            await self.desk.bus.write(lambda tx: self._touch(tx, caller))
