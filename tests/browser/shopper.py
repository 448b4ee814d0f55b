"""Shopper: a buyer who pays an order in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from client.api import Api
from contract.orders import VIEW_ORDER, Order, OrderStatus
from tests.browser.chromium import POLLS, Browser

#: Viewport sizes in CSS pixels.
PHONE, DESKTOP = (390, 844), (1280, 800)


@dataclass
class Shopper:
    """A buyer with an order to pay."""

    browser: Browser
    api: Api
    order: Order

    def open_page(self, size: tuple[int, int] = DESKTOP) -> None:
        """Follow the short link to the order's payment page."""
        self.browser.resize(*size)
        self.browser.open(self.order.payment_url)

    def try_card(self, number: str) -> None:
        """Fill in the form and submit it."""
        for field, text in (("card_number", number), ("exp", "12/34"), ("cvc", "123")):
            self.browser.type(f"#{field}", text)
        self.browser.submit("form button")

    def final_status(self) -> OrderStatus:
        """Poll the order until it is complete or cancelled."""
        status = self.order.status
        for _ in range(POLLS):
            status = self.api.call(VIEW_ORDER, order_id=self.order.id).status
            if status in {OrderStatus.COMPLETE, OrderStatus.CANCELLED}:
                break
        return status
