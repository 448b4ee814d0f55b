"""Admin: operate the marketplace: people, orders, facts and what became of them."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.auth import (
    BAN_USER,
    LIST_USERS,
    Account,
    AccountStatus,
    Ban,
    Role,
    UsersQuery,
)
from contract.feed import ADMIN_EVENTS, TRACE_ORDER, EventsQuery, FeedEntry, JobStatus, Trace
from contract.orders import (
    ADMIN_CANCEL_ORDER,
    ADMIN_ORDERS,
    STATS,
    AdminOrdersQuery,
    Order,
    OrderStatus,
    Stats,
)
from ticketing_cli import facts, options, outcome
from ticketing_cli.context import Run
from ticketing_cli.exits import Exit, Stop
from ticketing_cli.formats import As, Column
from ticketing_cli.orders import COLUMNS as ORDER_COLUMNS

USER_COLUMNS = (
    Column[Account](title="ID", of=lambda a: a.id, keep=True),
    Column[Account](title="EMAIL", of=lambda a: a.email),
    Column[Account](title="ROLE", of=lambda a: a.role),
    Column[Account](title="STATUS", of=lambda a: a.status),
    Column[Account](title="SINCE", of=lambda a: a.created_at),
)
ALL_ORDER_COLUMNS = (*ORDER_COLUMNS, Column[Order](title="BUYER", of=lambda o: o.buyer_id))
EVENT_COLUMNS = (
    Column[FeedEntry](title="AT", of=lambda e: e.at, keep=True),
    *facts.COLUMNS[1:],
)
JOB_COLUMNS = (
    Column[JobStatus](title="JOB", of=lambda j: j.kind, keep=True),
    Column[JobStatus](title="ABOUT", of=lambda j: j.subject, keep=True),
    Column[JobStatus](title="STATE", of=lambda j: j.state, keep=True),
    Column[JobStatus](title="TRIES", of=lambda j: j.attempts),
    Column[JobStatus](title="RUN AT", of=lambda j: j.run_at, how=As.TIME, keep=True),
    Column[JobStatus](title="LAST ERROR", of=lambda j: j.last_error),
)
STATS_COLUMNS = (
    Column[Stats](title="Accounts", of=lambda s: counts(s.accounts)),
    Column[Stats](title="Tickets", of=lambda s: counts(s.tickets)),
    Column[Stats](title="Orders", of=lambda s: counts(s.orders)),
    Column[Stats](title="Jobs", of=lambda s: counts(s.jobs)),
    Column[Stats](title="Facts", of=lambda s: s.events),
)
Confirm = Annotated[
    str | None,
    typer.Option("--confirm", metavar="NAME", help="The name itself, instead of being asked."),
]


def users(
    ctx: typer.Context,
    query: options.Query = "",
    role: Annotated[Role | None, typer.Option(help="Only those with this role.")] = None,
    status: Annotated[AccountStatus | None, typer.Option(help="Only those in this state.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List accounts, newest first; QUERY is a part of the address.

    Examples:
      ticketing admin users
      ticketing admin users example.org --status banned --json id,email
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    found = run.api.pages(LIST_USERS, UsersQuery(q=query, role=role, status=status), limit=limit)
    run.out.records(found, USER_COLUMNS, fields, noun="accounts")


def orders(
    ctx: typer.Context,
    status: Annotated[OrderStatus | None, typer.Option(help="Only those in this state.")] = None,
    buyer: Annotated[str | None, typer.Option(metavar="USER", help="Of this buyer.")] = None,
    ticket: Annotated[str | None, typer.Option(metavar="TICKET", help="Of this ticket.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List orders of anybody, newest first.

    Examples:
      ticketing admin orders --status awaiting_payment
      ticketing admin orders --ticket tkt_9f --json id,buyer_id,status
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    wanted = AdminOrdersQuery(status=status, buyer_id=buyer, ticket_id=ticket)
    found = run.api.pages(ADMIN_ORDERS, wanted, limit=limit)
    run.out.records(found, ALL_ORDER_COLUMNS, fields, noun="orders")


def trace(ctx: typer.Context, order: options.OrderId, json: options.Json = None) -> None:
    """Tell one order's whole story: who did what when, what changed, and the work it led to.

    Examples:
      ticketing admin trace ord_7k
      ticketing admin trace ord_7k --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Trace)
    story = run.api.call(TRACE_ORDER, order_id=order)
    if fields is not None:
        run.out.record(story, (), fields)
        return
    if run.out.human:
        for entry in story.facts:
            run.out.line(facts.story(entry))
        run.out.line()
    else:
        run.out.records(story.facts, facts.COLUMNS, noun="facts")
    run.out.records(story.jobs, JOB_COLUMNS, noun="jobs")


def events(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option("--type", help="As order.created.")] = None,
    about: Annotated[str | None, typer.Option(metavar="ID", help="About this entity.")] = None,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List facts from the log, oldest first.

    Examples:
      ticketing admin events --type order.completed
      ticketing admin events --about tkt_9f --limit 0 --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, FeedEntry)
    found = run.api.pages(ADMIN_EVENTS, EventsQuery(type=kind, entity_id=about), limit=limit)
    run.out.records(found, EVENT_COLUMNS, fields, noun="facts")


def cancel_order(
    ctx: typer.Context,
    order: options.OrderId,
    confirm: Confirm = None,
    json: options.Json = None,
) -> None:
    """Cancel an order that awaits payment; its buyer loses the lock. This cannot be undone.

    Examples:
      ticketing admin cancel-order ord_7k
      ticketing admin cancel-order ord_7k --confirm ord_7k
    """
    run = Run.of(ctx)
    fields = run.fields(json, Order)
    run.confirm_name(f"Cancel order {order}?", order, confirm, flag="--confirm")
    after = run.api.call(ADMIN_CANCEL_ORDER, order_id=order)
    sentence = f"cancelled {after.id}; {after.ticket_id} is on sale again"
    then = f"ticketing admin trace {after.id}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=then)


def ban(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(metavar="EMAIL", help="The account's address.")],
    lift: Annotated[bool, typer.Option("--lift", help="Let the account act again.")] = False,
    confirm: Confirm = None,
    json: options.Json = None,
) -> None:
    """Ban an account and end its sessions, or lift the ban.

    Examples:
      ticketing admin ban mallory@example.org
      ticketing admin ban mallory@example.org --lift
    """
    run = Run.of(ctx)
    fields = run.fields(json, Account)
    account = named(run, user)
    if not lift:
        run.confirm_name(f"Ban {account.email}?", account.email, confirm, flag="--confirm")
    after = run.api.call(BAN_USER, Ban(banned=not lift), user_id=account.id)
    sentence = f"{after.email} is {after.status.value} ({after.id})"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing admin users")


def stats(ctx: typer.Context, json: options.Json = None) -> None:
    """Count what is in the house.

    Examples:
      ticketing admin stats
      ticketing admin stats --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, Stats)
    run.out.record(run.api.call(STATS), STATS_COLUMNS, fields)


def named(run: Run, email: str) -> Account:
    """Return the account with this address; raise Stop with exit code 5 when there is none."""
    wanted = email.strip().lower()
    for account in run.api.pages(LIST_USERS, UsersQuery(q=wanted), limit=0):
        if account.email.lower() == wanted:
            return account
    hint = "`ticketing admin users` lists the accounts"
    raise Stop(Exit.NOT_FOUND, f"there is no account {email!a}", hint=hint, code="not_found")


def counts(by_status: dict[str, int]) -> str:
    """Write counts on one line: `available 12, sold 3`."""
    return ", ".join(f"{status} {count}" for status, count in by_status.items()) or "none"
