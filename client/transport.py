"""Transport: send a request to the server and return its whole response, with safe retries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from client.clock import Clock
from client.connection import explain_failure, open_client

if TYPE_CHECKING:
    import httpx

#: Pauses before the next attempts, in seconds. The server restarts in about one second.
PAUSES = (0.1, 0.3, 0.8, 1.5, 2.5)
#: A full page of a hundred tickets is about 60 kB; nothing we request comes near this.
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
#: The server is too busy, or a proxy got no answer from it.
UNAVAILABLE = (502, 503, 504)
CONNECT_SECONDS = 5.0
#: `Date` has whole seconds, and is a moment old when it arrives.
DATE_PRECISION = timedelta(seconds=3)


class Unreachable(Exception):
    """The server sent no usable response."""

    code = "unreachable"
    retryable = True

    def __init__(self, server: str, reason: str, *, sent: bool = True) -> None:
        """Name the server and the reason; `sent` is False when no request can have reached it."""
        super().__init__(f"cannot reach {server}: {reason}")
        self.server = server
        self.detail = str(self)
        self.sent = sent


@dataclass(frozen=True, kw_only=True)
class PreparedRequest:
    """A request that can be sent more than once."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class RawResponse:
    """A complete response, not yet decoded. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  HTTP's own numbers

    @property
    def is_redirect(self) -> bool:
        """Whether the status is 3xx."""
        return 300 <= self.status < 400  # noqa: PLR2004  HTTP's own numbers


class Transport:
    """The connections to one server."""

    def __init__(
        self,
        server: str,
        token: str | None,
        *,
        http_transport: httpx.BaseTransport | None,
        clock: Clock,
    ) -> None:
        """Store the settings; no connection is opened before the first request."""
        self.server = server
        #: How far the server's clock is ahead of this machine's: by the feed, or the `Date` header.
        self.clock_offset = timedelta()
        self._token = token
        self._http_transport = http_transport
        self._clock = clock

    def send(self, request: PreparedRequest, *, timeout: float) -> RawResponse:
        """Send a request until a response is back or `timeout` seconds are over.

        The same request is sent again when its response was lost, the server was too busy, or a
        proxy got no answer from it; its idempotency key makes that safe. A refused connection is
        final: nothing was sent.
        """
        prepared = self.http.build_request(
            request.method,
            self.server + request.path,
            params=request.params,
            content=request.content,
            headers=request.headers,
        )
        deadline = self._clock.monotonic() + timeout
        pauses = iter(PAUSES)
        sent = False
        while True:
            outcome = self._attempt(prepared, deadline)
            if isinstance(outcome, RawResponse):
                self._compare_clocks(outcome)
                sent = True
                if outcome.status not in UNAVAILABLE:
                    return outcome
            else:
                sent = sent or outcome.sent
            wait = max(next(pauses, math.inf), _retry_after(outcome))
            if sent and self._clock.monotonic() + wait < deadline:
                self._clock.sleep(wait)
            elif isinstance(outcome, RawResponse):
                return outcome
            else:
                raise outcome

    def _compare_clocks(self, response: RawResponse) -> None:
        """Learn the server's time, unless it is the known one within the header's precision."""
        from email.utils import parsedate_to_datetime

        try:
            date = parsedate_to_datetime(response.headers.get("date", ""))
            ahead = date - self._clock.now()
        except (TypeError, ValueError):
            return  # no header, or not the time of a server
        if abs(ahead - self.clock_offset) > DATE_PRECISION:
            self.clock_offset = ahead

    @contextmanager
    def stream(self, request: PreparedRequest, *, idle_timeout: float) -> Iterator[httpx.Response]:
        """Open a streaming response; `idle_timeout` seconds without a byte end it."""
        import httpx

        with self.http.stream(
            request.method,
            self.server + request.path,
            params=request.params,
            headers=request.headers,
            timeout=httpx.Timeout(CONNECT_SECONDS, read=idle_timeout),
        ) as response:
            yield response

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if "http" in self.__dict__:
            self.http.close()

    @cached_property
    def http(self) -> httpx.Client:
        """The open client. Access it before sharing it with a thread: creation is not locked."""
        headers = {"User-Agent": "ticketing"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return open_client(
            self.server, headers=headers, timeout=CONNECT_SECONDS, transport=self._http_transport
        )

    def _attempt(self, request: httpx.Request, deadline: float) -> RawResponse | Unreachable:
        """Send once; return the whole response, or why there is none."""
        import httpx

        remaining = max(deadline - self._clock.monotonic(), 0.05)
        timeout = httpx.Timeout(remaining, connect=min(remaining, CONNECT_SECONDS))
        request.extensions["timeout"] = timeout.as_dict()
        try:
            response = self.http.send(request, stream=True)
            try:
                content = self._read(response, deadline)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return Unreachable(self.server, explain_failure(error, self.server), sent=False)
        except httpx.HTTPError as error:
            return Unreachable(self.server, explain_failure(error, self.server))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return RawResponse(status=response.status_code, headers=headers, content=content)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """Read a body to its end, even when it arrives slowly, but not beyond the deadline."""
        import httpx

        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_RESPONSE_BYTES:
                raise Unreachable(self.server, "the response is too large")
            if self._clock.monotonic() > deadline:
                raise httpx.ReadTimeout("too slow")
        return bytes(content)


def _retry_after(outcome: RawResponse | Unreachable) -> float:
    """Return the seconds the server asks to wait, 0 when it does not say."""
    value = outcome.headers.get("retry-after", "") if isinstance(outcome, RawResponse) else ""
    return float(value) if value.isdecimal() else 0.0
