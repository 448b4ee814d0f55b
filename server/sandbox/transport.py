"""Transport: the real SDK on one side, the sandbox on the other, no socket in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
import stripe

from server.sandbox.faults import CANNED, Fault
from server.sandbox.sandbox import Sandbox


class SandboxTransport(stripe.HTTPClient):
    """Carries the SDK's requests to a sandbox in this process.

    `faults` is a queue: each request, retries included, takes one; when it is empty all goes well.
    """

    name = "sandbox"

    def __init__(self, sandbox: Sandbox) -> None:
        """Carry requests to `sandbox`."""
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
            refused = CANNED[fault]
            return msgspec.json.encode(refused.body).decode(), refused.status, {}
        if fault is Fault.LOSE_REQUEST:
            raise _silence()
        address = urlsplit(url)
        form = address.query if post_data is None else str(post_data)
        reply = self._sandbox.handle(method, address.path, form, headers or {}, fault)
        if fault is Fault.LOSE_REPLY:
            raise _silence()
        return reply.body.decode(), reply.status, reply.headers

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: object = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Do the same for the SDK's async calls. It takes about a millisecond and never waits."""
        body, status, answered = self.request(method, url, headers, post_data)
        return body.encode(), status, answered

    async def sleep_async(self, secs: float) -> None:
        """Do not wait: see `_sleep_time_seconds`."""

    def close(self) -> None:
        """Do nothing: there is no connection, and the sandbox outlives its transports."""

    async def close_async(self) -> None:
        """Do nothing, as `close`."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        """Let the SDK retry at once: the wait (0.5 s and more) is for real networks."""
        del num_retries
        return 0.0


def _silence() -> stripe.APIConnectionError:
    message = "The sandbox was told to lose this."
    return stripe.APIConnectionError(message, should_retry=True)  # type: ignore[no-untyped-call]
