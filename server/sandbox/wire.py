"""The wire: the sandbox's API over HTTP, for curl and for SDKs in other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import msgspec

from server.routing import DropConnection, HttpRequest, HttpResponse, RawRoute
from server.sandbox import page
from server.sandbox.faults import CANNED, Fault
from server.sandbox.refusals import Refused, invalid
from server.sandbox.sandbox import Reply, Sandbox

#: Says what shall go wrong with a request, such as `lose-reply`; see `Fault`. With an idempotency
#: key only the first time, so that a principal's own retries can succeed.
FAULT = "Sandbox-Fault"
#: Stripe says nothing of a limit; the longest evidence of a dispute fits.
MOST_BYTES = 256 * 1024
#: A form longer than this holds no card.
FORM_BYTES = 4096


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


class HostedPage:
    """The sandbox's page, where no money moves."""

    def __init__(self, sandbox: Sandbox, pump: Callable[[], None]) -> None:
        """Show `sandbox`; call `pump` when something may have happened in it."""
        self._sandbox = sandbox
        self._pump = pump

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the page's addresses."""
        address = "/sandbox/pay/{session}"
        return (
            RawRoute("GET", address, self.view),
            RawRoute("POST", address, self.submit, body_limit=FORM_BYTES),
            RawRoute("GET", f"{address}/challenge", self.view),
            RawRoute("POST", f"{address}/challenge", self.challenge, body_limit=FORM_BYTES),
        )

    async def view(self, request: HttpRequest) -> HttpResponse:
        """Show the page as it stands."""
        reply = await asyncio.to_thread(page.view, self._sandbox, request.path["session"])
        return self._answer(request, reply)

    async def submit(self, request: HttpRequest) -> HttpResponse:
        """Try the card."""
        return await self._act(request, page.submit)

    async def challenge(self, request: HttpRequest) -> HttpResponse:
        """Answer the bank's question."""
        return await self._act(request, page.challenge)

    async def _act(
        self, request: HttpRequest, act: Callable[[Sandbox, str, Mapping[str, str]], page.PageReply]
    ) -> HttpResponse:
        fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[-1] for name, values in fields.items()}
        reply = await asyncio.to_thread(act, self._sandbox, request.path["session"], form)
        self._pump()
        return self._answer(request, reply)

    def _answer(self, request: HttpRequest, reply: page.PageReply) -> HttpResponse:
        headers = {k: v for k, v in page.HEADERS.items() if k.lower() != "content-type"}
        if "application/json" in request.headers.get("Accept", ""):
            said = {"state": reply.state, "message": reply.message, "next": reply.next}
            body = msgspec.json.encode(said).decode()
            return HttpResponse(reply.status, body, "application/json", headers)
        return HttpResponse(reply.status, reply.html, "text/html", headers)
