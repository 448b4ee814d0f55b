"""The endpoints of payments, and the short link to the page on which an order is paid."""

from __future__ import annotations

from contract.base import Empty
from contract.orders import CancelReason, Order, OrderNotFound, OrderStatus
from contract.payments import (
    NotConfirming,
    Payment,
    PaymentNotStarted,
    PaymentRefused,
    PaymentsPaused,
    PaymentStatus,
    StartPayment,
)
from contract.problems import Problem
from contract.receipts import NotPaid, Receipt
from db.types import from_us
from server import browser_page, stripe
from server.auth import service as auth
from server.orders import service as orders
from server.payments import capture, charging, checkout, refunds, repository
from server.payments.jobs import PaymentJobs
from server.payments.repository import PaymentRecord
from server.principal import Principal
from server.routing import AppContext, HttpRequest, HttpResponse
from server.tickets import service as tickets
from server.tx import Tx

MESSAGES = {
    OrderStatus.COMPLETE: ("Paid", "This order is paid. The ticket is in the buyer's wallet."),
    OrderStatus.CANCELLED: ("Closed", "This order is cancelled. Nothing was charged."),
    OrderStatus.CONFIRMING: (
        "Confirming", "The payment is being confirmed. Check again in a moment.",
    ),
    OrderStatus.AWAITING_PAYMENT: ("Closed", "The time to pay this order has run out."),
}  # fmt: skip
#: What a buyer reads instead, when it was not their doing.
CLOSED_BECAUSE = {
    CancelReason.SHOW_CANCELLED: "The show was cancelled. Nothing was charged.",
    CancelReason.LISTING_WITHDRAWN: "The ticket was taken off sale. Nothing was charged.",
}
UNANSWERED = "It is not known yet whether the card was charged. Try again; nobody pays twice."


class PaymentRoutes:
    """The endpoints that call Stripe between their transactions."""

    def __init__(self, context: AppContext, jobs: PaymentJobs) -> None:
        """Call Stripe with the same code as the jobs do, so that either may come first."""
        self._context = context
        self._jobs = jobs

    async def follow_link(self, request: HttpRequest) -> HttpResponse:
        """Redirect `/p/CODE` to the page on which an order is paid, or say why there is none."""

        def find(tx: Tx) -> Order:
            return orders.by_pay_code(tx, code=request.path["code"]).order

        try:
            order = await self._context.bus.read(find)
        except OrderNotFound:
            return browser_page.message(404, "Not found", "This link leads to no order.")
        try:
            payment = await self._open_page(order_id=order.id, actor=order.buyer_id)
        except Problem as problem:
            if problem.status >= 500:  # noqa: PLR2004  the class of status
                return browser_page.message(503, "Try again shortly", problem.detail)
            order = await self._context.bus.read(find)
            status = 409 if order.status is OrderStatus.CONFIRMING else 410
            title, text = MESSAGES[order.status]
            return browser_page.message(status, title, _closed_because(order) or text)
        return browser_page.redirect(str(payment.page_url))

    async def start(
        self, context: AppContext, principal: Principal, body: StartPayment, *, order_id: str
    ) -> Payment:
        """Open the page on which one of the principal's orders is paid, or charge a saved card."""
        if body.card_id is not None:
            return await self._charge(context, principal, order_id=order_id, card_id=body.card_id)
        await context.bus.read(
            lambda tx: orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
        )
        payment = await self._open_page(order_id=order_id, actor=principal.user_id)
        return await context.bus.read(lambda tx: checkout.to_contract(tx, payment))

    async def _open_page(self, *, order_id: str, actor: str) -> PaymentRecord:
        """Return a payment whose page is open.

        Raises OrderOver, OrderConfirming, PaymentRefused; PaymentsPaused when Stripe cannot be
        reached; Busy when too many calls to Stripe are waiting.
        """
        bus = self._context.bus
        payment = await bus.write(lambda tx: checkout.start(tx, order_id=order_id), actor=actor)
        if payment.status is PaymentStatus.NEW:
            try:
                await self._context.stripe.run_blocking(self._jobs.open_page, bus, payment.id)
            except (stripe.OutcomeUnknown, stripe.AuthRejected) as failure:
                raise PaymentsPaused(retry_after=5) from failure
            except stripe.RequestRefused as refused:
                raise PaymentRefused(f"The payment page was refused: {refused}.") from refused
        return await bus.read(lambda tx: repository.view(tx, payment_id=payment.id))

    async def _charge(
        self, context: AppContext, principal: Principal, *, order_id: str, card_id: str
    ) -> Payment:
        """Charge a saved card; return the payment, authorised or void."""

        def begin(tx: Tx) -> PaymentRecord:
            return charging.begin_charge(tx, principal, order_id=order_id, card_id=card_id)

        payment = await context.bus.write(begin, actor=principal.user_id)
        if payment.status is PaymentStatus.NEW:
            charge = self._jobs.charges.charge
            try:
                await context.stripe.run_blocking(charge, context.bus, payment.id)
            except (stripe.OutcomeUnknown, stripe.AuthRejected) as failure:
                raise PaymentsPaused(UNANSWERED, retry_after=5) from failure
            except stripe.RequestRefused as refused:
                raise PaymentRefused(f"The card cannot be charged: {refused}.") from refused
        return await context.bus.read(lambda tx: _charged(tx, payment.id))

    async def release(
        self, context: AppContext, principal: Principal, body: Empty, *, order_id: str
    ) -> Order:
        """Void the payment of an order that hangs in confirmation, unless it was captured.

        With time left the order can be paid again; otherwise it is cancelled. Raises OrderNotFound,
        NotConfirming, PaymentsPaused.
        """
        payment = await context.bus.read(
            lambda tx: capture.confirming_payment(tx, order_id=order_id)
        )
        if payment is None:
            raise NotConfirming
        try:
            await context.stripe.run_blocking(
                self._jobs.capture.void, context.bus, payment, actor=str(principal.user_id)
            )
        except (stripe.OutcomeUnknown, stripe.AuthRejected) as failure:
            raise PaymentsPaused(
                "The payment provider does not say whether the payment was captured.",
                retry_after=5,
            ) from failure
        known = await context.bus.read(lambda tx: orders.view(tx, order_id=order_id))
        if known.order.status is OrderStatus.COMPLETE:
            raise NotConfirming("The payment was captured, and the order is complete.")
        return known.order


