"""Payments' answers: begin to pay an order, and see how it goes."""

from __future__ import annotations

import asyncio

from contract.payments import (
    Payment,
    PaymentNotStarted,
    PaymentRefused,
    PaymentsPaused,
    PaymentStatus,
)
from contract.wire import Empty
from server.caller import Caller
from server.orders import service as orders
from server.payments import attempts, opening, stripe
from server.payments.work import Work
from server.routing import Desk
from server.tx import Tx


class Desks:
    """Where payments begin: in one transaction, then with Stripe, then in another."""

    def __init__(self, work: Work) -> None:
        """Open pages with the same work the job does, so that either may be first."""
        self._work = work

    async def open(self, desk: Desk, *, order_id: str, actor: str) -> attempts.Attempt:
        """Return a payment whose page is open.

        Raises OrderOver, OrderConfirming, PaymentsPaused when Stripe cannot be reached.
        """
        attempt = await desk.bus.write(lambda tx: opening.start(tx, order_id=order_id), actor=actor)
        if attempt.status is PaymentStatus.NEW:
            try:
                await asyncio.to_thread(self._work.open_page, desk.bus, attempt.id)
            except (stripe.Unsure, stripe.Locked) as failure:
                raise PaymentsPaused(retry_after=5) from failure
            except stripe.Refused as refused:
                raise PaymentRefused(f"The payment page was refused: {refused}.") from refused
        return await desk.bus.read(lambda tx: attempts.view(tx, payment_id=attempt.id))

    async def start(self, desk: Desk, caller: Caller, body: Empty, *, order_id: str) -> Payment:
        """Open the page on which one of the caller's orders is paid."""
        await desk.bus.read(lambda tx: orders.of(tx, order_id=order_id, buyer_id=caller.user_id))
        attempt = await self.open(desk, order_id=order_id, actor=caller.user_id)
        return await desk.bus.read(lambda tx: opening.told(tx, attempt))


def view(tx: Tx, caller: Caller, query: Empty, *, order_id: str) -> Payment:
    """Show the newest attempt to pay one of the caller's orders."""
    orders.of(tx, order_id=order_id, buyer_id=caller.user_id)
    made = attempts.of_order(tx, order_id=order_id)
    if not made:
        raise PaymentNotStarted
    return opening.told(tx, made[0])
