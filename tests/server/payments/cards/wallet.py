"""A wallet: somebody's saved cards, how they get there, and a press of the button that pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from contract.base import PageQuery
from contract.cards import ADD_CARD, LIST_CARDS, VIEW_CARD_SETUP, Card, CardSetup
from contract.payments import START_PAYMENT, Payment, StartPayment
from server.principal import Principal
from tests.server.payments.purchase import Purchase, bank
from tests.world import CARD, World

#: Saved like any other, and declined whenever it is charged.
FAILS_LATER = "4000000000000341"
#: Its bank asks whenever it is charged, and when it is saved.
ASKS_ALWAYS = "4000002760003184"
#: Its bank asks when it is saved, and never again.
ASKS_ONCE = "4000002500003155"
#: Lacks the funds after it was asked.
FORM = "card_number={}&exp={}&cvc=123"


def page_of(world: World, setup: CardSetup) -> str:
    """Follow the short link; return the address of the hosted page."""
    return str(world.visit("GET", setup.url).headers["Location"])


def type_in(world: World, page: str, number: str = CARD, exp: str = "12%2F34") -> str:
    """Type a card on a page that saves it, and confirm it if its bank asks; return the state."""
    answer = world.visit("POST", page, FORM.format(number, exp), "application/json")
    state = msgspec.json.decode(answer.body)["state"]
    if state == "challenge":
        answer = world.visit("POST", f"{page}/challenge", "answer=pass", "application/json")
        state = msgspec.json.decode(answer.body)["state"]
    return str(state)


def save(world: World, user: Principal, number: str = CARD, exp: str = "12%2F34") -> Card:
    """Save a card from the first step to the last."""
    setup = world.call(ADD_CARD, user)
    assert type_in(world, page_of(world, setup), number, exp) == "saved"
    world.work()
    done = world.call(VIEW_CARD_SETUP, user, setup_id=setup.id)
    assert done.card is not None
    return done.card


def cards(world: World, user: Principal) -> tuple[Card, ...]:
    """Return somebody's saved cards, newest first."""
    return world.call(LIST_CARDS, user, PageQuery()).items


def press(bought: Purchase, card: Card, *, key: str | None = None) -> Payment:
    """Pay with a saved card; `key` is what the client names this press by."""
    buyer = msgspec.structs.replace(bought.buyer, key=key)
    body = StartPayment(card_id=card.id)
    return bought.world.call(START_PAYMENT, buyer, body, order_id=bought.order.id)


def customers(world: World) -> list[Any]:
    """Return everybody the bank knows by our doing."""
    return list(bank(world).v1.customers.list({"limit": 100}).data)


def methods(world: World, customer: str) -> list[str]:
    """Return the last four digits of what the bank keeps for somebody, newest first."""
    kept = bank(world).v1.customers.payment_methods.list(customer, {"limit": 100})
    return [f"{m['card']['last4']} {m['card']['exp_year']}" for m in kept.data]


def at_request(
    world: World, *, number: int, before: Callable[[], None], after: Callable[[], None]
) -> list[str]:
    """Do something just before and just after one request to the bank, counted from 1.

    Returns what is asked from now on, as it is asked.
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
