"""Buy: lock a ticket, agree to its price, pay it, and get it."""

from __future__ import annotations

from typing import Annotated

import typer

from client import terms
from client.formatting import marked, place, relative_time, venue_time
from contract.cards import Card as SavedCard
from contract.money import Money
from contract.orders import CANCEL_ORDER, PLACE_ORDER, VIEW_ORDER, Order, PlaceOrder
from contract.terms import VIEW_TERMS
from contract.tickets import VIEW_TICKET, Ticket, TicketStatus
from ticketing_cli import cards, checkout
from ticketing_cli.hosted_page import OutputOptions
from ticketing_cli.runtime import options, prices
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop

MaxTotal = Annotated[
    str, typer.Option(metavar="AMOUNT", help="Refuse to pay more than this, as in 45.00.")
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
    currency: Annotated[str, typer.Option(help="Refuse to pay in another than this.")] = "",
    card: Card = "",
    web: options.Web = False,
    no_qr: options.NoQr = False,
    no_wait: options.NoWait = False,
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> Exit:
    """Lock a ticket, show its price, wait until it is paid on the payment page, hand it over.

    No card's number is typed here; a saved one (`ticketing cards`) needs no page unless its bank
    asks. In a script, --yes and --max-total say what you agree to. Ctrl-C leaves the order
    standing: `ticketing pay` goes on, `ticketing cancel` gives it back.

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
    request = PlaceOrder(ticket_id=ticket)
    order = run.api.call(PLACE_ORDER, request, idempotency_key=idempotency_key)
    manner = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, quiet=quiet, fields=fields)
    with checkout.standing(run, order):
        _describe(run, wanted, order, quiet=quiet)
        _agree(run, order, yes=yes, max_total=max_total, currency=currency)
        return _check_out(run, order, saved, manner)


def pay(
    ctx: typer.Context,
    order: options.OrderId,
    card: Card = "",
    web: options.Web = False,
    no_qr: options.NoQr = False,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> Exit:
    """Pay an order that is still open: show where, wait, and hand the ticket over.

    Examples:
      ticketing pay ord_7k
      ticketing pay ord_7k --card 4242
      ticketing pay ord_7k --web
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    saved = cards.named(run, card) if card else None
    mine = run.api.call(VIEW_ORDER, order_id=order)
    manner = OutputOptions(web=web, qr=not no_qr, wait=not no_wait, fields=fields)
    with checkout.standing(run, mine):
        return _check_out(run, mine, saved, manner)


def refuse_above(max_total: str, currency: str, price: Money) -> None:
    """Raise Stop with exit code 6 for a price above --max-total or in another currency."""
    if currency and price.currency != currency.upper():
        message = f"the price is {price}, not in {currency.upper()}; nothing was bought"
        raise Stop(Exit.CONFLICT, message, code="over_max_total")
    if (
        max_total
        and price.amount > prices.read(max_total, price.currency, flag="--max-total").amount
    ):
        message = f"the price is {price}, above --max-total {max_total}; nothing was bought"
        raise Stop(Exit.CONFLICT, message, code="over_max_total")


def _check_out(run: Run, order: Order, card: SavedCard | None, manner: OutputOptions) -> Exit:
    if card is not None:
        return checkout.with_card(run, order, card, manner)
    return checkout.finish(run, order, checkout.start(run, order, manner), manner)


def _quote(run: Run, wanted: Ticket, *, quiet: bool) -> None:
    """Say what there will be to pay, before anything is locked."""
    if not quiet and wanted.status is TicketStatus.AVAILABLE:
        run.out.say(terms.for_buyer(run.api.call(VIEW_TERMS), wanted.price))


def _describe(run: Run, wanted: Ticket, order: Order, *, quiet: bool) -> None:
    """Say what was locked, and for how long; or print its id alone."""
    if quiet:
        run.out.line(order.id)
        run.out.stdout.flush()  # whoever reads the id need not wait until it is paid
        return
    until = relative_time(order.expires_at, run.clock.now())
    run.out.say(f"locked for you, to be paid {until}: order {order.id}")
    run.out.say(f"  {wanted.show.name}, {venue_time(wanted.show.starts_at)}")
    run.out.say(f"  {wanted.show.venue}, {wanted.show.city}: {place(wanted)}")


def _agree(run: Run, order: Order, *, yes: bool, max_total: str, currency: str) -> None:
    """Ask whether to pay; whoever says no, or set a limit that is passed, gives the lock back."""
    try:
        refuse_above(max_total, currency, order.price)
        if not yes:
            run.confirm(f"Pay {marked(order.price, live=order.live)}?")
    except Stop:
        run.api.call(CANCEL_ORDER, order_id=order.id)
        run.out.say(f"the lock was given back; order {order.id} is cancelled")
        raise
