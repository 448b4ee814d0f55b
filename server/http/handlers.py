"""Handlers: decode a request strictly, authenticate it, run its route, and return the response.

A response is sent only after its commit.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import web

from contract.endpoint import Access, Endpoint
from contract.limits import CountedPer, RateLimit
from contract.problems import Forbidden, Problem
from contract.validation import decode
from server.clock import SECOND
from server.http import request as reading
from server.http.client_address import client_address
from server.http.error_middleware import ErrorMiddleware, HttpHandler, raw_handler
from server.http.idempotency import IdempotentRequest
from server.http.rate_limiter import RateLimiter
from server.http.request import JSON
from server.http.response import cacheable_reply, encode, entity_tag, http_date, stored_reply
from server.principal import Principal
from server.routing import (
    AnyRoute,
    AppContext,
    MultiStepRoute,
    RawRoute,
    Route,
    StreamRoute,
)
from server.tx import Tx

Identify = Callable[[Tx, str], Principal]
Touch = Callable[[Tx, Principal], None]

#: Recording each use of a session would make every read a write; hourly is precise enough.
TOUCH_INTERVAL = 3600 * SECOND
#: Seconds that a client of a stream may take to read what was sent.
READING_SECONDS = 30
#: nginx, and what imitates it, would hold back events until a buffer is full.
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EndpointHandlers:
    """Serves the services' routes over HTTP."""

    def __init__(self, context: AppContext, *, identify: Identify, touch: Touch) -> None:
        """Serve from `context`.

        `identify` turns a token into a principal or raises NotSignedIn; `touch` records that a
        session is in use.
        """
        self.context = context
        self._identify = identify
        self._touch = touch
        settings = context.bus.settings
        self._limiter = RateLimiter(context.bus.clock, percent=settings.rate_limits)

    def application(self, routes: Iterable[AnyRoute]) -> web.Application:
        """Build the aiohttp application that serves `routes`."""
        bus = self.context.bus
        return ErrorMiddleware(bus.rng, bus.clock).application(self._handlers(routes))

    def _handlers(self, routes: Iterable[AnyRoute]) -> Iterator[tuple[str, str, HttpHandler]]:
        for item in routes:
            if isinstance(item, RawRoute):
                handler = self._limited_by_address(item.limit, raw_handler(item))
                yield item.method, item.path, handler
            else:
                limit = item.endpoint.limit
                handler = self._limited_by_address(limit, self._handler(item))
                yield item.endpoint.method, item.endpoint.path, handler

    def _limited_by_address(self, limit: RateLimit | None, handler: HttpHandler) -> HttpHandler:
        """Count a request before anything is read of it, if its limit is per address."""
        if limit is None or limit.counted is not CountedPer.ADDRESS:
            return handler

        async def limited(request: web.Request) -> web.StreamResponse:
            self._limiter.check(limit, self._source(request))
            return await handler(request)

        return limited

    def _count_account(self, endpoint: Endpoint[Any, Any], principal: Principal) -> None:
        """Count a request, if its limit is per account. Raises TooManyRequests."""
        if endpoint.limit is not None and endpoint.limit.counted is CountedPer.ACCOUNT:
            self._limiter.check(endpoint.limit, principal.user_id)

    def _handler(self, item: Route | MultiStepRoute | StreamRoute) -> HttpHandler:
        match item:
            case Route() if item.endpoint.writes:
                return self._write(item)
            case Route():
                return self._read(item)
            case MultiStepRoute():
                return self._multi_step(item)
            case StreamRoute():
                return self._stream(item)

    def _write(self, item: Route) -> HttpHandler:
        endpoint = item.endpoint

        async def handler(request: web.Request) -> web.Response:
            token, key = reading.bearer_token(request, endpoint), reading.idempotency_key(request)
            raw = await reading.body(request, endpoint.body_limit)
            body = decode(raw, endpoint.request)
            path = reading.path_parameters(request, endpoint)
            based_on = path.get("if_match", "")
            head = f"{request.method} {request.path} {based_on} ".encode()
            digest = hashlib.sha256(head + raw).hexdigest()

            def act(tx: Tx, principal: Principal) -> bytes:
                self._count_account(endpoint, principal)
                if principal.idle > TOUCH_INTERVAL:
                    self._touch(tx, principal)
                return encode(item.handler(tx, principal, body, **path))

            idempotent = IdempotentRequest(
                key=key,
                request=digest,
                status=endpoint.status,
                identify=lambda tx: self._principal(tx, token, endpoint, request),
                act=act,
            )
            stored = await self.context.bus.write(idempotent.run, refused=idempotent.refused)
            return stored_reply(stored, replayed=idempotent.replayed)

        return handler

    def _read(self, item: Route) -> HttpHandler:
        endpoint, act = item.endpoint, item.handler

        async def handler(request: web.Request) -> web.Response:
            token = reading.bearer_token(request, endpoint)
            query = reading.query_parameters(request, endpoint)
            path = reading.path_parameters(request, endpoint)

            def run(tx: Tx) -> tuple[bytes, str, Principal]:
                principal = self._principal(tx, token, endpoint, request)
                reply = act(tx, principal, query, **path)
                encoded = encode(reply)
                tag = entity_tag(encoded, version=getattr(reply, "version", None))
                return encoded, tag, principal

            encoded, tag, principal = await self.context.bus.read(run)
            await self._touch_if_idle(principal)
            return cacheable_reply(request, encoded, tag, private=token is not None)

        return handler

    def _multi_step(self, item: MultiStepRoute) -> HttpHandler:
        endpoint, run = item.endpoint, item.handler

        async def handler(request: web.Request) -> web.Response:
            token = reading.bearer_token(request, endpoint)
            key = reading.idempotency_key(request)
            body = decode(await reading.body(request, endpoint.body_limit), endpoint.request)
            path = reading.path_parameters(request, endpoint)
            principal = await self.context.bus.read(
                lambda tx: self._principal(tx, token, endpoint, request)
            )
            self._count_account(endpoint, principal)
            await self._touch_if_idle(principal)
            principal = msgspec.structs.replace(
                principal,
                source=self._source(request),
                client=reading.user_agent(request),
                key=key,
            )
            reply = await run(self.context, principal, body, **path)
            return web.Response(body=encode(reply), status=endpoint.status, content_type=JSON)

        return handler

    def _stream(self, item: StreamRoute) -> HttpHandler:
        endpoint, run = item.endpoint, item.handler

        async def handler(request: web.Request) -> web.StreamResponse:
            token = reading.bearer_token(request, endpoint)
            query = reading.query_parameters(request, endpoint)
            principal = Principal()

            def identify(tx: Tx) -> Principal:
                nonlocal principal
                principal = self._principal(tx, token, endpoint, request)
                return principal

            messages = run(self.context, identify, query, request.headers.get("Last-Event-ID"))
            first = await anext(messages)  # a problem must be raised before the headers are sent
            date = http_date(self.context.bus.clock)
            response = web.StreamResponse(headers=STREAM_HEADERS | {"Date": date})
            response.content_type = "text/event-stream"
            await response.prepare(request)
            if request.method == "HEAD":
                await messages.aclose()
                return response
            with suppress(Problem):  # too late to say so: the client comes back with its position
                await _send(request, response, first)
                async for message in messages:
                    await _send(request, response, message)
                    await self._touch_if_idle(principal)  # a session with an open stream is in use
            await messages.aclose()
            return response

        return handler

    def _principal(
        self, tx: Tx, token: str | None, endpoint: Endpoint[Any, Any], request: web.Request
    ) -> Principal:
        if token is None:
            return Principal(source=self._source(request), client=reading.user_agent(request))
        principal = self._identify(tx, token)
        if endpoint.access is Access.ADMIN and not principal.is_admin:
            raise Forbidden("Only operators may do this.")
        return principal

    def _source(self, request: web.Request) -> str:
        """Return the client's address; X-Forwarded-For counts only behind a trusted proxy."""
        forwarded = request.headers.getall("X-Forwarded-For", ())
        proxies = self.context.bus.settings.trust_proxy
        return client_address(request.remote or "", forwarded, proxies=proxies)

    async def _touch_if_idle(self, principal: Principal) -> None:
        """Keep a session that only reads from expiring; usually this is just a comparison."""
        if principal.idle > TOUCH_INTERVAL:
            await self.context.bus.write(lambda tx: self._touch(tx, principal))


async def _send(request: web.Request, response: web.StreamResponse, message: bytes) -> None:
    """Send a message of a stream; drop the connection of a client that does not read.

    Until then the server keeps a few messages in memory for it, and the rest are in the database.
    """
    try:
        async with asyncio.timeout(READING_SECONDS):
            await response.write(message)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client does not read its stream") from None
