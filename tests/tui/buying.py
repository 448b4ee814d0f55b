"""Buying: what other people do meanwhile: lock tickets, pay them, save cards."""

from __future__ import annotations

import contextlib

from client.page import Page
from contract.cards import ADD_CARD
from contract.orders import PLACE_ORDER, VIEW_ORDER, Order, OrderStatus, PlaceOrder
from contract.payments import START_PAYMENT, StartPayment
from tests.tui.house import Market

CARD = {"card_number": "4242424242424242", "exp": "12/34", "cvc": "123"}


def lock(market: Market, name: str, ticket_id: str) -> Order:
    """Lock a ticket for somebody."""
    with contextlib.closing(market.api(name)) as api:
        return api.call(PLACE_ORDER, PlaceOrder(ticket_id=ticket_id))


def buy(market: Market, name: str, ticket_id: str) -> Order:
    """Lock a ticket for somebody, pay it on the sandbox's page, and wait until it is his."""
    order = lock(market, name, ticket_id)
    with contextlib.closing(market.api(name)) as api:
        payment = api.call(START_PAYMENT, StartPayment(), order_id=order.id)
        type_card(market, payment.url)
        while order.status is not OrderStatus.COMPLETE:
            order = api.call(VIEW_ORDER, order_id=order.id)
    return order


def save_card(market: Market, name: str) -> None:
    """Save a card for somebody."""
    with contextlib.closing(market.api(name)) as api:
        type_card(market, api.call(ADD_CARD).url)


def type_card(market: Market, url: str) -> None:
    """Type a card on a page, as a browser does."""
    with Page(market.server.url) as page:
        shown = page.open(url)
        page.submit(CARD, to=shown.next)
