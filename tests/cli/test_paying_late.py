"""Pay: the order changes between reading it and paying, as over a slow connection."""

from __future__ import annotations

import httpx
from msgspec.structs import replace

from contract.orders import OrderOver, OrderStatus, WalletTicket
from tests.cli.runner import CommandRunner
from tests.samples import NOON, ORDER, TICKET, body, refusal

BOUGHT = WalletTicket(
    ticket=TICKET,
    order_id=ORDER.id,
    code="GATE",
    barcode=None,
    bought_at=NOON,
    refunded=False,
    live=False,
)


def test_an_order_paid_at_this_very_moment_shows_its_ticket(cli: CommandRunner) -> None:
    looks: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "POST":
            status, output = refusal(OrderOver("The order is complete."))
            return httpx.Response(status, content=output)
        if path.startswith("/v1/wallet/"):
            return httpx.Response(200, content=body(BOUGHT))
        if path != f"/v1/orders/{ORDER.id}":
            return httpx.Response(503)  # no feed
        looks.append(path)
        order = ORDER if len(looks) == 1 else replace(ORDER, status=OrderStatus.COMPLETE)
        return httpx.Response(200, content=body(order))

    cli.answer = answer
    ran = cli.run("pay", ORDER.id)
    assert ran.status == 0
    assert f"Paid. Order {ORDER.id} is complete" in ran.err
