"""What must hold once a history has come to rest, in the shop's books and in the bank's."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.audit import audit
from tests.simulation.shop import Shop


@dataclass(frozen=True)
class Bank:
    """What the bank has in its own file."""

    intents: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    events: list[dict[str, Any]]

    def kept(self, order_id: str) -> int:
        """Return what was taken for an order and did not go back."""
        taken = {
            intent["id"]: intent["amount_received"]
            for intent in self.intents
            if intent["metadata"]["order"] == order_id
        }
        back = sum(
            refund["amount"]
            for refund in self.refunds
            if refund["payment_intent"] in taken and refund["status"] in {"succeeded", "pending"}
        )
        return int(sum(taken.values()) - back)


def bank(path: Path) -> Bank:
    """Read the bank's file past the bank."""
    raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        kinds = ("payment_intent", "checkout.session", "refund", "event")
        found: dict[str, list[Any]] = {kind: [] for kind in kinds}
        for kind, body in raw.execute("SELECT object, body FROM things"):
            if kind in found:
                found[kind].append(json.loads(body))
    finally:
        raw.close()
    return Bank(*found.values())


#: Looks at a shop and its bank at rest, and names what is wrong. A new rule is a function here.
Check = Callable[[Shop, Bank], Iterator[str]]
CHECKS: list[Check] = []


def check(rule: Check) -> Check:
    """Have a rule checked after every history."""
    CHECKS.append(rule)
    return rule


def problems(shop: Shop) -> list[str]:
    """Return everything that is wrong with a shop at rest."""
    at_bank = bank(shop.bank_file)
    return [wrong for rule in CHECKS for wrong in rule(shop, at_bank)]


@check
def the_books_are_sound(shop: Shop, bank: Bank) -> Iterator[str]:
    for finding in shop.database.read(audit):
        yield f"{finding.rule}: {finding.id}"


@check
def an_order_is_complete_if_and_only_if_its_price_is_kept(shop: Shop, bank: Bank) -> Iterator[str]:
    for order, status, price in shop.rows("SELECT id, status, price_amount FROM orders"):
        kept = bank.kept(order)
        if kept != (price if status == "complete" else 0):
            yield f"{order} is {status}, and {kept} of {price} is kept"


@check
def money_is_taken_once_and_never_has_to_go_back(shop: Shop, bank: Bank) -> Iterator[str]:
    """Save where somebody took it by hand, which no protocol can prevent."""
    if "bank-captures" in shop.log:
        return
    taken = Counter(i["metadata"]["order"] for i in bank.intents if i["amount_received"])
    for order, times in taken.items():
        if times > 1:
            yield f"{order} was captured {times} times"
    if bank.refunds or shop.rows("SELECT id FROM refunds"):
        yield "a refund was needed"


@check
def every_order_is_over(shop: Shop, bank: Bank) -> Iterator[str]:
    over = "SELECT id, status FROM orders WHERE status NOT IN ('complete', 'cancelled')"
    for order, status in shop.rows(over):
        yield f"{order} is still {status}"


@check
def a_ticket_is_sold_if_and_only_if_an_order_for_it_is_complete(
    shop: Shop, bank: Bank
) -> Iterator[str]:
    sql = """SELECT t.status, count(o.id) FROM tickets t
             LEFT JOIN orders o ON o.ticket_id = t.id AND o.status = 'complete' GROUP BY t.id"""
    for status, complete in shop.rows(sql):
        if status != ("sold" if complete else "available") or complete > 1:
            yield f"a ticket is {status} with {complete} complete orders"


@check
def nothing_is_held_and_no_page_is_open(shop: Shop, bank: Bank) -> Iterator[str]:
    for intent in bank.intents:
        if intent["amount_capturable"]:
            yield f"{intent['id']} is still {intent['status']}"
    for session in bank.sessions:
        if session["status"] == "open":
            yield f"{session['id']} is still open"


@check
def every_payment_is_decided(shop: Shop, bank: Bank) -> Iterator[str]:
    sql = "SELECT id, status FROM payments WHERE status NOT IN ('paid', 'void', 'refunded')"
    for payment, status in shop.rows(sql):
        yield f"{payment} is still {status}"


@check
def all_work_is_done(shop: Shop, bank: Bank) -> Iterator[str]:
    sql = "SELECT kind, state, last_error FROM jobs WHERE state <> 'done'"
    for kind, state, error in shop.rows(sql):
        yield f"{kind} is {state}: {error}"


@check
def every_letter_was_acted_on(shop: Shop, bank: Bank) -> Iterator[str]:
    """Save letters about a page whose address never came: it closes by itself, unknown to all."""
    sql = """SELECT i.type FROM inbox i JOIN payments p ON p.id = i.object_id
             WHERE i.handled_at IS NULL AND p.session_id IS NOT NULL"""
    for (kind,) in shop.rows(sql):
        yield f"a letter is unheard: {kind}"


@check
def nobody_is_told_twice(shop: Shop, bank: Bank) -> Iterator[str]:
    sql = """SELECT type, entity_id, count(*) FROM events
             WHERE type IN ('order.completed', 'order.cancelled', 'payment.created')
             GROUP BY type, entity_id HAVING count(*) > 1"""
    for kind, entity, times in shop.rows(sql):
        yield f"{kind} was told {times} times of {entity}"
