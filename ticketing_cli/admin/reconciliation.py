"""Reconciliation: our payments held against the payment provider's, now."""

from __future__ import annotations

from typing import Annotated

import typer

from client.formatting import mode
from contract.reconciliation import RECONCILE, Reconcile, Reconciliation, ReconciliationFinding
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.formats import Column

COLUMNS = (
    Column[ReconciliationFinding](title="Difference", of=lambda f: f.difference),
    Column[ReconciliationFinding](title="Action", of=lambda f: f.action),
    Column[ReconciliationFinding](title="Order", of=lambda f: f.order_id),
    Column[ReconciliationFinding](title="Payment", of=lambda f: f.payment_id),
    Column[ReconciliationFinding](title="At provider", of=lambda f: f.intent),
    Column[ReconciliationFinding](title="Detail", of=lambda f: f.detail),
)
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only compare; do nothing about what is found.")
]


def reconcile(ctx: typer.Context, dry_run: DryRun = False, json: options.Json = None) -> None:
    """Hold our payments against the payment provider's, and act on every difference.

    It also happens by itself from time to time. What needs somebody is in `admin attention`.

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
    run.out.say(
        f"compared {done.payments:,} of our payments with {done.intents:,} of the provider's, "
        f"{mode(live=done.live)} money"
    )
    run.out.blocks(done.findings, COLUMNS, noun="differences")
    if done.findings and done.dry_run:
        run.out.say("nothing was done about it (--dry-run)")
