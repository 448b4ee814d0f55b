"""Api: call the server's endpoints as typed functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from client.address import normalise
from client.clock import SYSTEM, Clock
from client.connection import proxy_of
from client.sanitize import clean, safe_text
from client.transport import UNAVAILABLE, PreparedRequest, RawResponse, Transport, Unreachable
from contract.base import PAGE_LIMIT, Id, Page, PageQuery
from contract.endpoint import Body, Endpoint, Reply
from contract.problems import FieldError, Invalid, Problem, ProblemDocument

if TYPE_CHECKING:
    import httpx

#: The longest query of a request: servers and proxies read lines of 8 KiB.
MAX_QUERY_BYTES = 7_500
#: Statuses with which a proxy refuses a long address or long headers.
TOO_LONG = (414, 431)
__all__ = ["Api", "PagedResult", "Unreachable"]

Q = TypeVar("Q", bound=PageQuery)
T = TypeVar("T")


class Api:
    """A client of one server, for one principal. Nothing is opened before the first call."""

    def __init__(  # noqa: PLR0913  tests replace the last two
        self,
        server: str,
        token: str | None = None,
        *,
        timeout: float = 10.0,
        insecure: bool = False,
        http_transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take the server's address and the token to authenticate with.

        `timeout` bounds a whole call in seconds, including its retries. Raise BadAddress for an
        address that is malformed or not safe (`insecure` allows plain http to any host).
        """
        self.server = normalise(server, insecure=insecure)
        self.token = token
        self.timeout = timeout
        self.clock = clock
        self._http_transport = http_transport

    @cached_property
    def transport(self) -> Transport:
        """The connections to the server; `client.feed` streams through them too."""
        return Transport(
            self.server, self.token, http_transport=self._http_transport, clock=self.clock
        )

    def now(self) -> datetime:
        """Return the current time by the server's clock, once a response has told it."""
        return self.clock.now() + self.transport.clock_offset

    def call(
        self,
        endpoint: Endpoint[Body, Reply],
        body: Body | None = None,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **path: str,
    ) -> Reply:
        """Call an endpoint and return its reply; every text in it is safe to display.

        `if_match` is the version an edit is based on. A write carries an idempotency key, created
        here unless given, so that retrying after a lost reply cannot repeat it. Raise the Problem
        that the server returned, or Unreachable.
        """
        headers = {"Accept": "application/json"}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        if endpoint.writes:
            headers["Idempotency-Key"] = idempotency_key or self.clock.new_key()
        content: bytes | None = None
        params: dict[str, str] = {}
        if not endpoint.writes:
            params = _query(body)
        elif endpoint.method != "DELETE":
            headers["Content-Type"] = "application/json"
            content = _json(body)
        _refuse_long(params)
        request = PreparedRequest(
            method=endpoint.method,
            path=_fill(endpoint.path, path),
            params=params,
            headers=headers,
            content=content,
        )
        response = self.transport.send(request, timeout=self.timeout)
        return self._decode(endpoint, response)

    def pages(
        self, endpoint: Endpoint[Q, Page[T]], query: Q, *, limit: int = 50, **path: str
    ) -> PagedResult[T]:
        """Return at most `limit` items of a paged list, fetched on iteration; 0 means all."""
        return PagedResult(self, endpoint, query, limit=limit, path=path)

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if "transport" in self.__dict__:
            self.transport.close()

    def _decode(self, endpoint: Endpoint[Body, Reply], response: RawResponse) -> Reply:
        if response.is_success:
            try:
                return clean(msgspec.json.decode(response.content, type=endpoint.response))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # another server's page, or a proxy's
        raise error_from(self.server, response)


class PagedResult(Generic[T]):
    """The items of a paged list. Iteration fetches them; iterating again starts over."""

    #: How many items there are in all; None until the first page was read.
    total: int | None = None

    def __init__(
        self,
        api: Api,
        endpoint: Endpoint[Q, Page[T]],
        query: Q,
        *,
        limit: int,
        path: dict[str, str],
    ) -> None:
        """Store the query; nothing is requested yet."""
        self._api = api
        self._endpoint: Endpoint[Any, Page[T]] = endpoint
        self._query: PageQuery = query
        self._limit = limit
        self._path: dict[str, Any] = path

    def __iter__(self) -> Iterator[T]:
        """Yield the items, one page after the other."""
        remaining = self._limit or None
        cursor, first = self._query.cursor, True
        while remaining is None or remaining > 0:
            size = PAGE_LIMIT if remaining is None else min(remaining, PAGE_LIMIT)
            query = msgspec.structs.replace(self._query, limit=size, cursor=cursor, count=first)
            page = self._api.call(self._endpoint, query, **self._path)
            if first:
                self.total = page.total
            yield from page.items[:size]
            if page.next is None or page.next == cursor:
                return
            cursor, first = page.next, False
            remaining = None if remaining is None else remaining - len(page.items)


def _fill(template: str, path: dict[str, str]) -> str:
    """Insert the ids into a path. Anything but an id is refused: `..` would change the endpoint."""
    for name, value in path.items():
        try:
            msgspec.convert(value, Id)
        except msgspec.ValidationError:
            message = f"{safe_text(value)!a} is not an id such as tkt_9f"
            raise Invalid(errors=(FieldError(field=name, message=message),)) from None
    return template.format(**path)


def _query(body: msgspec.Struct | None) -> dict[str, str]:
    """Encode a query as URL parameters, without those that equal the default."""
    if body is None:
        return {}
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(body)}
    values: dict[str, Any] = msgspec.to_builtins(body)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None and value != defaults[name]
    }


def _refuse_long(params: dict[str, str]) -> None:
    """Raise Invalid, naming the longest value, for a query that servers and proxies refuse."""
    if len(urlencode(params)) > MAX_QUERY_BYTES:
        name = max(params, key=lambda name: len(params[name]))
        message = f"is too long ({len(params[name])} characters); use a shorter one"
        raise Invalid(errors=(FieldError(field=name, message=message),))


def _json(body: msgspec.Struct | None) -> bytes:
    try:
        return b"{}" if body is None else msgspec.json.encode(body)
    except UnicodeEncodeError as error:
        message = f"contains half a character ({error.object[error.start : error.end]!a})"
        raise Invalid(errors=(FieldError(field="body", message=message),)) from None


def error_from(server: str, response: RawResponse) -> Problem | Unreachable:
    """Return the error in an unsuccessful response: the server's Problem, or Unreachable."""
    # A problem is known once its module is imported; the feed's module imports all of them.
    import contract.feed  # noqa: F401

    try:
        document = msgspec.json.decode(response.content, type=ProblemDocument)
        return Problem.from_document(clean(document))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # another server's page, or a proxy's
    return Unreachable(server, _explain_response(server, response))


def _explain_response(server: str, response: RawResponse) -> str:
    """Return in a few words why a response is not one of a ticketing server."""
    if response.is_redirect:
        target = safe_text(response.headers.get("location", "another address"))
        return f"it redirects to {target}; use that address instead"
    if b"HTTPS port" in response.content:  # nginx says so
        return "it speaks https; write https:// in the address"
    if response.status in TOO_LONG:
        return f"the request is too long for it (status {response.status})"
    if response.status in UNAVAILABLE:
        return f"a proxy in front of it got no answer from it (status {response.status})"
    kind = safe_text(response.headers.get("content-type", "no content type"))
    answer = f"status {response.status}, {kind}"
    if proxy := proxy_of(server):
        return f"the answer is not from a ticketing server ({answer}), but perhaps from {proxy}"
    return f"it is not a ticketing server ({answer})"
