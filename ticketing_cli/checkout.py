"""Checkout: take an open order to the paid ticket, or to the reason why it failed."""

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
from contract.tickets import TicketNotFound
from ticketing_cli import hosted_page, waiting, wallet
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import SIGNALS, CommandError, ExitCode, interrupted
from ticketing_cli.runtime.output import as_json


def start(run: Run, order: Order, output: OutputOptions) -> Payment | None:
    """Create the order's payment page and print the total; None if the order is already paid."""
    return _begin(run, order, StartPayment(), output)


def finish(run: Run, order: Order, payment: Payment | None, output: OutputOptions) -> ExitCode:
    """Show the payment page, wait until the order is paid, and show the ticket.

    Raise CommandError with exit code 6 when the lock expired, 7 when the payment failed.
    """
    if payment is not None and not output.quiet:
        message = f"pay before {local_time(order.expires_at)} at {payment.url}"
        hosted_page.show(run, payment.url, output, message=message)
    if order.status not in waiting.FINAL:
        if not output.wait:
            return _end_pending(run, order, output)
        order = waiting.until_final(run, order, quiet=output.quiet)
    return _show_ticket(run, order, output)


def with_card(run: Run, order: Order, card: Card, output: OutputOptions) -> ExitCode:
    """Pay with a saved card, or on the page if the bank asks for confirmation.

    After a decline a script does not continue on the page: raise CommandError with exit code 8,
    because the order is still open.
    """
    payment = _begin(run, order, StartPayment(card_id=card.id), output)
    if payment is None or payment.saved_card != card.id:
        return finish(run, order, payment, output)  # paid already, or a page is open already
    if not output.wait:
        return _end_pending(run, order, output)
    order, payment = waiting.until_charged(run, order, payment)
    if payment.declines and not output.quiet:
        run.out.message(f"declined: {payment.declined}")
    if order.status in waiting.FINAL:
        return _show_ticket(run, order, output)
    if not payment.declines:
        run.out.message("your bank wants you to confirm this payment; continue on the page")
    elif not (run.out.human and output.fields is None):
        raise _declined(run, order, payment, output)
    return finish(run, order, start(run, order, output), output)


def _begin(run: Run, order: Order, how: StartPayment, output: OutputOptions) -> Payment | None:
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return None
    try:
        payment = run.api.call(START_PAYMENT, how, order_id=order.id)
    except (OrderConfirming, OrderOver):
        return None  # paid on another screen, or expired, this very moment
    if not output.quiet:
        total = marked(payment.amount, live=payment.live)
        note = "" if payment.live else "; no real card is charged"
        run.out.message(f"  Total {total}{note}")
    return payment


def _show_ticket(run: Run, order: Order, output: OutputOptions) -> ExitCode:
    """Show the ticket of a paid order; raise CommandError for an order that ended otherwise."""
    if output.fields is not None:
        run.out.line(as_json(order, output.fields))
    if order.status is not OrderStatus.COMPLETE:
        raise ended(order)
    if output.fields is None and not output.quiet:
        run.out.message(f"Paid. Order {order.id} is complete")
        try:
            bought = run.api.call(VIEW_WALLET, ticket_id=order.ticket_id)
        except TicketNotFound:
            run.out.message("You have sold this ticket or given it away since")
            return ExitCode.OK
        wallet.show(run, bought, qr=output.qr)
        run.out.message(f"next: ticketing wallet view {order.ticket_id} shows it again")
    return ExitCode.OK


def _declined(run: Run, order: Order, payment: Payment, output: OutputOptions) -> CommandError:
    """Return the error for a declined saved card while the order is still open."""
    if output.fields is not None:
        run.out.line(as_json(order, output.fields))
    until = local_time(order.expires_at)
    why = (payment.declined or "the card was declined").rstrip(".")
    message = f"{why}; order {order.id} stays open until {until}"
    hint = (
        f"`ticketing pay {order.id}` tries another card, "
        f"`ticketing cancel {order.id}` releases the ticket"
    )
    return CommandError(ExitCode.PENDING, message, hint=hint, code="declined")


def ended(order: Order) -> CommandError:
    """Return the error for an order that ended without a ticket."""
    if order.show_cancelled or order.reason is CancelReason.SHOW_CANCELLED:
        message = "the show was cancelled, and the order with it; no money was taken"
        hint = "`ticketing shows` lists other shows"
        return CommandError(ExitCode.CONFLICT, message, hint=hint, code="show_cancelled")
    if order.reason is CancelReason.LISTING_WITHDRAWN:
        message = "an operator took the ticket off sale; no money was taken"
        hint = "`ticketing list` shows what is on sale"
        return CommandError(ExitCode.CONFLICT, message, hint=hint, code="listing_withdrawn")
    again = f"`ticketing buy {order.ticket_id}` tries again if the ticket is still available"
    if order.reason is CancelReason.PAYMENT_FAILED:
        message = "the payment failed and the ticket was released; no money was taken"
        return CommandError(ExitCode.PAYMENT_FAILED, message, hint=again, code="payment_failed")
    if order.reason is CancelReason.EXPIRED:
        message = (
            f"the lock expired at {local_time(order.expires_at)}; no money was taken "
            "(your card statement may show a pending charge for a few days)"
        )
        return CommandError(ExitCode.CONFLICT, message, hint=again, code="expired")
    by = "an operator" if order.reason is CancelReason.ADMIN else "the buyer"
    return CommandError(
        ExitCode.CONFLICT, f"the order was cancelled by {by}", hint=again, code="cancelled"
    )


@contextmanager
def order_stays_open(run: Run, order: Order) -> Iterator[None]:
    """On Ctrl-C or SIGTERM say that the order stays open, and how to continue or cancel."""
    try:
        yield
    except SIGNALS as signal:
        run.out.progress_line.clear()
        message = f"order {order.id} stays open until {local_time(order.expires_at)}"
        raise interrupted(signal, message, hint=ways_on(order)) from None


def ways_on(order: Order) -> str:
    """Return how to go on with an open order."""
    return (
        f"`ticketing pay {order.id}` continues, `ticketing cancel {order.id}` releases the ticket"
    )


def _end_pending(run: Run, order: Order, output: OutputOptions) -> ExitCode:
    """End without waiting for the payment."""
    if output.fields is not None:
        run.out.line(as_json(order, output.fields))
    elif not output.quiet:
        run.out.line(f"order {order.id} awaits payment at {order.payment_url}")
        run.out.message(f"next: ticketing pay {order.id}")
    return ExitCode.PENDING
