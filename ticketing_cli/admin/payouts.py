"""Payouts of all sellers: list them, release what is owed, and set the account it goes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

import typer

from client.formatting import Marked, mode
from contract.base import PageQuery
from contract.ledger import (
    ADMIN_PAYOUTS,
    RELEASE_PAYOUTS,
    SET_PAYOUT_ACCOUNT,
    Payout,
    PayoutAccount,
    PayoutMethod,
    PayoutRun,
    PayoutStatus,
    ReleasePayouts,
)
from contract.money import decimal
from ticketing_cli.admin.accounts import Email, named
from ticketing_cli.payouts import COLUMNS as OWN_COLUMNS
from ticketing_cli.runtime import files, options, spreadsheet
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import Fields, as_json

COLUMNS = (
    *OWN_COLUMNS,
    OutputColumn[Payout](title="SELLER", of=lambda p: p.seller_email, keep=True, optional=True),
)
#: A planned payout has no id and no date yet.
PLANNED = (COLUMNS[-1], *OWN_COLUMNS[1:4])
#: The columns of the file with which an operator pays by bank transfer.
BANK = (
    OutputColumn[Payout](title="payout", of=lambda p: p.id),
    OutputColumn[Payout](title="seller", of=lambda p: p.seller_id),
    OutputColumn[Payout](title="email", of=lambda p: p.seller_email),
    OutputColumn[Payout](title="amount", of=lambda p: decimal(p.amount)),
    OutputColumn[Payout](title="currency", of=lambda p: p.amount.currency),
    OutputColumn[Payout](title="sales", of=lambda p: p.sales),
    OutputColumn[Payout](title="made_at", of=lambda p: p.created_at),
    OutputColumn[Payout](title="money", of=lambda p: mode(live=p.live)),
)
File = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="Write the payouts by bank transfer as CSV; - is stdout.",
        show_default=False,
    ),
]  # fmt: skip
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be paid out; change nothing.")
]


def payouts(
    ctx: typer.Context,
    file: File = "",
    force: files.Force = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List the payouts of all sellers, newest first; --file writes those by bank transfer as CSV.

    Examples:
      ticketing admin payouts
      ticketing admin payouts --limit 0 --file payouts.csv
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    found = run.api.pages(ADMIN_PAYOUTS, PageQuery(), limit=limit)
    if file:
        files.refuse(file, force=force, as_json=fields is not None)
        _write(run, file, found, force=force)
    else:
        run.out.records(found, COLUMNS, fields, noun="payouts")


def release(
    ctx: typer.Context,
    dry_run: DryRun = False,
    file: File = "",
    force: files.Force = False,
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Pay out every released sale to its seller, after showing the plan and asking.

    Sellers without an account at the payment provider are paid by bank transfer, from the file.

    Examples:
      ticketing admin payouts release --dry-run
      ticketing admin payouts release --yes --file payouts.csv
    """
    run = Run.of(ctx)
    fields = run.fields(json, PayoutRun)
    if not (yes or dry_run):
        run.require_input("--yes")
    if file:
        files.refuse(file, force=force, as_json=fields is not None)
    plan = run.api.call(RELEASE_PAYOUTS, ReleasePayouts(dry_run=True))
    done = dry_run or not plan.payouts
    if done and fields is not None:
        run.out.record(plan, (), fields)
    elif done or not yes:
        run.out.records(plan.payouts, PLANNED, noun="payouts to release")
    if done:
        return
    if not yes:
        question = f"Pay out {_sums(plan.payouts)}, {_counted(len(plan.payouts))}?"
        run.confirm(question, declined="Nothing was paid out")
    made = _released(run)
    if file:
        _write(run, file, made, force=force)
    if file != files.STDOUT:
        _report(run, made, fields)


def payout_account(
    ctx: typer.Context,
    user: Email,
    account: Annotated[
        str,
        typer.Argument(
            metavar="[ACCOUNT]", help="The account, e.g. acct_1Nv0F.", show_default=False
        ),
    ] = "",
    none: Annotated[bool, typer.Option("--none", help="No account: pay by bank transfer.")] = False,
    json: options.Json = None,
) -> None:
    """Set the account at the payment provider for a seller's payouts, or pay by bank transfer.

    Examples:
      ticketing admin payout-account sofia@example.org acct_1Nv0F
      ticketing admin payout-account sofia@example.org --none
    """
    run = Run.of(ctx)
    fields = run.fields(json, PayoutAccount)
    if bool(account) == none:
        raise CommandError(
            ExitCode.USAGE, "give either an account or --none", hint="e.g. acct_1Nv0F"
        )
    seller = named(run, user)
    change = PayoutAccount(account=account or None)
    after = run.api.call(SET_PAYOUT_ACCOUNT, change, user_id=seller.id)
    where = f"go to {after.account}" if after.account else "are made by bank transfer"
    message = f"payouts to {seller.email} {where} ({seller.id})"
    run.out.result(after, fields=fields, message=message, next_command="ticketing admin payouts")


def _released(run: Run) -> list[Payout]:
    """Release until nothing is left; one call releases a limited number."""
    made: list[Payout] = []
    while True:
        done = run.api.call(RELEASE_PAYOUTS, ReleasePayouts())
        made += done.payouts
        if not (done.more and done.payouts):
            return made


def _report(run: Run, made: list[Payout], fields: Fields | None) -> None:
    """Print what was paid out."""
    if fields is not None:
        done = PayoutRun(payouts=tuple(made), more=False, dry_run=False)
        run.out.line(as_json(done, fields))
        return
    run.out.records(made, COLUMNS, noun="payouts")
    run.out.message(f"paid out {_sums(made)}")


def _write(run: Run, name: str, payouts: Iterable[Payout], *, force: bool) -> None:
    """Write the payouts by bank transfer; a failed one is not owed any more."""
    paid = [
        each
        for each in payouts
        if each.method is PayoutMethod.FILE and each.status is not PayoutStatus.FAILED
    ]
    files.write(run, name, spreadsheet.to_csv(paid, BANK), force=force)
    where = "stdout" if name == files.STDOUT else name
    run.out.message(f"wrote {_counted(len(paid))} by bank transfer to {where}: {_sums(paid)}")


def _counted(count: int) -> str:
    return f"{count} payout" if count == 1 else f"{count} payouts"


def _sums(payouts: Iterable[Payout]) -> str:
    """Return the total by currency: `EUR 120.00 TEST, USD 8.00 TEST`."""
    sums: defaultdict[tuple[str, bool], int] = defaultdict(int)
    for each in payouts:
        sums[each.amount.currency, each.live] += each.amount.amount
    return ", ".join(str(Marked(sums[key], *key)) for key in sorted(sums)) or "nothing"
