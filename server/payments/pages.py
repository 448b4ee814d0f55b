"""Pages a buyer's browser opens: our short payment link, and the sandbox's hosted page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qs

import msgspec

from contract.orders import Order, OrderNotFound, OrderStatus
from contract.problems import Problem
from server.orders import service as orders
from server.payments.routes import Desks
from server.payments.sandbox import Sandbox, page
from server.routing import AppContext, HttpRequest, HttpResponse, RawRoute
from server.tx import Tx

#: A form longer than this holds no card.
FORM_BYTES = 4096
TITLES = {
    OrderStatus.COMPLETE: ("Paid", "This order is paid. The ticket is in the buyer's wallet."),
    OrderStatus.CANCELLED: ("Closed", "This order is over. Nothing was charged."),
    OrderStatus.CONFIRMING: ("Confirming", "The payment is being confirmed. Look again shortly."),
    OrderStatus.AWAITING_PAYMENT: ("Closed", "The time to pay this order has run out."),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class ShortLink:
    """`/p/CODE`: leads to the page on which the order is paid, while it can be."""

    def __init__(self, context: AppContext, desks: Desks) -> None:
        """Open pages through `desks`."""
        self._context = context
        self._desks = desks

    def routes(self) -> tuple[RawRoute, ...]:
        """Return the link's address."""
        return (RawRoute("GET", "/p/{code}", self.follow),)

    async def follow(self, request: HttpRequest) -> HttpResponse:
        """Send the browser on to the hosted page, or say why there is none."""

        def find(tx: Tx) -> Order:
            return orders.by_pay_code(tx, code=request.path["code"]).order

        try:
            order = await self._context.bus.read(find)
        except OrderNotFound:
            return told(404, "Not found", "There is no order behind this link.")
        try:
            attempt = await self._desks.open(self._context, order_id=order.id, actor=order.buyer_id)
        except Problem as problem:
            if problem.status >= 500:
                return told(503, "Not now", problem.detail)
            order = await self._context.bus.read(find)
            return told(410 if order.status is not OrderStatus.CONFIRMING else 409,
                        *TITLES[order.status])  # fmt: skip
        return HttpResponse(303, headers={**HEADERS, "Location": str(attempt.page_url)})


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


def told(status: int, title: str, message: str) -> HttpResponse:
    """Say one thing on a page of its own."""
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        "<meta name=color-scheme content='light dark'>"
        f"<title>{escape(title)}</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;"
        "max-width:28rem;margin:20vh auto;padding:0 1.5rem}h1{font-size:2rem}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(message)}</p></html>"
    )
    return HttpResponse(status, body, "text/html", HEADERS)
