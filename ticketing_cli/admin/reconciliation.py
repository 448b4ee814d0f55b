"""Reconciliation: compare our payments with the payment provider's, now."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import mode
from contract.reconciliation import RECONCILE, Reconcile, Reconciliation, ReconciliationFinding
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import OutputColumn

COLUMNS = (
    OutputColumn[ReconciliationFinding](title="Difference", of=lambda f: f.difference),
    OutputColumn[ReconciliationFinding](title="Action", of=lambda f: f.action),
    OutputColumn[ReconciliationFinding](title="Order", of=lambda f: f.order_id),
    OutputColumn[ReconciliationFinding](title="Payment", of=lambda f: f.payment_id),
    OutputColumn[ReconciliationFinding](title="At provider", of=lambda f: f.intent),
    OutputColumn[ReconciliationFinding](title="Detail", of=lambda f: f.detail),
)
DryRun = Annotated[bool, typer.Option("--dry-run", help="Compare only; change nothing.")]


def reconcile(ctx: typer.Context, dry_run: DryRun = False, json: options.Json = None) -> None:
    """Compare our payments with the payment provider's, and act on every difference.

    This also runs periodically. Differences that need an operator are in `admin alerts`.

    Examples:
      ticketing admin reconcile --dry-run
      ticketing admin reconcile --json findings
    """
    run = Run.of(ctx)
    fields = run.fields(json, Reconciliation)
    done = run.api.call(RECONCILE, Reconcile(dry_run=dry_run))
    if fields is not None:
        run.out.record(done, (), fields)
        return
    run.out.message(
        f"compared {done.payments:,} of our payments with {done.intents:,} of the provider's "
        f"({mode(live=done.live)} money)"
    )
    run.out.blocks(done.findings, COLUMNS, noun="differences")
    if done.findings and done.dry_run:
        run.out.message("nothing was changed (--dry-run)")
