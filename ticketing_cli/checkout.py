"""Checkout: from an open order to the ticket in hand, or to the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from client.formatting import local_time, marked
from contract.cards import Card
from contract.orders import (
    VIEW_WALLET,
    CancelReason,
    Order,
    OrderConfirming,
    OrderOver,
    OrderStatus,
)
from contract.payments import START_PAYMENT, Payment, StartPayment
from ticketing_cli import hosted_page, waiting, wallet
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.output import as_json


def start(run: Run, order: Order, manner: OutputOptions) -> Payment | None:
    """Open the order's payment page and say whose money it takes; None when it is paid already."""
    return _begin(run, order, StartPayment(), manner)


def finish(run: Run, order: Order, payment: Payment | None, manner: OutputOptions) -> Exit:
    """Show the way to the page, wait until the order is paid, and hand the ticket over.

    Raise Stop with exit code 6 when the lock ran out, 7 when the payment failed.
    """
    if payment is not None and not manner.quiet:
        by = f"pay by {local_time(order.expires_at)} at {payment.url}"
        hosted_page.show(run, payment.url, manner, sentence=by)
    if order.status not in waiting.OVER:
        if not manner.wait:
            return _leave(run, order, manner)
        order = waiting.settled(run, order, quiet=manner.quiet)
    return _hand_over(run, order, manner)


def with_card(run: Run, order: Order, card: Card, manner: OutputOptions) -> Exit:
    """Pay an order with a saved card, or on the page where the card alone will not do.

    A script is not led on to the page after a decline: raise Stop with exit code 8, for the order
    still stands.
    """
    payment = _begin(run, order, StartPayment(card_id=card.id), manner)
    if payment is None or payment.saved_card != card.id:
        return finish(run, order, payment, manner)  # paid already, or a page is open already
    if not manner.wait:
        return _leave(run, order, manner)
    order, payment = waiting.tried(run, order, payment)
    if payment.declines and not manner.quiet:
        run.out.say(f"declined: {payment.declined}")
    if order.status in waiting.OVER:
        return _hand_over(run, order, manner)
    if not payment.declines:
        run.out.say("the bank asks for you in person, so the card is paid with on the page")
    elif not (run.out.human and manner.fields is None):
        raise _declined(run, order, payment, manner)
    return finish(run, order, start(run, order, manner), manner)


def _begin(run: Run, order: Order, how: StartPayment, manner: OutputOptions) -> Payment | None:
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return None
    try:
        payment = run.api.call(START_PAYMENT, how, order_id=order.id)
    except (OrderConfirming, OrderOver):
        return None  # paid on another screen, or run out, this very moment
    if not manner.quiet:
        real = "the card is charged" if payment.live else "no real card is charged"
        sum_ = marked(payment.amount, live=payment.live)
        run.out.say(f"  {sum_} in total, nothing on top; {real}")
    return payment


def _hand_over(run: Run, order: Order, manner: OutputOptions) -> Exit:
    """Show the ticket of a paid order; raise Stop for one that ended otherwise."""
    if manner.fields is not None:
        run.out.line(as_json(order, manner.fields))
    if order.status is not OrderStatus.COMPLETE:
        raise ended(order)
    if manner.fields is None and not manner.quiet:
        run.out.say(f"paid: order {order.id} is complete")
        bought = run.api.call(VIEW_WALLET, ticket_id=order.ticket_id)
        wallet.show(run, bought, qr=manner.qr)
        run.out.say(f"next: ticketing wallet view {order.ticket_id} shows it again")
    return Exit.OK


def _declined(run: Run, order: Order, payment: Payment, manner: OutputOptions) -> Stop:
    """Say that a saved card was declined while other tries are left."""
    if manner.fields is not None:
        run.out.line(as_json(order, manner.fields))
    until = local_time(order.expires_at)
    why = (payment.declined or "the card was declined").rstrip(".")
    message = f"{why}; order {order.id} stands until {until}"
    hint = f"`ticketing pay {order.id}` takes another card, `ticketing cancel {order.id}` gives up"
    return Stop(Exit.PENDING, message, hint=hint, code="declined")


def ended(order: Order) -> Stop:
    """Say why an order ended without a ticket."""
    again = f"`ticketing buy {order.ticket_id}` tries again, if nobody else was quicker"
    if order.reason is CancelReason.PAYMENT_FAILED:
        message = "the payment failed and the ticket is unlocked; no money was taken"
        return Stop(Exit.PAYMENT_FAILED, message, hint=again, code="payment_failed")
    if order.reason is CancelReason.EXPIRED:
        message = (
            f"the lock ran out at {local_time(order.expires_at)}; no money was taken "
            "(a card that was tried may show a pending line for some days)"
        )
        return Stop(Exit.CONFLICT, message, hint=again, code="expired")
    by = "an operator" if order.reason is CancelReason.ADMIN else "its buyer"
    return Stop(Exit.CONFLICT, f"the order was cancelled by {by}", hint=again, code="cancelled")


@contextmanager
def standing(run: Run, order: Order) -> Iterator[None]:
    """On Ctrl-C say that the order stands, and how to go on or give it back."""
    try:
        yield
    except KeyboardInterrupt:
        run.out.live.clear()
        raise Stop(
            Exit.INTERRUPTED,
            f"interrupted; order {order.id} stands until {local_time(order.expires_at)}",
            hint=f"`ticketing pay {order.id}` goes on, `ticketing cancel {order.id}` gives it back",
            code="interrupted",
        ) from None


def _leave(run: Run, order: Order, manner: OutputOptions) -> Exit:
    """End without waiting; the order is pending."""
    if manner.fields is not None:
        run.out.line(as_json(order, manner.fields))
    elif not manner.quiet:
        run.out.line(f"order {order.id} awaits payment at {order.payment_url}")
        run.out.say(f"next: ticketing pay {order.id}")
    return Exit.PENDING
