"""Releasing: an operator lets go of an order that hangs in confirmation."""

from __future__ import annotations

import asyncio

from contract.base import Empty
from contract.orders import Order, OrderStatus
from contract.payments import NotConfirming, PaymentsPaused
from server.orders import service as orders
from server.payments import capturing
from server.payments.capturing import Capturing
from server.payments.stripe import Locked, Unsure
from server.principal import Principal
from server.routing import AppContext


class Releasing:
    """Lets go, with the same work that captures."""

    def __init__(self, work: Capturing) -> None:
        """Ask Stripe through `work`."""
        self._work = work

    async def release(
        self, context: AppContext, principal: Principal, body: Empty, *, order_id: str
    ) -> Order:
        """Cancel what is held for an order, if it was not captured, and let the order go.

        With time left it can be paid again; without, it is cancelled. Raises OrderNotFound,
        NotConfirming, PaymentsPaused.
        """
        attempt = await context.bus.read(lambda tx: capturing.owner(tx, order_id=order_id))
        if attempt is None:
            raise NotConfirming
        try:
            await asyncio.to_thread(
                self._work.let_go, context.bus, attempt, actor=str(principal.user_id)
            )
        except (Unsure, Locked) as failure:
            raise PaymentsPaused(
                "The payment provider cannot be asked whether it was captured.", retry_after=5
            ) from failure
        known = await context.bus.read(lambda tx: orders.view(tx, order_id=order_id))
        if known.order.status is OrderStatus.COMPLETE:
            raise NotConfirming("The money was captured, and the order is complete.")
        return known.order
