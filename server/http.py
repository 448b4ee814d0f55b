"""The HTTP edge, and the only file that knows the HTTP library.

Decode strictly, find out who asks, run the answer in a transaction, and say every refusal as
`application/problem+json`. A reply leaves only after its commit.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
import structlog
from aiohttp import web
from prometheus_client import Counter

from contract.checks import convert, decode
from contract.endpoint import Access, Endpoint
from contract.problems import (
    BodyTooLarge,
    Broken,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    Problem,
    ProblemDocument,
    UnsupportedMediaType,
)
from contract.problems import FieldError as Wrong
from server import idempotency
from server.caller import Caller
from server.clock import SECOND
from server.idempotency import Stored
from server.routing import AnyRoute, Desk, Flow, Raw, Route, Stream, Visit
from server.tx import Tx

log = structlog.get_logger()

Identify = Callable[[Tx, str], Caller]
Touch = Callable[[Tx, Caller], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Seconds a body may take to arrive: a dripping client must not hold a connection for ever.
BODY_SECONDS = 15
#: Seconds a connection may idle or drip headers; the library's own default is an hour.
IDLE_SECONDS = 10
#: Writing down each use of a session would make every read a write; hourly is exact enough.
TOUCH = 3600 * SECOND
_JSON = "application/json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"')
_encode = msgspec.json.Encoder().encode
_decode_refusal = msgspec.json.Decoder(ProblemDocument).decode

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
        app = web.Application(client_max_size=2 * 1024 * 1024)
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
        return _problem_response(problem, close=isinstance(problem, BodyTooLarge))

    def _write(self, item: Route) -> Handler:
        endpoint, act = item.endpoint, item.act

        async def handler(request: web.Request) -> web.Response:
            token, key = _token(request, endpoint), _key(request)
            raw = await _body(request, endpoint.body_limit)
            body = decode(raw, endpoint.takes)
            path = _path(request, endpoint)
            asked = hashlib.sha256(f"{request.method} {request.path} ".encode() + raw).hexdigest()
            who: list[Caller] = []

            def run(tx: Tx) -> tuple[Stored, bool]:
                caller = self._caller(tx, token, endpoint, request)
                who[:] = [caller]
                tx.actor = caller.user_id or "anybody"
                if caller.idle > TOUCH:
                    self._touch(tx, caller)
                if key and caller.user_id:
                    found = idempotency.find(tx, user_id=caller.user_id, key=key, request=asked)
                    if found is not None:
                        return found, True
                reply = Stored(endpoint.status, _encode(act(tx, caller, body, **path)))
                if key and caller.user_id:
                    idempotency.keep(
                        tx, user_id=caller.user_id, key=key, request=asked, reply=reply
                    )
                return reply, False

            def refused(tx: Tx, problem: Problem) -> tuple[Stored, bool]:
                """Keep a refusal too: the same key must get the same answer for ever."""
                keeps = key and who and who[0].user_id and 400 < problem.status < 500
                if not keeps or problem.status in (401, 429) or problem.code == "key_reused":
                    raise problem
                problem.request_id = self._request_id()
                reply = Stored(problem.status, _encode(problem.document()))
                user_id = who[0].user_id
                idempotency.keep(tx, user_id=user_id, key=str(key), request=asked, reply=reply)
                return reply, False

            stored, replayed = await self.desk.bus.write(run, refused=refused)
            return _stored_response(stored, replayed=replayed)

        return handler

    def _read(self, item: Route) -> Handler:
        endpoint, act = item.endpoint, item.act

        async def handler(request: web.Request) -> web.Response:
            token = _token(request, endpoint)
            query = _query(request, endpoint)
            path = _path(request, endpoint)

            def run(tx: Tx) -> tuple[bytes, int | None, Caller]:
                caller = self._caller(tx, token, endpoint, request)
                reply = act(tx, caller, query, **path)
                return _encode(reply), getattr(reply, "version", None), caller

            encoded, version, caller = await self.desk.bus.read(run)
            await self._used(caller)
            headers = {} if version is None else {"ETag": f'"{version}"'}
            return web.Response(body=encoded, content_type=_JSON, headers=headers)

        return handler

    def _flow(self, item: Flow) -> Handler:
        endpoint, run = item.endpoint, item.run

        async def handler(request: web.Request) -> web.Response:
            token = _token(request, endpoint)
            _key(request)
            body = decode(await _body(request, endpoint.body_limit), endpoint.takes)
            path = _path(request, endpoint)
            caller = await self.desk.bus.read(lambda tx: self._caller(tx, token, endpoint, request))
            await self._used(caller)
            caller = replace(caller, source=self._source(request), client=_client(request))
            reply = await run(self.desk, caller, body, **path)
            return web.Response(body=_encode(reply), status=endpoint.status, content_type=_JSON)

        return handler

    def _stream(self, item: Stream) -> Handler:
        endpoint, run = item.endpoint, item.run

        async def handler(request: web.Request) -> web.StreamResponse:
            token = _token(request, endpoint)
            query = _query(request, endpoint)
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
            body = await _body(request, item.body_limit, json=False)
            answer = await item.run(self.desk, Visit(_names(request), request.headers, body))
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
            return Caller(source=self._source(request), client=_client(request))
        caller = self._identify(tx, token)
        if endpoint.access is Access.ADMIN and not caller.is_admin:
            raise Forbidden("Only operators may do this.")
        return caller

    def _source(self, request: web.Request) -> str:
        """Tell where a request comes from; only a proxy of ours is believed about it."""
        if self.desk.bus.settings.trust_proxy:
            chain = request.headers.get("X-Forwarded-For", "")
            return _readable(chain.rpartition(",")[2].strip())
        return request.remote or ""

    async def _used(self, caller: Caller) -> None:
        """Keep a session that only reads from ending as idle; rarely more than a comparison."""
        if caller.idle > TOUCH:
            await self.desk.bus.write(lambda tx: self._touch(tx, caller))


def _problem_response(problem: Problem, *, close: bool = False) -> web.Response:
    document = problem.document()
    response = web.Response(
        body=_encode(document),
        status=problem.status,
        content_type="application/problem+json",
        headers=_refusal_headers(document),
    )
    if close:
        response.force_close()
    return response


def _refusal_headers(document: ProblemDocument) -> dict[str, str]:
    headers = {"X-Request-Id": document.request_id} if document.request_id else {}
    if document.retry_after is not None:
        headers["Retry-After"] = str(document.retry_after)
    if document.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _stored_response(stored: Stored, *, replayed: bool) -> web.Response:
    refused = stored.status >= 400
    headers = _refusal_headers(_decode_refusal(stored.body)) if refused else {}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return web.Response(
        body=stored.body,
        status=stored.status,
        content_type="application/problem+json" if refused else _JSON,
        headers=headers,
    )


def _token(request: web.Request, endpoint: Endpoint[Any, Any]) -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        if endpoint.access is not Access.PUBLIC:
            raise NotSignedIn
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("The Authorization header must be: Bearer TOKEN.")
    return token.strip()


def _client(request: web.Request) -> str:
    """Return what the caller's program calls itself."""
    return _readable(request.headers.get("User-Agent", ""))


