"""Payouts of all sellers: list and release them, write the file for the bank, and settle them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated

import typer

from client.formatting import Marked, marked, mode
from contract.ledger import (
    ADMIN_PAYOUTS,
    CONFIRM_PAYOUT,
    FAIL_PAYOUT,
    RELEASE_PAYOUTS,
    SET_PAYOUT_ACCOUNT,
    VIEW_PAYOUT,
    FailPayout,
    Payout,
    PayoutAccount,
    PayoutNotPrepared,
    PayoutRun,
    PayoutsQuery,
    PayoutStatement,
    PayoutStatus,
    ReleasePayouts,
)
from contract.money import decimal
from ticketing_cli.admin.accounts import Email, named
from ticketing_cli.payouts import COLUMNS as OWN_COLUMNS
from ticketing_cli.payouts import print_statement
from ticketing_cli.runtime import files, options, spreadsheet
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import Fields, as_json

COLUMNS = (
    *OWN_COLUMNS,
    OutputColumn[Payout](title="SELLER", of=lambda p: p.seller_email, keep=True, optional=True),
    OutputColumn[Payout](title="BATCH", of=lambda p: p.batch_id, optional=True),
    OutputColumn[Payout](
        title="FROZEN", of=lambda p: "frozen" if p.frozen else None, optional=True
    ),
)
#: A planned payout has no id and no date yet.
PLANNED = (COLUMNS[6], *OWN_COLUMNS[1:4])
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
    OutputColumn[Payout](title="batch", of=lambda p: p.batch_id),
)
BATCH_PREFIX = "bat_"
File = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="Write the prepared payouts as CSV, to pay them by bank; - is stdout.",
        show_default=False,
    ),
]  # fmt: skip
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be paid out; change nothing.")
]
Batch = Annotated[
    str,
    typer.Option(metavar="BATCH", help="Only the payouts of this batch.", show_default=False),
]


def payouts(
    ctx: typer.Context,
    batch: Batch = "",
    status: Annotated[
        PayoutStatus | None, typer.Option(help="Only payouts in this status.", show_default=False)
    ] = None,
    file: File = "",
    force: files.Force = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List the payouts of all sellers, newest first; --file writes those that the bank is to pay.

    The file has every prepared payout, or those of one batch, and leaves out those of banned
    sellers. Writing it changes nothing, so it can be written again.

    Examples:
      ticketing admin payouts --status prepared
      ticketing admin payouts --batch bat_5d --file payouts.csv
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    if file:
        files.refuse(file, force=force, as_json=fields is not None)
        if status not in {None, PayoutStatus.PREPARED}:
            raise CommandError(
                ExitCode.USAGE, f"--file has only prepared payouts, not {status}",
                hint="leave --status out",
            )  # fmt: skip
        _write(run, file, _prepared(run, batch or None), force=force)
        return
    query = PayoutsQuery(batch_id=batch or None, status=status)
    found = run.api.pages(ADMIN_PAYOUTS, query, limit=limit)
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

    Sellers with an account at the payment provider receive a transfer. For the others, payouts are
    prepared: pay them by bank from the file, then say what the bank did with `payouts confirm` and
    `payouts fail`. Running this again does not pay anything twice.

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
        _write(run, file, made.payouts, force=force)
    _report(run, made, fields, file)


def confirm(
    ctx: typer.Context,
    payout: Annotated[
        list[str],
        typer.Argument(metavar="BATCH|PAYOUT...", help="Ids of batches or of single payouts."),
    ],
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Record that the bank has paid prepared payouts; their money has then left the marketplace.

    Of a batch, those that failed stay failed, and frozen ones stay prepared: confirm these by their
    own ids if the bank has paid them. Confirming again changes nothing.

    Examples:
      ticketing admin payouts confirm bat_5d
      ticketing admin payouts confirm out_3c out_7f --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    if not yes:
        run.require_input("--yes")
    found = _found(run, payout)
    prepared = [each for each in found if each.status is PayoutStatus.PREPARED]
    todo = [each for each in prepared if not each.frozen or each.id in payout]
    _report_others(run, found, todo)
    if todo and not yes:
        question = f"Has the bank paid {_sums(todo)}, {_counted(len(todo))}?"
        run.confirm(question, declined="Nothing was confirmed")
    made = []
    with run.out.progress("confirming", len(todo)) as bar:
        for each in todo:
            made.append(run.api.call(CONFIRM_PAYOUT, payout_id=each.id))
            bar.advance()
    run.out.records(made, COLUMNS, fields, noun="prepared payouts")
    if made and fields is None:
        run.out.message(f"confirmed {_counted(len(made))}: {_sums(made)}")


def view(
    ctx: typer.Context,
    payout: Annotated[
        str,
        typer.Argument(
            metavar="PAYOUT", help="A payout's id, as `ticketing admin payouts` shows it."
        ),
    ],
    json: options.Json = None,
) -> None:
    """Show a payout of any seller, order by order; a negative amount is a refund.

    In a pipe, only the lines of the orders are printed.

    Examples:
      ticketing admin payouts view out_3c
      ticketing admin payouts view out_3c --json all
    """
    run = Run.of(ctx)
    print_statement(run, payout, run.fields(json, PayoutStatement))


def fail(
    ctx: typer.Context,
    payout: Annotated[str, typer.Argument(metavar="PAYOUT", help="A prepared payout's id.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; its seller reads it.", show_default=False)
    ] = "",
    yes: options.Yes = False,
    json: options.Json = None,
) -> None:
    """Record that the bank did not pay a prepared payout; its sales go into the next one.

    Examples:
      ticketing admin payouts fail out_3c --reason "The bank does not know the account."
      ticketing admin payouts fail out_3c --reason "Your account is closed." --yes
    """
    run = Run.of(ctx)
    fields = run.fields(json, Payout)
    text = reason or run.ask("Why did the bank not pay it", flag="--reason")
    if not yes:
        asked = run.api.call(VIEW_PAYOUT, payout_id=payout).payout
        money = marked(asked.amount, live=asked.live)
        run.confirm(f"Has the bank not paid {money} to {asked.seller_email}?")
    made = run.api.call(FAIL_PAYOUT, FailPayout(reason=text), payout_id=payout)
    money = marked(made.amount, live=made.live)
    message = f"{made.id} failed; {money} is owed to {made.seller_email} again"
    next_command = "ticketing admin payouts release"
    run.out.result(made, fields=fields, message=message, next_command=next_command)


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


def _released(run: Run) -> PayoutRun:
    """Release until nothing is left, in one batch; one call releases a limited number."""
    made: list[Payout] = []
    batch: str | None = None
    while True:
        done = run.api.call(RELEASE_PAYOUTS, ReleasePayouts(batch_id=batch))
        made += done.payouts
        batch = done.batch_id
        if not (done.more and done.payouts):
            return PayoutRun(payouts=tuple(made), more=False, dry_run=False, batch_id=batch)


def _report(run: Run, done: PayoutRun, fields: Fields | None, file: str) -> None:
    """Print what was paid out and prepared, and the steps that remain."""
    if fields is not None:
        run.out.line(as_json(done, fields))
        return
    if file != files.STDOUT:
        run.out.records(done.payouts, COLUMNS, noun="payouts")
    prepared = [each for each in done.payouts if each.status is PayoutStatus.PREPARED]
    others = [each for each in done.payouts if each.status is not PayoutStatus.PREPARED]
    if others:
        run.out.message(f"paid out by transfer: {_sums(others)}")
    if prepared:
        run.out.message(f"prepared to be paid by bank: {_sums(prepared)}")
        batch = done.batch_id
        if not file:
            run.out.message(f"next: ticketing admin payouts --batch {batch} --file payouts.csv")
        run.out.message(f"when the bank has paid: ticketing admin payouts confirm {batch}")


def _prepared(run: Run, batch: str | None) -> Iterable[Payout]:
    """Return every prepared payout, or those of a batch."""
    query = PayoutsQuery(batch_id=batch, status=PayoutStatus.PREPARED)
    return run.api.pages(ADMIN_PAYOUTS, query, limit=0)


def _found(run: Run, named: list[str]) -> list[Payout]:
    """Return the payouts of batches, and single ones; a single one must be prepared or paid."""
    found: dict[str, Payout] = {}
    for name in named:
        if name.startswith(BATCH_PREFIX):
            query = PayoutsQuery(batch_id=name)
            found |= {each.id: each for each in run.api.pages(ADMIN_PAYOUTS, query, limit=0)}
            continue
        payout = run.api.call(VIEW_PAYOUT, payout_id=name).payout
        if payout.status not in {PayoutStatus.PREPARED, PayoutStatus.PAID}:
            message = f"{payout.id} is {payout.status}, not prepared; nothing was confirmed"
            raise CommandError(ExitCode.CONFLICT, message, code=PayoutNotPrepared.code)
        found[payout.id] = payout
    return list(found.values())


def _report_others(run: Run, found: Iterable[Payout], todo: list[Payout]) -> None:
    """Say of which payouts nothing changes, and why."""
    others = [each for each in found if each not in todo]
    for status, what in ((PayoutStatus.PAID, "paid before"), (PayoutStatus.FAILED, "failed")):
        if some := [each for each in others if each.status is status]:
            run.out.message(f"{what}: {_counted(len(some))}, {_sums(some)}")
    for each in others:
        if each.status is PayoutStatus.PREPARED:
            run.out.warn(f"{each.id} stays prepared: its seller, {each.seller_email}, is banned")


def _write(run: Run, name: str, payouts: Iterable[Payout], *, force: bool) -> None:
    """Write the payouts that are to be paid by bank, without those of banned sellers."""
    prepared = [each for each in payouts if each.status is PayoutStatus.PREPARED]
    to_pay = [each for each in prepared if not each.frozen]
    files.write(run, name, spreadsheet.to_csv(to_pay, BANK), force=force)
    where = "stdout" if name == files.STDOUT else name
    run.out.message(f"wrote {_counted(len(to_pay))} by bank transfer to {where}: {_sums(to_pay)}")
    if frozen := len(prepared) - len(to_pay):
        run.out.warn(f"left out {_counted(frozen)} of banned sellers")


def _counted(count: int) -> str:
    return f"{count} payout" if count == 1 else f"{count} payouts"


def _sums(payouts: Iterable[Payout]) -> str:
    """Return the total by currency: `EUR 120.00 TEST, USD 8.00 TEST`."""
    sums: defaultdict[tuple[str, bool], int] = defaultdict(int)
    for each in payouts:
        sums[each.amount.currency, each.live] += each.amount.amount
    return ", ".join(str(Marked(sums[key], *key)) for key in sorted(sums)) or "nothing"
