"""The steps of a history. To add a step, write a function here: its name is the step's name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import stripe as sdk

from contract.orders import CANCEL_ORDER, PLACE_ORDER, PlaceOrder
from contract.payments import START_PAYMENT
from contract.problems import Problem
from server.payments import repository
from server.principal import Principal
from server.routing import MultiStepRoute, Route
from server.sandbox import SandboxTransport, hosted_page
from tests.clock import MINUTE, SECOND
from tests.simulation.shop import Shop
from tests.world import CARD, DECLINED

CHALLENGED = "4000002500003155"

Act = Callable[[Shop], None]
STEPS: dict[str, Act] = {}


def step(act: Act) -> Act:
    """Register a function as a step. A refusal of the server does not end the history."""

    def do(shop: Shop) -> None:
        try:
            act(shop)
            shop.log.append(word)
        except Problem as refusal:
            shop.log.append(f"{word}: {type(refusal).__name__}")

    word = act.__name__.replace("_", "-")
    STEPS[word] = do
    return act


# A buyer in the terminal.


@step
def lock(shop: Shop) -> None:
    call(shop, PLACE_ORDER, 0, PlaceOrder(ticket_id=shop.template.ticket_id))


@step
def open_page(shop: Shop) -> None:
    call(shop, START_PAYMENT, 0, order_id=newest_order(shop, 0))


@step
def second_page(shop: Shop) -> None:
    """Open another page beside the first, as only two racing requests could."""
    with patch.object(repository, "of_order", lambda *_, **__: ()):
        open_page(shop)


@step
def cancel(shop: Shop) -> None:
    call(shop, CANCEL_ORDER, 0, order_id=newest_order(shop, 0))


# The same buyer in the browser.


@step
def card(shop: Shop) -> None:
    enter_card(shop, CARD)


@step
def card_on_first_page(shop: Shop) -> None:
    enter_card(shop, CARD, which=0)


@step
def bad_card(shop: Shop) -> None:
    enter_card(shop, DECLINED)


@step
def card_with_challenge(shop: Shop) -> None:
    enter_card(shop, CHALLENGED)


@step
def pass_challenge(shop: Shop) -> None:
    answer_challenge(shop, "pass")


@step
def fail_challenge(shop: Shop) -> None:
    answer_challenge(shop, "fail")


# Another buyer who wants the ticket.


@step
def rival(shop: Shop) -> None:
    call(shop, PLACE_ORDER, 1, PlaceOrder(ticket_id=shop.template.ticket_id))
    call(shop, START_PAYMENT, 1, order_id=newest_order(shop, 1))
    enter_card(shop, CARD, buyer=1)


# Time, and the work of the server.


@step
def deadline(shop: Shop) -> None:
    """Let the deadline pass, before the order expires."""
    for (expires,) in shop.rows("SELECT max(expires_at) FROM orders"):
        shop.clock.advance(max(0, (expires or 0) - shop.clock.now()))


@step
def before_deadline(shop: Shop) -> None:
    """Advance to just before the deadline."""
    for (expires,) in shop.rows("SELECT max(expires_at) FROM orders"):
        shop.clock.advance(max(0, (expires or 0) - 1 - shop.clock.now()))


@step
def expire(shop: Shop) -> None:
    shop.expire()


@step
def deadline_and_expiry(shop: Shop) -> None:
    deadline(shop)
    shop.expire()


@step
def jobs(shop: Shop) -> None:
    shop.all_jobs()


@step
def one_job(shop: Shop) -> None:
    shop.jobs(most=1)


@step
def to_the_claim(shop: Shop) -> None:
    """Run one job after the other until a payment has claimed its order, but not the capture."""
    claimed = "SELECT id FROM payments WHERE status = 'authorised'"
    while not shop.rows(claimed) and shop.jobs(most=1):
        pass


@step
def work(shop: Shop) -> None:
    shop.work()


@step
def poll(shop: Shop) -> None:
    shop.clock.advance(3 * SECOND)
    shop.all_jobs()


@step
def minute(shop: Shop) -> None:
    shop.clock.advance(MINUTE)
    shop.work()


@step
def restart(shop: Shop) -> None:
    """Stop the server cleanly and start it again."""
    shop.reopen()
    shop.reclaim()


# The provider, and the connection to it.


@step
def webhooks(shop: Shop) -> None:
    shop.sandbox.pump()


@step
def webhooks_twice(shop: Shop) -> None:
    with shop.delivery("twice"):
        shop.sandbox.pump()


@step
def webhooks_lost(shop: Shop) -> None:
    with shop.delivery("lost"):
        shop.sandbox.pump()


@step
def webhooks_shuffled(shop: Shop) -> None:
    with shop.delivery("shuffled"):
        shop.sandbox.pump()


@step
def gateway_down(shop: Shop) -> None:
    shop.points.gateway_down = True


@step
def gateway_up(shop: Shop) -> None:
    shop.points.gateway_down = False


@step
def provider_cancels(shop: Shop) -> None:
    """Release a hold, as somebody does in the dashboard or the bank does."""
    at_provider(shop, lambda client, intent: client.v1.payment_intents.cancel(intent))


@step
def provider_captures(shop: Shop) -> None:
    """Capture held money in the dashboard, which nobody should do."""
    at_provider(shop, lambda client, intent: client.v1.payment_intents.capture(intent))


@step
def provider_closes_page(shop: Shop) -> None:
    """Close the newest page in the dashboard."""
    for session in pages_of(shop, 0)[-1:]:
        try:
            dashboard(shop).v1.checkout.sessions.expire(session)
        except sdk.InvalidRequestError:
            shop.log.append("the page is not open")


def call(shop: Shop, endpoint: Any, buyer: int, body: Any = None, **path: Any) -> Any:
    """Call an endpoint as a buyer, as the HTTP handler does."""
    principal = Principal(user_id=shop.template.buyers[buyer], session_id="ses_test")
    request = endpoint.request() if body is None else body
    route = shop.routes[endpoint.path, endpoint.method]
    if isinstance(route, MultiStepRoute):
        return asyncio.run(_multi_step(shop, route, principal, request, path))
    assert isinstance(route, Route)
    act = route.handler
    return shop.bus.write_now(
        lambda tx: act(tx, principal, request, **path), actor=principal.user_id
    )


async def _multi_step(
    shop: Shop, route: MultiStepRoute, principal: Principal, body: Any, path: dict[str, Any]
) -> Any:
    shop.bus.attach(asyncio.get_running_loop())
    try:
        return await route.handler(shop.app.context, principal, body, **path)
    finally:
        shop.bus.detach()


def newest_order(shop: Shop, buyer: int) -> str:
    """Return the id of a buyer's newest order, or an unknown id."""
    sql = "SELECT id FROM orders WHERE buyer_id = :buyer ORDER BY id DESC LIMIT 1"
    rows = shop.rows(sql, buyer=shop.template.buyers[buyer])
    return str(rows[0][0]) if rows else "ord_none"