def _readable(header: str) -> str:
    """Put a mark in place of bytes that are no UTF-8, which no database takes."""
    return header.encode("utf-8", "replace").decode()


def _key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        message = "must be 1 to 255 printable ASCII characters without spaces"
        raise Invalid(errors=(Wrong(field="Idempotency-Key", message=message),))
    return key


def _names(request: web.Request) -> dict[str, str]:
    """Return the names in an address. PostgreSQL takes no NUL, so nothing is named with one."""
    names = dict(request.match_info)
    if any("\0" in name for name in names.values()):
        raise NotFound
    return names


def _path(request: web.Request, endpoint: Endpoint[Any, Any]) -> dict[str, Any]:
    path: dict[str, Any] = _names(request)
    if endpoint.if_match:
        header = request.headers.get("If-Match")
        match = _VERSION.fullmatch(header) if header is not None else None
        if header is not None and match is None:
            message = 'must be the version in quotes, such as "3"'
            raise Invalid(errors=(Wrong(field="If-Match", message=message),))
        path["if_match"] = int(match[1]) if match is not None else None
    return path


def _query(request: web.Request, endpoint: Endpoint[Any, Any]) -> Any:
    values: dict[str, str] = {}
    for name, value in request.query.items():
        if name in values:
            raise Invalid(errors=(Wrong(field=name, message="appears twice"),))
        values[name] = value
    return convert(values, endpoint.takes, strict=False)


async def _body(request: web.Request, limit: int, *, json: bool = True) -> bytes:
    if not request.body_exists:
        return b""
    if json and request.content_type != _JSON:
        raise UnsupportedMediaType
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLarge(f"The request body may be at most {limit} bytes.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
    except TimeoutError:
        raise BodyTooLarge("The request body did not arrive in time.") from None
    if len(raw) > limit:
        raise BodyTooLarge(f"The request body may be at most {limit} bytes.")
    return raw
