"""Checkout: from an open order to the ticket in hand, or to the reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contract.orders import VIEW_WALLET, CancelReason, Order, OrderConfirming, OrderStatus
from contract.payments import START_PAYMENT, Payment
from ticketing_cli import browser, waiting, wallet
from ticketing_cli.context import Run
from ticketing_cli.exits import Exit, Stop
from ticketing_cli.formats import moment
from ticketing_cli.output import Fields, as_json


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How somebody wants to check out."""

    web: bool = False
    qr: bool = True
    wait: bool = True
    quiet: bool = False
    fields: Fields | None = None


def start(run: Run, order: Order, manner: Manner) -> Payment | None:
    """Open the order's payment page and say whose money it takes; None when it is paid already."""
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return None
    try:
        payment = run.api.call(START_PAYMENT, order_id=order.id)
    except OrderConfirming:
        return None  # paid on another screen this very moment
    if not manner.quiet:
        run.out.say(f"  {payment.amount} in total, no fees; {money_kind(live=payment.live)}")
    return payment


def finish(run: Run, order: Order, payment: Payment | None, manner: Manner) -> Exit:
    """Show the way to the page, wait until the order is paid, and hand the ticket over.

    Raise Stop with exit code 6 when the lock ran out, 7 when the payment failed.
    """
    if payment is not None and not manner.quiet:
        show_page(run, order, payment, manner)
    if order.status not in waiting.OVER:
        if not manner.wait:
            return _leave(run, order, manner)
        order = waiting.settled(run, order, quiet=manner.quiet)
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


def show_page(run: Run, order: Order, payment: Payment, manner: Manner) -> None:
    """Say where to pay, by when; open it in a browser, or draw its link for a telephone."""
    run.out.say(f"pay by {moment(order.expires_at)} at {payment.url}")
    opened = manner.web and browser.open_page(payment.url, run.env)
    if manner.web and not opened:
        run.out.say("no browser could be opened; open the link on any device")
    if manner.qr and not opened and run.out.human and manner.fields is None:
        run.out.qr(payment.url)


def money_kind(*, live: bool) -> str:
    """Say whether real money moves."""
    return "LIVE money, the card is charged" if live else "TEST money, no real card is charged"


def ended(order: Order) -> Stop:
    """Say why an order ended without a ticket."""
    again = f"`ticketing buy {order.ticket_id}` tries again, if nobody else was quicker"
    if order.reason is CancelReason.PAYMENT_FAILED:
        message = "the payment failed and the ticket is unlocked; no money was taken"
        return Stop(Exit.PAYMENT_FAILED, message, hint=again, code="payment_failed")
    if order.reason is CancelReason.EXPIRED:
        message = (
            f"the lock ran out at {moment(order.expires_at)}; no money was taken "
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
            f"interrupted; order {order.id} stands until {moment(order.expires_at)}",
            hint=f"`ticketing pay {order.id}` goes on, `ticketing cancel {order.id}` gives it back",
            code="interrupted",
        ) from None


def _leave(run: Run, order: Order, manner: Manner) -> Exit:
    """End without waiting; the order is pending."""
    if manner.fields is not None:
        run.out.line(as_json(order, manner.fields))
    elif not manner.quiet:
        run.out.line(f"order {order.id} awaits payment at {order.payment_url}")
        run.out.say(f"next: ticketing pay {order.id}")
    return Exit.PENDING
