"""The wire: the sandbox's API over HTTP, for curl and for SDKs in other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from server.payments.sandbox.faults import CANNED, Fault
from server.payments.sandbox.refusals import Refused, invalid
from server.payments.sandbox.sandbox import Reply, Sandbox
from server.routing import Answer, Plain, Silence, Visit

#: Says what shall go wrong with a request, such as `lose-reply`; see `Fault`. With an idempotency
#: key only the first time, so that a caller's own retries can succeed.
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

    def routes(self) -> tuple[Plain, ...]:
        """Return the API's addresses: all there is below `/v1`."""
        return (Plain("*", "/v1/{rest:.*}", self.answer, body_limit=MOST_BYTES),)

    async def answer(self, visit: Visit) -> Answer:
        """Answer one request, or break as it asks to."""
        try:
            fault = self._fault(visit)
            if fault in CANNED:
                raise CANNED[fault]
            if fault is Fault.LOSE_REQUEST:
                raise Silence
            reply = await asyncio.to_thread(self._handle, visit, fault)
        except Refused as refused:
            body = msgspec.json.encode(refused.body).decode()
            return Answer(refused.status, body, "application/json")
        self._pump()
        if fault is Fault.LOSE_REPLY:
            raise Silence
        headers = {name: said for name, said in reply.headers.items() if name != "content-type"}
        return Answer(reply.status, reply.body.decode(), "application/json", headers)

    def _handle(self, visit: Visit, fault: Fault) -> Reply:
        address = urlsplit(visit.target)
        queried = visit.method in {"GET", "DELETE"}
        form = address.query if queried else visit.body.decode("utf-8", "replace")
        return self._sandbox.handle(visit.method, address.path, form, visit.headers, fault)

    def _fault(self, visit: Visit) -> Fault:
        wanted = visit.headers.get(FAULT, Fault.NONE).replace("-", "_")
        if wanted not in set(Fault):
            choices = ", ".join(fault.replace("_", "-") for fault in Fault)
            raise invalid(f"{FAULT} must be one of {choices}", param=FAULT)
        fault, key = Fault(wanted), visit.headers.get("Idempotency-Key")
        if key is None or fault is Fault.NONE:
            return fault
        if (key, fault) in self._faulted:
            return Fault.NONE
        self._faulted.add((key, fault))
        return fault
