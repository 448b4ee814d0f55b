"""Transport: connects the real SDK to a sandbox in the same process, without a socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
import stripe

from server.sandbox.faults import CANNED, Fault
from server.sandbox.sandbox import Sandbox


class SandboxTransport(stripe.HTTPClient):
    """Sends the SDK's requests to a sandbox in this process.

    `faults` is a queue: each request, and each retry, takes one; an empty queue means no fault.
    """

    name = "sandbox"

    def __init__(self, sandbox: Sandbox) -> None:
        """Send requests to `sandbox`."""
        super().__init__()
        self.faults: deque[Fault] = deque()
        self._sandbox = sandbox

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: object = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer one request of the SDK, or lose it."""
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if fault in CANNED:
            error = CANNED[fault]
            return msgspec.json.encode(error.body).decode(), error.status, {}
        if fault is Fault.LOSE_REQUEST:
            raise _connection_error()
        address = urlsplit(url)
        form = address.query if post_data is None else str(post_data)
        reply = self._sandbox.handle(method, address.path, form, headers or {}, fault)
        if fault is Fault.LOSE_REPLY:
            raise _connection_error()
        return reply.body.decode(), reply.status, reply.headers

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: object = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Do the same for the SDK's async calls, which takes about a millisecond."""
        body, status, reply_headers = self.request(method, url, headers, post_data)
        return body.encode(), status, reply_headers

    async def sleep_async(self, secs: float) -> None:
        """Do not wait: see `_sleep_time_seconds`."""

    def close(self) -> None:
        """Do nothing: there is no connection, and the sandbox outlives its transports."""

    async def close_async(self) -> None:
        """Do nothing, as `close`."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        """Let the SDK retry at once: its delays (0.5 s and more) are for real networks."""
        del num_retries
        return 0.0


def _connection_error() -> stripe.APIConnectionError:
    message = "A fault injected into the sandbox lost this request or its response."
    return stripe.APIConnectionError(message, should_retry=True)  # type: ignore[no-untyped-call]