def pages_of(shop: Shop, buyer: int) -> list[str]:
    """Return the sessions whose addresses a buyer has received, oldest first."""
    sql = """SELECT session_id FROM payments WHERE buyer_id = :buyer AND page_url IS NOT NULL
             ORDER BY created_at, id"""
    return [str(row[0]) for row in shop.rows(sql, buyer=shop.template.buyers[buyer])]


def enter_card(shop: Shop, number: str, *, buyer: int = 0, which: int = -1) -> None:
    """Enter a card on a page, if there is one."""
    form = {"card_number": number, "exp": "12/34", "cvc": "123"}
    for session in pages_of(shop, buyer)[which:][:1]:
        shop.log.append(str(hosted_page.submit(shop.sandbox, session, form).state))


def answer_challenge(shop: Shop, answer: str) -> None:
    """Answer the challenge on the newest page, if there is one."""
    for session in pages_of(shop, 0)[-1:]:
        shop.log.append(str(hosted_page.challenge(shop.sandbox, session, {"answer": answer}).state))


def dashboard(shop: Shop) -> sdk.StripeClient:
    """Return a client of the provider that is not the server's."""
    return sdk.StripeClient("sk_test_dashboard", http_client=SandboxTransport(shop.sandbox))


def at_provider(shop: Shop, act: Callable[[sdk.StripeClient, str], object]) -> None:
    """Act on the newest intent that holds money, if there is one."""
    client = dashboard(shop)
    for intent in client.v1.payment_intents.list({"limit": 100}).data:
        if intent["status"] == "requires_capture":
            act(client, intent["id"])
            return
