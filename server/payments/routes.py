"""Payments' answers: begin to pay an order, and see how it goes."""

from __future__ import annotations

import asyncio

from contract.base import Empty
from contract.payments import (
    Payment,
    PaymentNotStarted,
    PaymentRefused,
    PaymentsPaused,
    PaymentStatus,
    StartPayment,
)
from server.orders import service as orders
from server.payments import attempts, opening, stripe
from server.payments.cards import charging
from server.payments.cards.work import is_unanswered
from server.payments.work import Work
from server.principal import Principal
from server.routing import AppContext
from server.tx import Tx

UNANSWERED = "It is not known yet whether the card could be charged. Try again; nobody pays twice."


class Desks:
    """Where payments begin: in one transaction, then with Stripe, then in another."""

    def __init__(self, work: Work) -> None:
        """Open pages with the same work the job does, so that either may be first."""
        self._work = work

    async def open(self, context: AppContext, *, order_id: str, actor: str) -> attempts.Attempt:
        """Return a payment whose page is open.

        Raises OrderOver, OrderConfirming, PaymentsPaused when Stripe cannot be reached.
        """
        attempt = await context.bus.write(
            lambda tx: opening.start(tx, order_id=order_id), actor=actor
        )
        if attempt.status is PaymentStatus.NEW:
            try:
                await asyncio.to_thread(self._work.open_page, context.bus, attempt.id)
            except (stripe.Unsure, stripe.Locked) as failure:
                raise PaymentsPaused(retry_after=5) from failure
            except stripe.Refused as refused:
                raise PaymentRefused(f"The payment page was refused: {refused}.") from refused
        return await context.bus.read(lambda tx: attempts.view(tx, payment_id=attempt.id))

    async def start(
        self, context: AppContext, principal: Principal, body: StartPayment, *, order_id: str
    ) -> Payment:
        """Open the page on which one of the principal's orders is paid, or charge a saved card."""
        if body.card_id is not None:
            return await self._charge(context, principal, order_id=order_id, card_id=body.card_id)
        await context.bus.read(
            lambda tx: orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
        )
        attempt = await self.open(context, order_id=order_id, actor=principal.user_id)
        return await context.bus.read(lambda tx: opening.told(tx, attempt))

    async def _charge(
        self, context: AppContext, principal: Principal, *, order_id: str, card_id: str
    ) -> Payment:
        """Return the try of a saved card: authorised, or void and why."""

        def press(tx: Tx) -> attempts.Attempt:
            return charging.press(tx, principal, order_id=order_id, card_id=card_id)

        attempt = await context.bus.write(press, actor=principal.user_id)
        if attempt.status is PaymentStatus.NEW:
            try:
                await asyncio.to_thread(self._work.cards.charge, context.bus, attempt.id)
            except (stripe.Unsure, stripe.Locked) as failure:
                raise PaymentsPaused(UNANSWERED, retry_after=5) from failure
            except stripe.Refused as refused:
                raise PaymentRefused(f"The card cannot be charged: {refused}.") from refused
        return await context.bus.read(lambda tx: _tried(tx, attempt.id))


def _tried(tx: Tx, payment_id: str) -> Payment:
    """Tell how a try went. Raises OrderOver, OrderConfirming where it must not be made any more."""
    attempt = attempts.view(tx, payment_id=payment_id)
    if is_unanswered(attempt):
        opening.payable(tx, order_id=attempt.order_id)
        raise PaymentsPaused(UNANSWERED, retry_after=5)
    return opening.told(tx, attempt)


def view(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Payment:
    """Show the newest attempt to pay one of the principal's orders."""
    orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    made = attempts.of_order(tx, order_id=order_id)
    if not made:
        raise PaymentNotStarted
    return opening.told(tx, made[0])
