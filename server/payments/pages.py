"""The sandbox's hosted page, on which a buyer types a card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import msgspec

from server.payments.sandbox import Sandbox, page
from server.routing import HttpRequest, HttpResponse, RawRoute

#: A form longer than this holds no card.
FORM_BYTES = 4096


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