def _closed_because(order: Order) -> str:
    return "" if order.reason is None else CLOSED_BECAUSE.get(order.reason, "")


def _charged(tx: Tx, payment_id: str) -> Payment:
    """Return how a charge went. Raises OrderOver, OrderConfirming, PaymentsPaused if undecided."""
    payment = repository.view(tx, payment_id=payment_id)
    if charging.is_unanswered(payment):
        checkout.payable(tx, order_id=payment.order_id)
        raise PaymentsPaused(UNANSWERED, retry_after=5)
    return checkout.to_contract(tx, payment)


def view(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Payment:
    """Show the newest payment of one of the principal's orders."""
    orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    payments = repository.of_order(tx, order_id=order_id)
    if not payments:
        raise PaymentNotStarted
    return checkout.to_contract(tx, payments[0])


def view_receipt(tx: Tx, principal: Principal, query: Empty, *, order_id: str) -> Receipt:
    """Show the receipt of one of the principal's orders; operators may see any."""
    if principal.is_admin:
        known = orders.view(tx, order_id=order_id)
    else:
        known = orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    order = known.order
    if order.status is not OrderStatus.COMPLETE or known.payment_id is None:
        raise NotPaid(f"There is no receipt: the order is {order.status}.")
    paid = repository.view(tx, payment_id=known.payment_id)
    ticket = tickets.seen_by(tickets.view(tx, ticket_id=order.ticket_id), principal)
    return Receipt(
        order_id=order.id, buyer_email=auth.view(tx, user_id=order.buyer_id).account.email,
        seller_id=known.seller_id, ticket=ticket,
        price=order.price, fee=order.fee, card=paid.card, paid_at=from_us(known.ended_us or 0),
        refunds=refunds.of_payment(tx, payment_id=paid.id), live=paid.live,
    )  # fmt: skip
