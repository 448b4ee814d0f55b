"""Sandbox: executes API requests, lets time pass, and delivers events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import stripe

from server.clock import Rng
from server.sandbox import api, checkout_sessions, confirmation, disputes, events, refunds
from server.sandbox.api import SandboxRequest
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_api_key
from server.sandbox.events import Deliver, WebhookDelivery
from server.sandbox.faults import Fault
from server.sandbox.store import ObjectStore
from server.thread_pool import ThreadPool

SECOND = 1_000_000
#: What happens only because time has passed. Each function checks whether it still applies.
TIMERS: Mapping[str, Callable[[Context, str], None]] = {
    checkout_sessions.EXPIRE: checkout_sessions.expire_due,
    confirmation.EXPIRE: confirmation.expire,
    refunds.FINISH: refunds.finish,
    disputes.OPEN: disputes.open_dispute,
    disputes.DECIDE: disputes.decide,
    disputes.EXPIRE: disputes.expire,
}
NEXT_TIMER = "SELECT due, act, id FROM timers WHERE due <= ? ORDER BY due, act, id LIMIT 1"
DELETE_TIMER = "DELETE FROM timers WHERE due = ? AND act = ? AND id = ?"


@dataclass(frozen=True, kw_only=True)
class SandboxReply:
    """A response of the API. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sandbox:
    """A Stripe-shaped gateway in this process, where no money moves.

    One lock makes every request, page view and timer atomic; webhooks are sent outside it. All
    methods block: on an event loop, call them through `threads`.
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
        """Open the sandbox in the file `path`, or in memory with `:memory:`.

        `now` returns microseconds since the epoch. `base_url` is where the hosted page is served;
        it may be set later, once the port is known. `deliver` takes a webhook's raw body and
        signature and returns whether it was accepted; without it, events can only be listed.
        """
        self.base_url = base_url
        self.deliver = deliver
        self.threads = ThreadPool("the payment sandbox", threads=4, queue=32)
        self._now = now
        self._rng = rng
        self._store = ObjectStore(path)
        with self._store.transaction():
            secret = f"whsec_{rng.getrandbits(192):048x}"
            self.webhook_secret = self._store.setting("webhook_secret", secret)

    def handle(
        self,
        method: str,
        path: str,
        form: str,
        headers: Mapping[str, str],
        fault: Fault = Fault.NONE,
    ) -> SandboxReply:
        """Answer one API request; `form` is its urlencoded body, or its query for a GET.

        Header names may be in any case. Of the faults, only those named `BREAK_` apply here.
        """
        sent = {name.lower(): value for name, value in headers.items()}
        key = sent.get("idempotency-key") if method.upper() == "POST" else None
        request = SandboxRequest(method=method.upper(), path=path, form=form)
        request_id, reply_headers = "", {"content-type": "application/json"}
        try:
            with self.context(key=key, request=True) as ctx:
                request_id = str(ctx.request_id)
                _require_test_key(sent)
                reply = api.execute_once(ctx, request, fault)
            status, body = reply.status, reply.body
            if reply.request_id != request_id:
                reply_headers["idempotent-replayed"] = "true"
                reply_headers["original-request"] = reply.request_id
        except ApiError as error:
            status, body = error.status, msgspec.json.encode(error.body)
        reply_headers["request-id"] = request_id
        if key is not None:
            reply_headers["idempotency-key"] = key
        return SandboxReply(status=status, headers=reply_headers, body=body)

    @contextmanager
    def context(self, *, key: str | None = None, request: bool = False) -> Iterator[Context]:
        """Run the timers that are due, then open a transaction at the present time."""
        now = self._now() // SECOND
        with self._store.transaction():
            self._run_timers(now)
        with self._store.transaction():
            request_id = f"req_{self._rng.getrandbits(80):020x}" if request else None
            yield self._context(now, request_id=request_id, key=key)

    def pump(self) -> int:
        """Run timers and deliver every webhook that is due; return how many were accepted.

        Call it after a page or an API call, and regularly. It holds no lock while the shop
        handles a webhook.
        """
        accepted = 0
        while delivery := self._next_delivery():
            if self.deliver is not None and self.deliver(delivery.raw, delivery.signature):
                with self.context() as ctx:
                    events.confirm_delivery(ctx, delivery.event_id)
                accepted += 1
        return accepted

    def close(self) -> None:
        """Wait for calls that have begun, and close the file, which keeps everything."""
        self.threads.close()
        self._store.close()

    def _next_delivery(self) -> WebhookDelivery | None:
        with self.context() as ctx:
            return events.next_delivery(ctx, self.webhook_secret) if ctx.webhooks else None

    def _run_timers(self, now: int) -> None:
        """Run the timers that are due, each at its own time."""
        while rows := self._store.execute(NEXT_TIMER, now):
            ((due, timer, resource_id),) = rows
            self._store.execute(DELETE_TIMER, due, timer, resource_id)
            TIMERS[timer](self._context(due), resource_id)

    def _context(
        self, now: int, *, request_id: str | None = None, key: str | None = None
    ) -> Context:
        return Context(
            store=self._store,
            rng=self._rng,
            now=now,
            base_url=self.base_url,
            api_version=stripe.api_version,
            webhooks=0 if self.deliver is None else 1,
            request_id=request_id,
            key=key,
        )


def _require_test_key(headers: Mapping[str, str]) -> None:
    """Refuse anything but a test key: with a live key, the shop would soon lose real sales."""
    key = headers.get("authorization", "").removeprefix("Bearer ")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise invalid_api_key(key)
