"""Resell: put a ticket from the wallet on sale."""

from __future__ import annotations

from typing import Annotated

import typer

from client import terms
from client.formatting import place
from contract.prices import parse_price
from contract.terms import VIEW_TERMS
from contract.tickets import RELIST_TICKET, VIEW_TICKET, Price, RelistTicket, Ticket
from ticketing_cli.runtime import options, prices
from ticketing_cli.runtime.context import Run


def resell(
    ctx: typer.Context,
    ticket: options.OwnTicketId,
    price: Annotated[str, typer.Option(help="The price, e.g. 45.00.", show_default=False)] = "",
    currency: Annotated[
        str, typer.Option(help="The price's currency, if it changes.", show_default=False)
    ] = "",
    idempotency_key: options.IdempotencyKey = None,
    quiet: options.Quiet = False,
    json: options.Json = None,
) -> None:
    """Sell a ticket from your wallet. Until somebody buys it, your entry code still works.

    `ticketing edit` changes its price, `ticketing withdraw` takes it back into your wallet.

    Examples:
      ticketing resell tkt_9f --price 50
      ticketing resell tkt_9f --price 50 --currency EUR --quiet
    """
    run = Run.of(ctx)
    fields = run.fields(json, Ticket)
    price = price or run.ask("Price (e.g. 45.00)", flag="--price")
    now = run.api.call(VIEW_TICKET, ticket_id=ticket)
    asked = prices.read(price, currency or now.price.currency, flag="--price", parser=parse_price)
    if not quiet:
        run.out.message(terms.for_seller(run.api.call(VIEW_TERMS), asked))
    body = RelistTicket(price=Price(amount=asked.amount, currency=asked.currency))
    made = run.api.call(RELIST_TICKET, body, idempotency_key=idempotency_key, ticket_id=ticket)
    if quiet:
        run.out.line(made.id)
        return
    message = f"on sale {made.id}: {made.show.name}, {place(made)}, {made.price}"
    next_command = f"ticketing withdraw {made.id} takes it back"
    run.out.result(made, fields=fields, message=message, next_command=next_command)
