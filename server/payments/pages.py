"""The page a buyer's browser opens: our short payment link."""

from __future__ import annotations

from html import escape

from contract.orders import Order, OrderNotFound, OrderStatus
from contract.problems import Problem
from server.orders import service as orders
from server.payments.routes import Desks
from server.routing import AppContext, HttpRequest, HttpResponse, RawRoute
from server.tx import Tx

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
