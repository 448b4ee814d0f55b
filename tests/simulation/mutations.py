"""Mutations: deliberate breaks of the protocol, to test that the histories notice them.

Each is a context that replaces a function or a statement of the server. `test_mutations.py` lists
those that are caught, and those that are not because something else does the same work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from unittest.mock import patch

from sqlalchemy import and_, bindparam, select, text, update

from contract.orders import OrderStatus
from db.schema.orders import orders as table
from db.statement import Statement
from server import jobs, stripe
from server.bus import Bus
from server.jobs import FINISH, Claimed, Runner, Snooze
from server.orders import service as orders
from server.orders import statements as orders_sql
from server.payments import repository, service
from server.payments.capture import CaptureJobs
from server.payments.jobs import PaymentJobs
from server.payments.repository import PaymentRecord
from server.sandbox import SandboxTransport
from server.stripe import Gateway, ReceivedEvent, Wakeup, inbox
from server.tickets import service as tickets
from server.tx import Tx
from tests.clock import SECOND

Mutation = Callable[[], AbstractContextManager[Any]]
MUTATIONS: dict[str, Mutation] = {}


def mutation(make: Mutation) -> Mutation:
    """Register a mutation under the name of its function."""
    MUTATIONS[make.__name__.replace("_", " ")] = make
    return make


_THIS = table.c.id == bindparam("order_id")
_NOW = {"version": table.c.version + 1, "updated_at": bindparam("now")}


def _claim(*guards: Any) -> Statement:
    """Return the claim statement with other guards."""
    values = {"status": OrderStatus.CONFIRMING, "reason": None, "ended_at": None}
    return Statement(
        update(table)
        .where(_THIS, *guards)
        .values(payment_id=bindparam("by_payment"), **values, **_NOW)
        .returning(*orders_sql.COLUMNS)
    )


# Transitions of an order.


@mutation
def a_claim_takes_any_order() -> Any:
    unguarded = _claim(table.c.expires_at > bindparam("now"))
    return patch.object(orders_sql, "CONFIRM", unguarded)


@mutation
def a_claim_ignores_the_deadline() -> Any:
    late = _claim(table.c.status == OrderStatus.AWAITING_PAYMENT, bindparam("now") > 0)
    return patch.object(orders_sql, "CONFIRM", late)


@mutation
@contextmanager
def expiry_ends_a_claimed_order() -> Iterator[None]:
    passed = and_(
        table.c.status.in_((OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMING)),
        table.c.expires_at <= bindparam("now"),
    )
    values = {"status": "cancelled", "reason": "expired", "ended_at": bindparam("now")}
    due = select(table.c.id, table.c.buyer_id, table.c.expires_at).where(passed)
    expire = update(table).where(_THIS, passed).values(**values, **_NOW)
    returning = Statement(expire.returning(*orders_sql.COLUMNS))
    with (
        patch.object(orders_sql, "DUE", Statement(due.limit(bindparam("most")))),
        patch.object(orders_sql, "EXPIRE", returning),
    ):
        yield


@mutation
@contextmanager
def an_order_completes_before_its_capture() -> Iterator[None]:
    confirm, complete = orders.confirm, orders.complete

    def at_once(tx: Tx, *, order_id: str, payment_id: str) -> bool:
        claimed = confirm(tx, order_id=order_id, payment_id=payment_id)
        return claimed and complete(tx, order_id=order_id, payment_id=payment_id)

    def already(tx: Tx, *, order_id: str, payment_id: str) -> bool:
        known = orders.view(tx, order_id=order_id)
        return known.order.status is OrderStatus.COMPLETE and known.payment_id == payment_id

    with patch.object(orders, "confirm", at_once), patch.object(orders, "complete", already):
        yield


@mutation
def an_unlock_frees_any_lock() -> Any:
    unlock, holder = tickets.unlock, Statement(text("SELECT order_id FROM tickets WHERE id = :id"))

    def free(tx: Tx, *, ticket_id: str, order_id: str) -> None:
        row = tx.first(holder, id=ticket_id)
        unlock(tx, ticket_id=ticket_id, order_id=order_id if row is None else str(row[0]))

    return patch.object(tickets, "unlock", free)


# Decisions of the payments service.


@mutation
def a_claim_leaves_the_other_page_open() -> Any:
    def leave(tx: Tx, owner: PaymentRecord) -> None:
        """Leave the page open."""

    return patch.object(service, "void_others", leave)


@mutation
def late_money_is_ignored() -> Any:
    held = service._apply_held  # noqa: SLF001  the step to break

    def only_claim(tx: Tx, attempt: PaymentRecord) -> None:
        known = orders.view(tx, order_id=attempt.order_id).order
        if known.status is OrderStatus.AWAITING_PAYMENT and tx.now < known.expires_at:
            held(tx, attempt)

    return patch.object(service, "_apply_held", only_claim)


@mutation
@contextmanager
def the_capture_is_enqueued_in_another_transaction() -> Iterator[None]:
    enqueue, refresh = jobs.enqueue, PaymentJobs.refresh
    asked: list[tuple[str, str | None]] = []

    def all_but_captures(tx: Tx, kind: str, subject: str, **more: Any) -> None:
        if kind == service.CAPTURE:
            asked.append((subject, more.get("order_id")))
        else:
            enqueue(tx, kind, subject, **more)

    def and_then(work: PaymentJobs, bus: Bus, payment_id: str) -> None:
        asked.clear()
        refresh(work, bus, payment_id)
        for subject, order in asked:
            bus.write_now(
                lambda tx, s=subject, o=order: enqueue(tx, service.CAPTURE, s, order_id=o)  # type: ignore[misc]
            )

    with (
        patch.object(jobs, "enqueue", all_but_captures),
        patch.object(PaymentJobs, "refresh", and_then),
    ):
        yield


@mutation
def a_lost_reply_counts_as_a_refusal() -> Any:
    def capture(self: Any, bus: Bus, payment_id: str) -> None:
        attempt = bus.read_now(lambda tx: repository.view(tx, payment_id=payment_id))
        if attempt.intent_id is None or attempt.status != "authorised":
            return
        try:
            self._gateway.capture(attempt.id, attempt.intent_id)
        except stripe.OutcomeUnknown:
            gone = stripe.PaymentState(
                session_id=attempt.session_id, intent_id=attempt.intent_id, url=None,
                page_open=False, funds=stripe.FundsState.RELEASED, declines=(), live=False,
            )  # fmt: skip
            bus.write_now(lambda tx: service.apply(tx, attempt.id, gone))
        else:
            bus.write_now(lambda tx: service.captured(tx, payment_id))

    return patch.object(CaptureJobs, "capture", capture)


@mutation
def voiding_leaves_the_hold() -> Any:
    def keep(gateway: Gateway, payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        """Leave the hold."""

    return patch.object(Gateway, "void", keep)


@mutation
def voiding_does_not_spare_the_owner() -> Any:
    return patch.object(PaymentJobs, "_owns_order", lambda *_: False)


@mutation
def a_message_is_handled_before_its_effect() -> Any:
    receive = inbox.receive
    mark = Statement(text("UPDATE inbox SET handled_at = received_at WHERE id = :message"))

    def too_early(tx: Tx, message: ReceivedEvent, wakeup: Wakeup | None) -> None:
        receive(tx, message, wakeup)
        tx.execute(mark, message=message.id)

    return patch.object(inbox, "receive", too_early)


@mutation
def a_job_is_finished_before_it_runs() -> Any:
    def perform(runner: Any, claimed: Claimed) -> None:
        def finish(state: str, pause: int = 0) -> None:
            runner._bus.write_now(  # noqa: SLF001  replaces a method of the class
                lambda tx: tx.execute(
                    FINISH, job_id=claimed.id, generation=claimed.generation, new_state=state,
                    error=None, at=tx.now_us if state == "done" else None,
                    next_at=tx.now_us + pause, attempts=0,
                )
            )  # fmt: skip

        finish("done")
        try:
            runner._kinds[claimed.kind].run(runner._bus, claimed.subject)  # noqa: SLF001  the same
        except (Snooze, stripe.OutcomeUnknown, stripe.RequestRefused):
            finish("pending", pause=3 * SECOND)

    return patch.object(Runner, "perform", perform)


# Requests to the provider.


@dataclass
class Sent:
    """A request about to be sent."""

    headers: dict[str, str]
    form: str
    now: int


def _rewritten(rewrite: Callable[[Sent], None]) -> Any:
    """Change every request before it is sent. The SDK retries with the same headers."""
    request = SandboxTransport.request

    def changed(
        transport: Any, method: str, url: str, headers: Any, post_data: Any = None, **more: Any
    ) -> Any:
        if method.upper() != "POST":
            return request(transport, method, url, headers, post_data, **more)
        now = transport._sandbox._now() // SECOND  # noqa: SLF001  the clock of the server
        sent = Sent(headers, str(post_data or ""), now)
        rewrite(sent)
        return request(transport, method, url, sent.headers, sent.form, **more)

    return patch.object(SandboxTransport, "request", changed)


def _keyless(prefix: str) -> Any:
    """Send each request with a random key, as the SDK does by default."""
    numbers = count()

    def rewrite(sent: Sent) -> None:
        if sent.headers.get("Idempotency-Key", "").startswith(prefix):
            sent.headers["Idempotency-Key"] = f"random-{next(numbers)}"

    return _rewritten(rewrite)


@mutation
def a_page_is_created_without_a_key() -> Any:
    return _keyless("session-")


@mutation
def a_capture_has_no_key() -> Any:
    return _keyless("capture-")


@mutation
def a_refund_has_no_key() -> Any:
    return _keyless("refund-")


@mutation
def the_key_is_the_order() -> Any:
    def rewrite(sent: Sent) -> None:
        order = re.search(r"client_reference_id=(\w+)", sent.form)
        if order is not None:
            sent.headers["Idempotency-Key"] = f"session-{order[1]}"

    return _rewritten(rewrite)


@mutation
def a_page_expires_from_when_it_is_requested() -> Any:
    def rewrite(sent: Sent) -> None:
        sent.form = re.sub(r"expires_at=\d+", f"expires_at={sent.now + 31 * 60}", sent.form)

    return _rewritten(rewrite)
