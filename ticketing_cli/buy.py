"""Buy: lock a ticket, confirm its price, pay for it and show it."""

from __future__ import annotations

from typing import Annotated

import typer

from client import terms
from client.formatting import duration, marked, place, venue_time
from contract.cards import Card as SavedCard
from contract.money import Money
from contract.orders import (
    CANCEL_ORDER,
    VIEW_ORDER,
    Order,
    PlacedOrder,
)
from contract.terms import VIEW_TERMS
from contract.tickets import VIEW_TICKET, Ticket, TicketStatus
from ticketing_cli import cards, checkout, orders
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime import options, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode

MaxTotal = Annotated[
    str, typer.Option(metavar="AMOUNT", help="Do not pay more than this, e.g. 45.00.")
]
Card = Annotated[
    str,
    typer.Option(
        metavar="CARD", help="Pay with this saved card: its id or its last four digits.",
        show_default=False,
    ),
]  # fmt: skip


def buy(
    ctx: typer.Context,
    ticket: options.TicketId,
    yes: options.Yes = False,
    max_total: MaxTotal = "",
    currency: Annotated[str, typer.Option(help="Do not pay in another currency.")] = "",
    card: Card = "",
    web: options.Web = False,
    no_qr: options.NoQr = False,
    no_wait: options.NoWait = False,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> ExitCode:
    """Lock a ticket, open the payment page, wait for the payment, and show the ticket.

    Card numbers are never typed here. A saved card (`ticketing cards`) needs no page unless its
    bank asks for confirmation. In a script, --yes and --max-total state what you agree to. Ctrl-C
    keeps the order open: `ticketing pay` continues, `ticketing cancel` releases the ticket. If you
    have locked the ticket already, your order is continued.

    Examples:
      ticketing buy tkt_9f
      ticketing buy tkt_9f --card 4242 --yes --max-total 50.00
      ticketing buy tkt_9f --yes --max-total 50.00 --currency EUR --no-wait --json payment_url
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    if not (yes and max_total):
        run.require_input("--yes with --max-total AMOUNT")
    saved = cards.named(run, card) if card else None
    wanted = run.api.call(VIEW_TICKET, ticket_id=ticket)
    refuse_above(max_total, currency, wanted.price)
    _quote(run, wanted, quiet=quiet)
    order = orders.place(run, ticket, idempotency_key)
    output = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, quiet=quiet, fields=fields)
    with checkout.order_stays_open(run, order):
        _describe(run, wanted, order, quiet=quiet)
        _agree(run, order, yes=yes, max_total=max_total, currency=currency)
        return _check_out(run, order, saved, output)


def pay(
    ctx: typer.Context,
    order: options.OrderId,
    card: Card = "",
    web: options.Web = False,
    no_qr: options.NoQr = False,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> ExitCode:
    """Pay for an open order: show the payment page, wait, and show the ticket.

    Examples:
      ticketing pay ord_7k
      ticketing pay ord_7k --card 4242
      ticketing pay ord_7k --web
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    saved = cards.named(run, card) if card else None
    mine = run.api.call(VIEW_ORDER, order_id=order)
    output = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, fields=fields)
    with checkout.order_stays_open(run, mine):
        return _check_out(run, mine, saved, output)


def refuse_above(max_total: str, currency: str, price: Money) -> None:
    """Raise CommandError with exit code 6 for a price above --max-total or in another currency."""
    if currency and price.currency != currency.upper():
        message = f"the price is {price}, not in {currency.upper()}; nothing was bought"
        raise CommandError(ExitCode.CONFLICT, message, code="over_max_total")
    if (
        max_total
        and price.amount > prices.read(max_total, price.currency, flag="--max-total").amount
    ):
        message = f"the price is {price}, above --max-total {max_total}; nothing was bought"
        raise CommandError(ExitCode.CONFLICT, message, code="over_max_total")


def _check_out(run: Run, order: Order, card: SavedCard | None, output: OutputOptions) -> ExitCode:
    if card is not None:
        return checkout.with_card(run, order, card, output)
    return checkout.finish(run, order, checkout.start(run, order, output), output)


def _quote(run: Run, wanted: Ticket, *, quiet: bool) -> None:
    """Print the total and its fee, before anything is locked."""
    if not quiet and wanted.status is TicketStatus.AVAILABLE:
        run.out.message(terms.for_buyer(run.api.call(VIEW_TERMS), wanted.price))


def _describe(run: Run, wanted: Ticket, order: PlacedOrder, *, quiet: bool) -> None:
    """Print what is reserved, and until when; with --quiet only the order's id."""
    if quiet:
        run.out.line(order.id)
        run.out.stdout.flush()  # so that a script gets the id before the order is paid
        return
    seconds = (order.expires_at - run.now()).total_seconds()
    already = " already; this continues your order" if order.continued else ""
    run.out.message(f"Reserved for you{already}. Pay within {duration(seconds)} (order {order.id})")
    run.out.message(f"  {wanted.show.name}, {venue_time(wanted.show.starts_at)}")
    run.out.message(f"  {wanted.show.venue}, {wanted.show.city}: {place(wanted)}")


def _agree(run: Run, order: PlacedOrder, *, yes: bool, max_total: str, currency: str) -> None:
    """Ask whether to pay; release the ticket after a no, or if the price is above the limit.

    An order from before is kept: this command did not place it.
    """
    try:
        refuse_above(max_total, currency, order.price)
        if not yes:
            question = f"Pay {marked(order.price, live=order.live)}?"
            kept = "Nothing was paid; the ticket stays reserved for you"
            declined = kept if order.continued else "The ticket is back on sale"
            run.confirm(question, declined=declined)
    except CommandError:
        if order.continued:
            run.out.message(checkout.ways_on(order))
        else:
            run.api.call(CANCEL_ORDER, order_id=order.id)
            run.out.message(f"Ticket released; order {order.id} is cancelled")
        raise
