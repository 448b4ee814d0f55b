"""Events: the calls of `/v1/events`, for whoever cannot be reached by a webhook."""

from __future__ import annotations

import json

from server.sandbox.lists import page
from server.sandbox.params import Params
from server.sandbox.shapes import Data, Event
from server.sandbox.store import Value
from server.sandbox.turn import Turn

#: Stripe forgets events after 30 days; a shop that was away for longer must look at the objects.
KEPT = 30 * 24 * 60 * 60


def list_all(turn: Turn, params: Params) -> Data:
    """Return events, newest first, of the wanted `type` or `types`, delivered or not."""
    wanted = params.texts("types")
    one = params.text("type")
    kinds = wanted or ((one,) if one else ())
    where: dict[str, Value] = {"created >= ?": turn.now - KEPT}
    if kinds:
        among = "json_extract(body, '$.type') IN (SELECT value FROM json_each(?))"
        where[among] = json.dumps(kinds)
    return page(turn, Event, params, url="/v1/events", where=where)


def retrieve(turn: Turn, _: Params, event_id: str) -> Event:
    """Return an event, with the object as it was then."""
    return turn.store.find(Event, event_id)
