"""Saved cards: save one on the hosted page, and pay an order with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from contract.base import PageQuery
from contract.cards import ADD_CARD, LIST_CARDS, VIEW_CARD_SETUP, Card, CardSetup
from contract.payments import START_PAYMENT, Payment, StartPayment
from server.principal import Principal
from tests.server.payments.purchase import Purchase, dashboard
from tests.world import CARD, World

#: It can be saved, and is declined whenever it is charged.
DECLINED_LATER = "4000000000000341"
#: Its bank asks for confirmation when it is saved and whenever it is charged.
CHALLENGES_ALWAYS = "4000002760003184"
#: Its bank asks for confirmation only when it is saved.
CHALLENGES_ONCE = "4000002500003155"
FORM = "card_number={}&exp={}&cvc=123"


def page_url(world: World, setup: CardSetup) -> str:
    """Follow the short link; return the address of the hosted page."""
    return str(world.visit("GET", setup.url).headers["Location"])


def type_card(world: World, page: str, number: str = CARD, exp: str = "12%2F34") -> str:
    """Submit a card on a page that saves it, and confirm if its bank asks; return the state."""
    answer = world.visit("POST", page, FORM.format(number, exp), "application/json")
    state = msgspec.json.decode(answer.body)["state"]
    if state == "challenge":
        answer = world.visit("POST", f"{page}/challenge", "answer=pass", "application/json")
        state = msgspec.json.decode(answer.body)["state"]
    return str(state)


def save_card(world: World, user: Principal, number: str = CARD, exp: str = "12%2F34") -> Card:
    """Save a card from start to finish."""
    setup = world.call(ADD_CARD, user)
    assert type_card(world, page_url(world, setup), number, exp) == "saved"
    world.work()
    done = world.call(VIEW_CARD_SETUP, user, setup_id=setup.id)
    assert done.card is not None
    return done.card


def saved_cards(world: World, user: Principal) -> tuple[Card, ...]:
    """Return a user's saved cards, newest first."""
    return world.call(LIST_CARDS, user, PageQuery()).items


def pay_with_card(purchase: Purchase, card: Card, *, key: str | None = None) -> Payment:
    """Pay with a saved card; `key` is the client's idempotency key."""
    buyer = msgspec.structs.replace(purchase.buyer, key=key)
    body = StartPayment(card_id=card.id)
    return purchase.world.call(START_PAYMENT, buyer, body, order_id=purchase.order.id)


def list_customers(world: World) -> list[Any]:
    """Return every customer at Stripe."""
    return list(dashboard(world).v1.customers.list({"limit": 100}).data)


def list_payment_methods(world: World, customer: str) -> list[str]:
    """Return the last digits and year of a customer's payment methods, newest first."""
    kept = dashboard(world).v1.customers.payment_methods.list(customer, {"limit": 100})
    return [f"{m['card']['last4']} {m['card']['exp_year']}" for m in kept.data]


def at_request(
    world: World, *, number: int, before: Callable[[], None], after: Callable[[], None]
) -> list[str]:
    """Call `before` and `after` around one request to Stripe, counted from 1.

    Returns a list that collects every request from now on.
    """
    asked: list[str] = []
    transport = world.payments.transport
    ask = transport.request

    def watched(method: str, url: str, *rest: Any, **more: Any) -> Any:
        asked.append(f"{method.upper()} {url.partition('/v1/')[2].partition('?')[0]}")
        mine = len(asked) == number
        if mine:
            before()
        reply = ask(method, url, *rest, **more)
        if mine:
            after()
        return reply

    transport.request = watched  # type: ignore[method-assign]
    return asked
