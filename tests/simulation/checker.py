"""Checks of what must hold at the end of a history, in our database and at the provider."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.audit import audit
from db.statement import Row
from tests.simulation.shop import Shop


@dataclass(frozen=True)
class ProviderState:
    """What the provider has in its own database."""

    intents: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    events: list[dict[str, Any]]

    def kept(self, order_id: str) -> int:
        """Return the amount that was captured for an order and not refunded."""
        captured = {
            intent["id"]: intent["amount_received"]
            for intent in self.intents
            if intent["metadata"]["order"] == order_id
        }
        refunded = sum(
            refund["amount"]
            for refund in self.refunds
            if refund["payment_intent"] in captured and refund["status"] in {"succeeded", "pending"}
        )
        return int(sum(captured.values()) - refunded)


def provider_state(path: Path) -> ProviderState:
    """Read the provider's database directly."""
    raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        kinds = ("payment_intent", "checkout.session", "refund", "event")
        found: dict[str, list[Any]] = {kind: [] for kind in kinds}
        for kind, body in raw.execute("SELECT object, body FROM things"):
            if kind in found:
                found[kind].append(json.loads(body))
    finally:
        raw.close()
    return ProviderState(*found.values())


@dataclass(frozen=True)
class AtRest:
    """A shop and its provider with nothing left to do."""

    shop: Shop
    provider: ProviderState

    def rows(self, sql: str) -> list[Row]:
        """Return the rows of a query on our database."""
        return self.shop.rows(sql)


#: Inspects a shop at rest, and yields what is wrong. To add a check, write a function here.
Check = Callable[[AtRest], Iterator[str]]
CHECKS: list[Check] = []
#: Steps after which a refund may be needed.
BY_HAND = {"provider-captures"}


def check(rule: Check) -> Check:
    """Register a check that runs after every history."""
    CHECKS.append(rule)
    return rule


def problems(shop: Shop) -> list[str]:
    """Return everything that is wrong with a shop at rest."""
    rest = AtRest(shop, provider_state(shop.provider_file))
    return [wrong for rule in CHECKS for wrong in rule(rest)]


@check
def the_audit_finds_nothing(rest: AtRest) -> Iterator[str]:
    for finding in rest.shop.database.read(audit):
        yield f"{finding.rule}: {finding.id}"


@check
def an_order_is_complete_if_and_only_if_its_price_is_kept(rest: AtRest) -> Iterator[str]:
    for order, status, price in rest.rows("SELECT id, status, price_amount FROM orders"):
        kept = rest.provider.kept(order)
        if kept != (price if status == "complete" else 0):
            yield f"{order} is {status}, and {kept} of {price} is kept"


@check
def money_is_captured_once_and_never_refunded(rest: AtRest) -> Iterator[str]:
    """Except where somebody captured it by hand, which no protocol can prevent."""
    if BY_HAND & set(rest.shop.log):
        return
    captures = Counter(
        i["metadata"]["order"] for i in rest.provider.intents if i["amount_received"]
    )
    for order, times in captures.items():
        if times > 1:
            yield f"{order} was captured {times} times"
    if rest.provider.refunds or rest.rows("SELECT id FROM refunds"):
        yield "a refund was needed"


@check
def every_order_is_over(rest: AtRest) -> Iterator[str]:
    over = "SELECT id, status FROM orders WHERE status NOT IN ('complete', 'cancelled')"
    for order, status in rest.rows(over):
        yield f"{order} is still {status}"


@check
def a_ticket_is_sold_if_and_only_if_an_order_for_it_is_complete(rest: AtRest) -> Iterator[str]:
    sql = """SELECT t.status, count(o.id) FROM tickets t
             LEFT JOIN orders o ON o.ticket_id = t.id AND o.status = 'complete' GROUP BY t.id"""
    for status, complete in rest.rows(sql):
        if status != ("sold" if complete else "available") or complete > 1:
            yield f"a ticket is {status} with {complete} complete orders"


@check
def nothing_is_held_and_no_page_is_open(rest: AtRest) -> Iterator[str]:
    for intent in rest.provider.intents:
        if intent["amount_capturable"]:
            yield f"{intent['id']} is still {intent['status']}"
    for session in rest.provider.sessions:
        if session["status"] == "open":
            yield f"{session['id']} is still open"


@check
def every_payment_is_decided(rest: AtRest) -> Iterator[str]:
    sql = "SELECT id, status FROM payments WHERE status NOT IN ('paid', 'void', 'refunded')"
    for payment, status in rest.rows(sql):
        yield f"{payment} is still {status}"


@check
def all_work_is_done(rest: AtRest) -> Iterator[str]:
    sql = "SELECT kind, state, last_error FROM jobs WHERE state <> 'done'"
    for kind, state, error in rest.rows(sql):
        yield f"{kind} is {state}: {error}"


@check
def every_webhook_was_handled(rest: AtRest) -> Iterator[str]:
    """Except webhooks about a page whose address was lost: nobody can use it, and it expires."""
    sql = """SELECT i.type FROM inbox i JOIN payments p ON p.id = i.object_id
             WHERE i.handled_at IS NULL AND p.session_id IS NOT NULL"""
    for (kind,) in rest.rows(sql):
        yield f"a webhook was not handled: {kind}"


@check
def no_event_is_published_twice(rest: AtRest) -> Iterator[str]:
    sql = """SELECT type, entity_id, count(*) FROM events
             WHERE type IN ('order.completed', 'order.cancelled', 'payment.created')
             GROUP BY type, entity_id HAVING count(*) > 1"""
    for kind, entity, times in rest.rows(sql):
        yield f"{kind} was published {times} times for {entity}"
