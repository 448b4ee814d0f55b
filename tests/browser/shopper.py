"""A shopper: an order, and what its buyer does with it in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from client.api import Api
from contract.orders import VIEW_ORDER, Order, OrderStatus
from tests.browser.chromium import LOOKS, Browser

#: A telephone and a context, in CSS pixels.
PHONE, DESK = (390, 844), (1280, 800)


@dataclass
class Shopper:
    """Somebody with an order to pay."""

    browser: Browser
    api: Api
    order: Order

    def arrive(self, size: tuple[int, int] = DESK) -> None:
        """Follow the short link to the page on which the order is paid."""
        self.browser.size(*size)
        self.browser.open(self.order.payment_url)

    def try_card(self, number: str) -> None:
        """Fill the form in and send it."""
        for field, text in (("card_number", number), ("exp", "12/34"), ("cvc", "123")):
            self.browser.type(f"#{field}", text)
        self.browser.send("form button")

    def settled(self) -> OrderStatus:
        """Look at the order until the money has arrived or it is over."""
        status = self.order.status
        for _ in range(LOOKS):
            status = self.api.call(VIEW_ORDER, order_id=self.order.id).status
            if status in {OrderStatus.COMPLETE, OrderStatus.CANCELLED}:
                break
        return status
