"""Idempotency: the same key with the same request gets the same answer, even a stored 500."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.sandbox.refusals import Refused, invalid
from server.sandbox.turn import Turn

#: How long a key is remembered. Stripe: "at least 24 hours"; a shop may rely on no more.
KEPT = 24 * 60 * 60
LONGEST = 255

FORGET = "DELETE FROM replies WHERE created < ?"
RECALL = "SELECT request, status, body, request_id FROM replies WHERE key = ?"
KEEP = "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to a request, and the id of the request that got it first."""

    status: int
    body: bytes
    request_id: str


def once(turn: Turn, request: str, answer: Callable[[], tuple[int, bytes]]) -> Answer:
    """Return the answer stored under the turn's key, or the one that `answer` gives now.

    `request` is the whole of it: method, path and parameters; the key is refused for any other.
    A refusal that leaves `answer` is not stored. Keys older than a day are forgotten.
    """
    known = _recall(turn, request)
    if known is not None:
        return known
    status, body = answer()
    if turn.key is not None:
        turn.store.run(KEEP, turn.key, request, turn.request_id, status, body, turn.now)
    return Answer(status=status, body=body, request_id=str(turn.request_id))


def _recall(turn: Turn, request: str) -> Answer | None:
    if turn.key is None:
        return None
    if len(turn.key) > LONGEST:
        raise invalid(f"Idempotency keys have at most {LONGEST} characters.")
    turn.store.run(FORGET, turn.now - KEPT)
    for asked, status, body, request_id in turn.store.run(RECALL, turn.key):
        if asked != request:
            raise _reused(turn.key)
        return Answer(status=status, body=body, request_id=request_id)
    return None


def _reused(key: str) -> Refused:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request."
    )
    return Refused(message, kind="idempotency_error")
