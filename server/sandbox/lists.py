"""Lists: Stripe's paging, newest first, by the id the last page ended with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from server.sandbox.params import Params
from server.sandbox.shapes import Data, Thing
from server.sandbox.store import Value
from server.sandbox.turn import Turn

T = TypeVar("T", bound=Thing)

_COMPARED = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


def page(
    turn: Turn, shape: type[T], params: Params, *, url: str, where: Mapping[str, Value]
) -> Data:
    """Return one page of things that pass `where` and the form's `created` or `created[…]`.

    The form says `limit` (1 to 100, 10 unless given) and `starting_after` or `ending_before`.
    """
    limit = params.integer("limit", low=1, high=100) or 10
    after, before = params.text("starting_after"), params.text("ending_before")
    conditions = {**where, **_moments(params)}
    if after is not None:
        conditions["seq < ?"] = turn.store.seq(shape, after)
    if before is not None:
        conditions["seq > ?"] = turn.store.seq(shape, before)
    # One more than asked for tells whether there are more.
    backwards = before is not None
    found = turn.store.select(shape, conditions, oldest_first=backwards, limit=limit + 1)
    shown = found[:limit]
    if backwards:
        shown.reverse()
    return {
        "object": "list",
        "data": [msgspec.to_builtins(thing) for thing in shown],
        "has_more": len(found) > limit,
        "url": url,
    }


def same(params: Params, *names: str) -> dict[str, Value]:
    """Return conditions for `page`: a field is what the form says, where it says something."""
    said = {name: params.text(name) for name in names}
    return {f"json_extract(body, '$.{name}') = ?": said[name] for name in names if said[name]}


def _moments(params: Params) -> dict[str, Value]:
    if not params.nested("created"):
        exact = params.integer("created")
        return {} if exact is None else {"created = ?": exact}
    created = params.group("created")
    said = {sign: created.integer(name) for name, sign in _COMPARED.items()}
    return {f"created {sign} ?": moment for sign, moment in said.items() if moment is not None}
