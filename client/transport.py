"""Delivery: carry one request to the server and its answer back, once, whatever the line does."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from client.address import is_loopback
from client.clock import Clock

if TYPE_CHECKING:
    import httpx

#: Pauses before the next attempts, in seconds. A restart of the server takes about one.
PAUSES = (0.1, 0.3, 0.8, 1.5, 2.5)
#: A full page of a hundred tickets is about 60 kB; nothing we ask for comes near this.
LARGEST_ANSWER = 32 * 1024 * 1024
BUSY = 503


class Unreachable(Exception):
    """The server gave no answer that can be used."""

    code = "unreachable"
    retryable = True

    def __init__(self, server: str, why: str, *, sent: bool = True) -> None:
        """Name the server and say what went wrong; `sent` is whether it may have heard us."""
        super().__init__(f"cannot reach {server}: {why}")
        self.server = server
        self.detail = str(self)
        self.sent = sent


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A request, ready to be sent more than once."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: whole, undecoded. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_reply(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300  # noqa: PLR2004  HTTP's own numbers

    @property
    def is_redirect(self) -> bool:
        """Whether it points somewhere else."""
        return 300 <= self.status < 400  # noqa: PLR2004  HTTP's own numbers


class Delivery:
    """The connections to one server."""

    def __init__(
        self,
        server: str,
        token: str | None,
        *,
        transport: httpx.BaseTransport | None,
        clock: Clock,
    ) -> None:
        """Prepare; nothing is opened before the first request."""
        self.server = server
        #: How far the server's clock is ahead of this machine's, as the feed last told.
        self.ahead = timedelta()
        self._token = token
        self._transport = transport
        self._clock = clock

    def send(self, letter: Letter, *, timeout: float) -> Answer:
        """Send a request until an answer is back or `timeout` seconds are over.

        The same request is sent again when its answer was lost or the server was too busy; its
        idempotency key makes that safe. A connection refused at once is final: nothing was sent.
        """
        request = self.http.build_request(
            letter.method,
            self.server + letter.path,
            params=letter.params,
            content=letter.content,
            headers=letter.headers,
        )
        deadline = self._clock.monotonic() + timeout
        pauses = iter(PAUSES)
        sent = False
        while True:
            outcome = self._attempt(request, deadline)
            if isinstance(outcome, Answer):
                sent = True
                if outcome.status != BUSY:
                    return outcome
            else:
                sent = sent or outcome.sent
            wait = max(next(pauses, math.inf), _retry_after(outcome))
            if sent and self._clock.monotonic() + wait < deadline:
                self._clock.sleep(wait)
            elif isinstance(outcome, Answer):
                return outcome
            else:
                raise outcome

    @contextmanager
    def listen(self, letter: Letter, *, silence: float) -> Iterator[httpx.Response]:
        """Open an answer that goes on; `silence` seconds without a byte break it."""
        import httpx

        patience = httpx.Timeout(5.0, read=silence)
        with self.http.stream(
            letter.method,
            self.server + letter.path,
            params=letter.params,
            headers=letter.headers,
            timeout=patience,
        ) as response:
            yield response

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if "http" in self.__dict__:
            self.http.close()

    @cached_property
    def http(self) -> httpx.Client:
        """The open client. Touch it before sharing it with a thread: making it is not guarded."""
        # httpx also imports its own command line, with click, rich and pygments: 60 of 140 ms.
        with _hidden("click"):
            import httpx

        url = urlsplit(self.server)
        headers = {"User-Agent": "ticketing"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return httpx.Client(
            headers=headers,
            transport=self._transport,
            # A redirect would carry the token to wherever the answer says.
            follow_redirects=False,
            # Plain http has no certificates to check, and loading them costs 25 ms.
            # Made here, so that SSL_CERT_FILE counts on this machine too, where proxies do not.
            verify=httpx.create_ssl_context() if url.scheme == "https" else False,
            # This machine is never reached through a proxy.
            trust_env=not is_loopback(url.hostname or ""),
        )

    def _attempt(self, request: httpx.Request, deadline: float) -> Answer | Unreachable:
        """Send once; return the whole answer, or why there is none."""
        import httpx

        left = max(deadline - self._clock.monotonic(), 0.05)
        patience = httpx.Timeout(left, connect=min(left, 5.0))
        request.extensions["timeout"] = patience.as_dict()
        try:
            response = self.http.send(request, stream=True)
            try:
                content = self._read(response, deadline)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Unreachable(self.server, because(error), sent=False)
        except httpx.HTTPError as error:
            return Unreachable(self.server, because(error))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, content=content)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """Read a body to its end, however slowly it drips, but not beyond the deadline."""
        import httpx

        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise Unreachable(self.server, "the answer is too large")
            if self._clock.monotonic() > deadline:
                raise httpx.ReadTimeout("too slow")
        return bytes(content)


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Let an import of `module` fail inside the block, unless it is loaded anyway."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # means: not found
    try:
        yield
    finally:
        del sys.modules[module]


def _retry_after(outcome: Answer | Unreachable) -> float:
    """Return the seconds the server asks to wait, 0 when it does not say."""
    said = outcome.headers.get("retry-after", "") if isinstance(outcome, Answer) else ""
    return float(said) if said.isdecimal() else 0.0


def because(error: httpx.HTTPError) -> str:
    """Say in a few words why there was no answer."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "it does not answer"
    if isinstance(error, httpx.ConnectError):
        said = str(error)
        if "CERTIFICATE" in said.upper():
            return "its certificate cannot be trusted"
        if "refused" in said:
            return "nothing listens there"
        return "there is no way to it (is the address right?)"
    return "the connection broke off"
