"""Attention's answers."""

from __future__ import annotations

from contract.attention import Attention, AttentionQuery, Settle
from contract.wire import Page
from server.attention import service
from server.caller import Caller
from server.tx import Tx

LAST = "att_~"


def find(tx: Tx, caller: Caller, query: AttentionQuery) -> Page[Attention]:
    """List what needs an operator, newest first."""
    found = service.find(
        tx, kind=query.kind, also_closed=query.all, before=query.cursor or LAST,
        most=query.limit + 1,
    )  # fmt: skip
    shown = found[: query.limit]
    return Page(items=shown, next=shown[-1].id if len(found) > query.limit else None)


def settle(tx: Tx, caller: Caller, body: Settle, *, attention_id: str) -> Attention:
    """Close a matter, with the operator's name and note."""
    return service.settle(tx, attention_id=attention_id, by=caller.user_id, note=body.note)
