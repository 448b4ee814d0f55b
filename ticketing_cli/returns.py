"""Returns: give a ticket back to the organiser of its show, for the money."""

from __future__ import annotations

import typer

from client.formatting import local_time, marked
from client.receipts.content import REFUND_STATUS
from contract.money import Money
from contract.orders import VIEW_ORDER, Order
from contract.refunds import RETURN_ORDER, Refund
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run


def return_order(
    ctx: typer.Context,
    order: options.OrderId,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Return a ticket to the organiser that sold it. You get all of the money back.

    This is possible for some time after a show was postponed: `ticketing orders view` says until
    when. The ticket must be in your wallet, neither on sale nor offered to somebody. This cannot
    be undone.

    Examples:
      ticketing orders return ord_7k
      ticketing orders return ord_7k --yes --json id,amount,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Refund)
    if not yes:
        run.require_input("--yes")
    bought = run.api.call(VIEW_ORDER, order_id=order)
    if not yes and bought.refund_until is not None:
        run.confirm(_question(bought), declined="Nothing was returned")
    refund = run.api.call(RETURN_ORDER, order_id=order)
    amount = marked(refund.amount, live=refund.live)
    status = REFUND_STATUS.get(refund.status, refund.status.value)
    message = f"returned {bought.ticket_id}: refund of {amount}, {status}"
    run.out.result(
        refund, fields=fields, message=message, next_command=f"ticketing orders receipt {order}"
    )


def _question(order: Order) -> str:
    left = Money(amount=order.price.amount - order.refunded.amount, currency=order.price.currency)
    until = local_time(order.refund_until) if order.refund_until else ""
    return (
        f"Return ticket {order.ticket_id} for {marked(left, live=order.live)}? Its entry code "
        f"stops working once the money has arrived. You can decide until {until}."
    )
