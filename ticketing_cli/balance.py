"""Balance: show what a seller is owed, by currency."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from client.formatting import Marked
from contract.ledger import VIEW_BALANCE, Balance, CurrencyBalance
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn


@dataclass(frozen=True)
class BalanceRow:
    """What is owed in one currency, labelled as TEST or LIVE money."""

    of: CurrencyBalance
    live: bool

    def money(self, amount: int) -> Marked:
        """Return an amount of this currency."""
        return Marked(amount, self.of.currency, self.live)


COLUMNS = (
    OutputColumn[BalanceRow](title="WAITING", of=lambda b: b.money(b.of.waiting), keep=True),
    OutputColumn[BalanceRow](title="AVAILABLE", of=lambda b: b.money(b.of.available), keep=True),
    OutputColumn[BalanceRow](title="PAID OUT", of=lambda b: b.money(b.of.paid_out), keep=True),
    OutputColumn[BalanceRow](title="IN TRANSIT", of=lambda b: b.money(b.of.in_transit), keep=True),
)


def balance(ctx: typer.Context, json: options.Json = None) -> None:
    """Show what you are owed: waiting for the show, available for payout, paid out, or in transit.

    What is in transit is on payouts that have yet to be paid. A negative amount is a debt: a refund
    of a sale that was paid out already.

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
    rows = [BalanceRow(each, owed.live) for each in owed.currencies]
    run.out.records(rows, COLUMNS, noun="money owed for sales")
