"""Sandbox: the door. Requests come in, time passes, events go out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import stripe

from server.clock import Rng
from server.sandbox import (
    api,
    attempts,
    disputes,
    idempotency,
    refunds,
    sessions,
    webhooks,
)
from server.sandbox.api import Ask
from server.sandbox.faults import Fault
from server.sandbox.refusals import Refused, bad_key, broken
from server.sandbox.store import Store
from server.sandbox.turn import Turn
from server.sandbox.webhooks import Deliver

SECOND = 1_000_000
#: What the clock alone brings about. Each act looks first whether it is still called for.
ACTS: Mapping[str, Callable[[Turn, str], None]] = {
    sessions.EXPIRE: sessions.lapse,
    attempts.LAPSE: attempts.lapse,
    refunds.SETTLE: refunds.settle,
    disputes.OPEN: disputes.begin,
    disputes.DECIDE: disputes.decide,
    disputes.LAPSE: disputes.lapse,
}
NEXT_TIMER = "SELECT due, act, id FROM timers WHERE due <= ? ORDER BY due, act, id LIMIT 1"
RUNG = "DELETE FROM timers WHERE due = ? AND act = ? AND id = ?"
DUE = "SELECT min(due) FROM (SELECT due FROM timers UNION ALL SELECT due FROM deliveries)"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer of the API. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sandbox:
    """A Stripe-shaped gateway in this process, where no money moves.

    One lock makes every request, page view and timer whole; webhooks are handed over outside it.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        now: Callable[[], int],
        rng: Rng,
        base_url: str,
        deliver: Deliver | None = None,
    ) -> None:
        """Open the sandbox kept in the file `path`, or a passing one with `:memory:`.

        `now` gives microseconds since the epoch. `base_url` is where the hosted page is mounted;
        it may be set later, once the port is known. `deliver` takes a webhook's raw body and
        signature and says whether it was accepted; without it, events can only be listed.
        """
        self.base_url = base_url
        self.deliver = deliver
        self._now = now
        self._rng = rng
        self._store = Store(path)
        with self._store.transaction():
            made = f"whsec_{rng.getrandbits(192):048x}"
            self.webhook_secret = self._store.setting("webhook_secret", made)

    def handle(
        self,
        method: str,
        path: str,
        form: str,
        headers: Mapping[str, str],
        fault: Fault = Fault.NONE,
    ) -> Reply:
        """Answer one API request; `form` is its urlencoded body, or its query for a GET.

        Header names may be in any case. Only the `BREAK_` faults concern the sandbox itself.
        """
        said = {name.lower(): value for name, value in headers.items()}
        key = said.get("idempotency-key") if method.upper() == "POST" else None
        ask = Ask(method=method.upper(), path=path, form=form)
        request_id, answered = "", {"content-type": "application/json"}
        try:
            with self.turn(key=key, api=True) as turn:
                request_id = str(turn.request_id)
                _refuse_strangers(said)
                answer = idempotency.once(turn, str(ask), lambda: _answer(turn, ask, fault))
            status, body = answer.status, answer.body
            if answer.request_id != request_id:
                answered["idempotent-replayed"] = "true"
                answered["original-request"] = answer.request_id
        except Refused as refused:
            status, body = refused.status, msgspec.json.encode(refused.body)
        answered["request-id"] = request_id
        if key is not None:
            answered["idempotency-key"] = key
        return Reply(status=status, headers=answered, body=body)

    @contextmanager
    def turn(self, *, key: str | None = None, api: bool = False) -> Iterator[Turn]:
        """Let everything due happen first, then open a transaction at the present moment."""
        now = self._now() // SECOND
        with self._store.transaction():
            self._ring(now)
        with self._store.transaction():
            request_id = f"req_{self._rng.getrandbits(80):020x}" if api else None
            yield self._turn(now, request_id=request_id, key=key)

    def pump(self) -> int:
        """Let time pass and hand every due webhook over; return how many were accepted.

        Call it after a page or an API call, and now and then. It never holds the lock while the
        shop listens.
        """
        accepted = 0
        while letter := self._next_letter():
            if self.deliver is not None and self.deliver(letter.raw, letter.signature):
                with self.turn() as turn:
                    webhooks.arrived(turn, letter.event_id)
                accepted += 1
        return accepted

    def due_at(self) -> int | None:
        """Return when `pump` has something to do next, in microseconds; None when never."""
        with self._store.transaction():
            ((due,),) = self._store.run(DUE)
        return None if due is None else due * SECOND

    def close(self) -> None:
        """Close the file. Everything answered before is kept."""
        self._store.close()

    def _next_letter(self) -> webhooks.Letter | None:
        with self.turn() as turn:
            return webhooks.next_letter(turn, self.webhook_secret) if turn.webhooks else None

    def _ring(self, now: int) -> None:
        """Run the timers that are due, each at its own moment."""
        while rows := self._store.run(NEXT_TIMER, now):
            ((due, act, thing_id),) = rows
            self._store.run(RUNG, due, act, thing_id)
            ACTS[act](self._turn(due), thing_id)

    def _turn(self, now: int, *, request_id: str | None = None, key: str | None = None) -> Turn:
        return Turn(
            store=self._store,
            rng=self._rng,
            now=now,
            base_url=self.base_url,
            api_version=stripe.api_version,
            webhooks=0 if self.deliver is None else 1,
            request_id=request_id,
            key=key,
        )


def _answer(turn: Turn, ask: Ask, fault: Fault) -> tuple[int, bytes]:
    """Carry a request out. A refusal that is not final leaves, and takes every change with it."""
    try:
        if fault is Fault.BREAK_BEFORE:
            raise broken()
        body = api.run(turn, ask)
        if fault is Fault.BREAK_AFTER:
            raise broken()
    except Refused as refused:
        if not refused.final:
            raise
        return refused.status, msgspec.json.encode(refused.body)
    return 200, msgspec.json.encode(body)


def _refuse_strangers(headers: Mapping[str, str]) -> None:
    """Refuse keys that are not test keys: a live key here is a shop about to lose real sales."""
    key = headers.get("authorization", "").removeprefix("Bearer ")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise bad_key(key)
