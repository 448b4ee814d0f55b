"""Payouts to every seller: list them, release what is owed, and say to which account it goes."""

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
from ticketing_cli.runtime import files, options, outcome, spreadsheet
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import Column
from ticketing_cli.runtime.output import Fields, as_json

COLUMNS = (
    *OWN_COLUMNS,
    Column[Payout](title="SELLER", of=lambda p: p.seller_email, keep=True, spare=True),
)
#: What is to be done has no id and no date yet.
TO_DO = (COLUMNS[-1], *OWN_COLUMNS[1:4])
#: Of the file by which an operator pays at a bank.
BANK = (
    Column[Payout](title="payout", of=lambda p: p.id),
    Column[Payout](title="seller", of=lambda p: p.seller_id),
    Column[Payout](title="email", of=lambda p: p.seller_email),
    Column[Payout](title="amount", of=lambda p: decimal(p.amount)),
    Column[Payout](title="currency", of=lambda p: p.amount.currency),
    Column[Payout](title="sales", of=lambda p: p.sales),
    Column[Payout](title="made_at", of=lambda p: p.created_at),
    Column[Payout](title="money", of=lambda p: mode(live=p.live)),
)
File = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="Write those to be paid by bank as CSV; - is stdout.",
        show_default=False,
    ),
]  # fmt: skip
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would go out; change nothing.")]


def payouts(
    ctx: typer.Context,
    file: File = "",
    force: files.Force = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List everybody's payouts, newest first; with --file as CSV those that are paid by bank.

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
    """Put every released sale on its seller's statement and send it, after a look and a yes.

    Sellers without an account at the payment provider are paid by bank, from the file.

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
    over = dry_run or not plan.payouts
    if over and fields is not None:
        run.out.record(plan, (), fields)
    elif over or not yes:
        run.out.records(plan.payouts, TO_DO, noun="payouts to release")
    if over:
        return
    if not yes:
        run.confirm(f"Pay out {_sums(plan.payouts)}, {_counted(len(plan.payouts))}?")
    made = _released(run)
    if file:
        _write(run, file, made, force=force)
    if file != files.STDOUT:
        _report(run, made, fields)


def payout_account(
    ctx: typer.Context,
    user: Email,
    account: Annotated[
        str, typer.Argument(metavar="[ACCOUNT]", help="As acct_1Nv0F.", show_default=False)
    ] = "",
    none: Annotated[bool, typer.Option("--none", help="None: pay by bank.")] = False,
    json: options.Json = None,
) -> None:
    """Say to which account at the payment provider a seller's payouts go, or that they go by bank.

    Examples:
      ticketing admin payout-account sofia@example.org acct_1Nv0F
      ticketing admin payout-account sofia@example.org --none
    """
    run = Run.of(ctx)
    fields = run.fields(json, PayoutAccount)
    if bool(account) == none:
        raise Stop(Exit.USAGE, "name one account, or say --none", hint="as in acct_1Nv0F")
    seller = named(run, user)
    change = PayoutAccount(account=account or None)
    after = run.api.call(SET_PAYOUT_ACCOUNT, change, user_id=seller.id)
    where = f"go to {after.account}" if after.account else "go by bank"
    sentence = f"payouts of {seller.email} {where} ({seller.id})"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing admin payouts")


def _released(run: Run) -> list[Payout]:
    """Release until nothing is left; a run takes only so many at once."""
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
    run.out.say(f"paid out {_sums(made)}")


def _write(run: Run, name: str, payouts: Iterable[Payout], *, force: bool) -> None:
    """Write those to be paid by bank; one that could not be sent is no debt any more."""
    paid = [
        each
        for each in payouts
        if each.method is PayoutMethod.FILE and each.status is not PayoutStatus.FAILED
    ]
    files.write(run, name, spreadsheet.written(paid, BANK), force=force)
    where = "stdout" if name == files.STDOUT else name
    run.out.say(f"wrote {_counted(len(paid))} by bank to {where}: {_sums(paid)}")


def _counted(count: int) -> str:
    return f"{count} payout" if count == 1 else f"{count} payouts"


def _sums(payouts: Iterable[Payout]) -> str:
    """Sum amounts by currency: `EUR 120.00 TEST, USD 8.00 TEST`."""
    sums: defaultdict[tuple[str, bool], int] = defaultdict(int)
    for each in payouts:
        sums[each.amount.currency, each.live] += each.amount.amount
    return ", ".join(str(Marked(sums[key], *key)) for key in sorted(sums)) or "nothing"
