"""Attention: what the house cannot settle by itself, and what was done about it."""

from __future__ import annotations

from typing import Annotated

import typer

from contract.attention import (
    LIST_ATTENTION,
    SETTLE_ATTENTION,
    Attention,
    AttentionKind,
    AttentionQuery,
    Settle,
)
from ticketing_cli.shell import options, outcome
from ticketing_cli.shell.context import Run
from ticketing_cli.shell.formats import As, Column

COLUMNS = (
    Column[Attention](title="Matter", of=lambda a: a.id),
    Column[Attention](title="What", of=lambda a: a.kind),
    Column[Attention](title="Since", of=lambda a: a.opened_at, how=As.LEFT),
    Column[Attention](title="About", of=lambda a: a.subject),
    Column[Attention](title="Order", of=lambda a: a.order_id),
    Column[Attention](title="Detail", of=lambda a: a.detail),
    Column[Attention](title="Settled", of=lambda a: a.closed_at, how=As.LEFT),
    Column[Attention](title="By", of=lambda a: a.closed_by),
    Column[Attention](title="Note", of=lambda a: a.note),
)
Note = Annotated[
    str, typer.Option(metavar="TEXT", help="What was done about it.", show_default=False)
]


def attention(
    ctx: typer.Context,
    kind: Annotated[AttentionKind | None, typer.Option(help="Only matters of this kind.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those settled too.")] = False,
    limit: options.Limit = 50,
    json: options.Json = None,
) -> None:
    """List what needs an operator, newest first.

    Examples:
      ticketing admin attention
      ticketing admin attention --kind refund_failed --json id,subject,detail
    """
    run = Run.of(ctx)
    fields = run.fields(json, Attention)
    found = run.api.pages(LIST_ATTENTION, AttentionQuery(kind=kind, all=every), limit=limit)
    run.out.blocks(found, COLUMNS, fields, noun="matters that need you")


def settle(
    ctx: typer.Context,
    matter: Annotated[str, typer.Argument(metavar="MATTER", help="A matter's id.")],
    note: Note = "",
    json: options.Json = None,
) -> None:
    """Close a matter, saying what was done. Of a failed refund it says: paid in another way.

    Examples:
      ticketing admin attention settle att_6m
      ticketing admin attention settle att_6m --note "paid by bank on 3 June"
    """
    run = Run.of(ctx)
    fields = run.fields(json, Attention)
    said = note or run.ask("What was done about it", flag="--note")
    after = run.api.call(SETTLE_ATTENTION, Settle(note=said), attention_id=matter)
    sentence = f"settled {after.id}: {after.kind.value} {after.subject}"
    outcome.tell(run, after, fields=fields, sentence=sentence, then="ticketing admin attention")
