"""Api: call the server's endpoints as typed functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from client.address import checked
from client.clock import SYSTEM, Clock
from client.sanitize import clean, safe_text
from client.transport import Answer, Delivery, Letter, Unreachable
from contract.base import PAGE_LIMIT, Id, Page, PageQuery
from contract.endpoint import Body, Endpoint, Reply
from contract.problems import FieldError, Invalid, Problem, ProblemDocument

if TYPE_CHECKING:
    import httpx

__all__ = ["Api", "Listing", "Unreachable"]

Q = TypeVar("Q", bound=PageQuery)
T = TypeVar("T")


class Api:
    """One server, spoken to as one caller. Nothing is imported or opened before the first call."""

    def __init__(  # noqa: PLR0913  the last two are the world, which tests replace
        self,
        server: str,
        token: str | None = None,
        *,
        timeout: float = 10.0,
        insecure: bool = False,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take the server's address, and the token to show it.

        `timeout` bounds a whole call in seconds, its retries included. Raise BadAddress for an
        address that cannot be used, or not safely (`insecure` allows plain http anywhere).
        """
        self.server = checked(server, insecure=insecure)
        self.token = token
        self.timeout = timeout
        self.clock = clock
        self._transport = transport

    @cached_property
    def delivery(self) -> Delivery:
        """What carries requests to the server; `client.feed` listens through it too."""
        return Delivery(self.server, self.token, transport=self._transport, clock=self.clock)

    def now(self) -> datetime:
        """Return the present moment by the server's clock, once the feed has told it."""
        return self.clock.now() + self.delivery.ahead

    def call(
        self,
        endpoint: Endpoint[Body, Reply],
        body: Body | None = None,
        *,
        if_match: int | None = None,
        idempotency_key: str | None = None,
        **path: str,
    ) -> Reply:
        """Call an endpoint and return its reply, every text in it safe to show.

        `if_match` is the version an edit is based on. A write carries an idempotency key, made
        here unless given, so that repeating it after a lost reply cannot do it twice. Raise the
        Problem the server refused with, or Unreachable.
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
        letter = Letter(
            method=endpoint.method,
            path=_address(endpoint.path, path),
            params=params,
            headers=headers,
            content=content,
        )
        answer = self.delivery.send(letter, timeout=self.timeout)
        return self._reply(endpoint, answer)

    def pages(self, endpoint: Endpoint[Q, Page[T]], query: Q, *, limit: int = 50) -> Listing[T]:
        """Return at most `limit` items of a paged list, fetched while it is read; 0 means all."""
        return Listing(self, endpoint, query, limit=limit)

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if "delivery" in self.__dict__:
            self.delivery.close()

    def _reply(self, endpoint: Endpoint[Body, Reply], answer: Answer) -> Reply:
        if answer.is_reply:
            try:
                return clean(msgspec.json.decode(answer.content, type=endpoint.response))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass  # somebody else's page, or a proxy's
        raise refusal(self.server, answer)


class Listing(Generic[T]):
    """The items of a paged list. Reading it fetches; it can be read once more from the start."""

    #: How many items there are in all; None until the first page was read.
    total: int | None = None

    def __init__(self, api: Api, endpoint: Endpoint[Q, Page[T]], query: Q, *, limit: int) -> None:
        """Remember what to ask for; nothing is asked yet."""
        self._api = api
        self._endpoint: Endpoint[Any, Page[T]] = endpoint
        self._query: PageQuery = query
        self._limit = limit

    def __iter__(self) -> Iterator[T]:
        """Yield the items, one page after the other."""
        left = self._limit or None
        cursor, first = self._query.cursor, True
        while left is None or left > 0:
            size = PAGE_LIMIT if left is None else min(left, PAGE_LIMIT)
            query = msgspec.structs.replace(self._query, limit=size, cursor=cursor, count=first)
            page = self._api.call(self._endpoint, query)
            if first:
                self.total = page.total
            yield from page.items[:size]
            if page.next is None or page.next == cursor:
                return
            cursor, first = page.next, False
            left = None if left is None else left - len(page.items)


def _address(template: str, path: dict[str, str]) -> str:
    """Fill the ids in. What is no id is refused here: `..` would lead to another endpoint."""
    for name, value in path.items():
        try:
            msgspec.convert(value, Id)
        except msgspec.ValidationError:
            message = f"{safe_text(value)!a} is not an id such as tkt_9f"
            raise Invalid(errors=(FieldError(field=name, message=message),)) from None
    return template.format(**path)


def _query(body: msgspec.Struct | None) -> dict[str, str]:
    """Write a query as its string has it, leaving out what the server assumes anyway."""
    if body is None:
        return {}
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(body)}
    values: dict[str, Any] = msgspec.to_builtins(body)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None and value != defaults[name]
    }


def _json(body: msgspec.Struct | None) -> bytes:
    try:
        return b"{}" if body is None else msgspec.json.encode(body)
    except UnicodeEncodeError as error:
        message = f"has half a character ({error.object[error.start : error.end]!a})"
        raise Invalid(errors=(FieldError(field="body", message=message),)) from None


def refusal(server: str, answer: Answer) -> Problem | Unreachable:
    """Return what an answer that is no reply means: the server's refusal, or a stranger's words."""
    # A problem is known once its noun is imported; the feed's module imports every noun.
    import contract.feed  # noqa: F401

    try:
        document = msgspec.json.decode(answer.content, type=ProblemDocument)
        return Problem.from_document(clean(document))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # somebody else's page, or a proxy's
    if answer.is_redirect:
        to = safe_text(answer.headers.get("location", "elsewhere"))
        return Unreachable(server, f"it redirects to {to}; use that address itself")
    kind = safe_text(answer.headers.get("content-type", "no content type"))
    return Unreachable(server, f"something else answers there (status {answer.status}, {kind})")
