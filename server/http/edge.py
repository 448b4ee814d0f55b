"""The edge: decode strictly, find out who asks, run the answer, and say every refusal.

A reply leaves only after its commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from contract.endpoint import Access, Endpoint
from contract.problems import Forbidden
from contract.validation import decode
from server.caller import Caller
from server.clock import SECOND
from server.http import reading
from server.http.guard import Guard, Handler, answering
from server.http.once import Once
from server.http.reading import JSON
from server.http.replies import encode, stored_reply
from server.routing import AnyRoute, Desk, Flow, Plain, Raw, Route, Stream
from server.tx import Tx

Identify = Callable[[Tx, str], Caller]
Touch = Callable[[Tx, Caller], None]

#: Writing down each use of a session would make every read a write; hourly is exact enough.
TOUCH = 3600 * SECOND


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
        return Guard(self.desk.bus.chance).application(self._handlers(routes))

    def _handlers(self, routes: Iterable[AnyRoute]) -> Iterator[tuple[str, str, Handler]]:
        for item in routes:
            if isinstance(item, Raw):
                run = partial(item.run, self.desk)
                known = Plain(item.method, item.path, run, item.body_limit)
                yield item.method, item.path, answering(known)
            else:
                yield item.endpoint.method, item.endpoint.path, self._handler(item)

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

    def _write(self, item: Route) -> Handler:
        endpoint = item.endpoint

        async def handler(request: web.Request) -> web.Response:
            token, key = reading.token(request, endpoint), reading.key(request)
            raw = await reading.body(request, endpoint.body_limit)
            body = decode(raw, endpoint.request)
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
            key = reading.key(request)
            body = decode(await reading.body(request, endpoint.body_limit), endpoint.request)
            path = reading.path(request, endpoint)
            caller = await self.desk.bus.read(lambda tx: self._caller(tx, token, endpoint, request))
            await self._used(caller)
            caller = msgspec.structs.replace(
                caller, source=self._source(request), client=reading.client(request), key=key
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

    def _caller(
        self, tx: Tx, token: str | None, endpoint: Endpoint[Any, Any], request: web.Request
    ) -> Caller:
        if token is None:
            return Caller(source=self._source(request), client=reading.client(request))
        caller = self._identify(tx, token)
        if endpoint.access is Access.ADMIN and not caller.is_admin:
            raise Forbidden("Only operators may do this.")
        if endpoint.access is Access.GATE and not caller.may_admit:
            raise Forbidden("Only who works at the gate may do this.")
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
