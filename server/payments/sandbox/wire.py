"""The wire: the sandbox's API over HTTP, for curl and for SDKs in other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from server.payments.sandbox.faults import CANNED, Fault
from server.payments.sandbox.refusals import Refused, invalid
from server.payments.sandbox.sandbox import Reply, Sandbox
from server.routing import DropConnection, HttpRequest, HttpResponse, RawRoute

#: Says what shall go wrong with a request, such as `lose-reply`; see `Fault`. With an idempotency
#: key only the first time, so that a principal's own retries can succeed.
FAULT = "Sandbox-Fault"
#: Stripe says nothing of a limit; the longest evidence of a dispute fits.
MOST_BYTES = 256 * 1024


class Wire:
    """Answers Stripe's addresses, one request in one thread at a time."""

    def __init__(self, sandbox: Sandbox, pump: Callable[[], None]) -> None:
        """Answer from `sandbox`; call `pump` when something may have happened in it."""
        self._sandbox = sandbox
        self._pump = pump
        self._faulted: set[tuple[str, Fault]] = set()

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the API's addresses: all there is below `/v1`."""
        return (RawRoute("*", "/v1/{rest:.*}", self.answer, body_limit=MOST_BYTES),)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, or break as it asks to."""
        try:
            fault = self._fault(request)
            if fault in CANNED:
                raise CANNED[fault]
            if fault is Fault.LOSE_REQUEST:
                raise DropConnection
            reply = await asyncio.to_thread(self._handle, request, fault)
        except Refused as refused:
            body = msgspec.json.encode(refused.body).decode()
            return HttpResponse(refused.status, body, "application/json")
        self._pump()
        if fault is Fault.LOSE_REPLY:
            raise DropConnection
        headers = {name: said for name, said in reply.headers.items() if name != "content-type"}
        return HttpResponse(reply.status, reply.body.decode(), "application/json", headers)

    def _handle(self, request: HttpRequest, fault: Fault) -> Reply:
        address = urlsplit(request.target)
        queried = request.method in {"GET", "DELETE"}
        form = address.query if queried else request.body.decode("utf-8", "replace")
        return self._sandbox.handle(request.method, address.path, form, request.headers, fault)

    def _fault(self, request: HttpRequest) -> Fault:
        wanted = request.headers.get(FAULT, Fault.NONE).replace("-", "_")
        if wanted not in set(Fault):
            choices = ", ".join(fault.replace("_", "-") for fault in Fault)
            raise invalid(f"{FAULT} must be one of {choices}", param=FAULT)
        fault, key = Fault(wanted), request.headers.get("Idempotency-Key")
        if key is None or fault is Fault.NONE:
            return fault
        if (key, fault) in self._faulted:
            return Fault.NONE
        self._faulted.add((key, fault))
        return fault
