"""Balance: what one is owed for sales, by currency."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from client.formatting import Marked
from contract.ledger import VIEW_BALANCE, Balance, CurrencyBalance
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column


@dataclass(frozen=True)
class Line:
    """What is owed in one currency, as money that says whether it is real."""

    of: CurrencyBalance
    live: bool

    def money(self, amount: int) -> Marked:
        """Return an amount of this currency."""
        return Marked(amount, self.of.currency, self.live)


COLUMNS = (
    Column[Line](title="WAITING", of=lambda b: b.money(b.of.waiting), keep=True),
    Column[Line](title="AVAILABLE", of=lambda b: b.money(b.of.available), keep=True),
    Column[Line](title="PAID OUT", of=lambda b: b.money(b.of.paid_out), keep=True),
)


def balance(ctx: typer.Context, json: options.Json = None) -> None:
    """Show what you are owed: what waits for its show, what goes out next, what has gone out.

    An amount below zero is a debt: a refund of what had been paid out already.

    Examples:
      ticketing balance
      ticketing balance --json currencies
    """
    run = Run.of(ctx)
    fields = run.fields(json, Balance)
    owed = run.api.call(VIEW_BALANCE)
    if fields is not None:
        run.out.record(owed, (), fields)
        return
    lines = [Line(each, owed.live) for each in owed.currencies]
    run.out.records(lines, COLUMNS, noun="money owed for sales")
