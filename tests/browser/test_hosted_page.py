"""The hosted page as a buyer meets it: in a real browser, at two sizes, without a script."""

from __future__ import annotations

import pytest

from contract.orders import CANCEL_ORDER, OrderStatus
from tests.browser.shopper import DESK, PHONE, Shopper
from tests.world import CARD, DECLINED

ASKS = "4000000000003220"
sizes = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "context"])
#: The least height of what a finger has to hit (WCAG 2.2, 2.5.8 asks for 24).
FINGER = 24


def test_a_card_that_is_good_pays_the_order(shopper: Shopper) -> None:
    shopper.arrive()
    assert "45.00" in shopper.browser.text()
    assert "Le Tour d'Écosse" in shopper.browser.text()
    shopper.try_card(CARD)
    assert shopper.settled() is OrderStatus.COMPLETE
    shopper.arrive()
    assert "Paid" in shopper.browser.title


def test_after_a_decline_the_same_page_takes_another_card(shopper: Shopper) -> None:
    shopper.arrive()
    shopper.try_card(DECLINED)
    assert "declined" in shopper.browser.text("[role=alert]").lower()
    shopper.try_card(CARD)
    assert shopper.settled() is OrderStatus.COMPLETE


def test_the_bank_may_ask_and_believes_a_yes(shopper: Shopper) -> None:
    shopper.arrive()
    shopper.try_card(ASKS)
    assert "3-D Secure" in shopper.browser.title
    shopper.browser.send("button[value=pass]")
    assert shopper.settled() is OrderStatus.COMPLETE


def test_a_no_to_the_bank_leads_back_to_the_form(shopper: Shopper) -> None:
    shopper.arrive()
    shopper.try_card(ASKS)
    shopper.browser.send("button[value=fail]")
    assert shopper.browser.has("#card_number")
    assert shopper.browser.has("[role=alert]")


def test_a_page_whose_order_is_over_takes_no_card(shopper: Shopper) -> None:
    shopper.arrive()
    page = shopper.browser.url
    shopper.api.call(CANCEL_ORDER, order_id=shopper.order.id)
    for _ in range(200):
        shopper.browser.open(page)
        if not shopper.browser.has("#card_number"):
            break
    assert "Not paid" in shopper.browser.text("h1")


def test_a_page_that_is_paid_already_takes_no_card(shopper: Shopper) -> None:
    shopper.arrive()
    page = shopper.browser.url
    shopper.try_card(CARD)
    assert shopper.settled() is OrderStatus.COMPLETE
    shopper.browser.open(page)
    assert not shopper.browser.has("#card_number")


def test_a_number_that_is_no_test_card_is_refused_and_not_shown_again(shopper: Shopper) -> None:
    shopper.arrive()
    shopper.try_card("4000056655665556")
    assert shopper.browser.has("[role=alert]")
    assert "5665" not in shopper.browser.text()


@sizes
def test_nothing_sticks_out_of_the_page(shopper: Shopper, size: tuple[int, int]) -> None:
    shopper.arrive(size)
    assert shopper.browser.width_of_content() <= size[0]
    shopper.try_card(DECLINED)
    assert shopper.browser.width_of_content() <= size[0]
    shopper.try_card(ASKS)
    assert shopper.browser.width_of_content() <= size[0]


@sizes
def test_the_form_can_be_reached_without_scrolling(shopper: Shopper, size: tuple[int, int]) -> None:
    shopper.arrive(size)
    for selector in ("#card_number", "#exp", "#cvc", "form button"):
        box = shopper.browser.box(selector)
        assert box["y"] + box["height"] <= size[1]
        assert box["height"] >= FINGER
