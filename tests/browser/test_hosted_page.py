"""The hosted page in a real browser, at two sizes, without scripts."""

from __future__ import annotations

import pytest

from contract.orders import CANCEL_ORDER, OrderStatus
from tests.browser.shopper import DESKTOP, PHONE, Shopper
from tests.world import CARD, DECLINED

CHALLENGED = "4000000000003220"
sizes = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
#: The minimum height of a touch target (WCAG 2.2, 2.5.8).
TOUCH_TARGET = 24


def test_a_valid_card_pays_the_order(shopper: Shopper) -> None:
    shopper.open_page()
    assert "45.00" in shopper.browser.text()
    assert "Le Tour d'Écosse" in shopper.browser.text()
    shopper.try_card(CARD)
    assert shopper.final_status() is OrderStatus.COMPLETE
    shopper.open_page()
    assert "Paid" in shopper.browser.title


def test_the_page_accepts_another_card_after_a_decline(shopper: Shopper) -> None:
    shopper.open_page()
    shopper.try_card(DECLINED)
    assert "declined" in shopper.browser.text("[role=alert]").lower()
    shopper.try_card(CARD)
    assert shopper.final_status() is OrderStatus.COMPLETE


def test_a_passed_challenge_pays_the_order(shopper: Shopper) -> None:
    shopper.open_page()
    shopper.try_card(CHALLENGED)
    assert "3-D Secure" in shopper.browser.title
    shopper.browser.submit("button[value=pass]")
    assert shopper.final_status() is OrderStatus.COMPLETE


def test_a_failed_challenge_leads_back_to_the_form(shopper: Shopper) -> None:
    shopper.open_page()
    shopper.try_card(CHALLENGED)
    shopper.browser.submit("button[value=fail]")
    assert shopper.browser.has("#card_number")
    assert shopper.browser.has("[role=alert]")


def test_the_page_of_a_cancelled_order_has_no_form(shopper: Shopper) -> None:
    shopper.open_page()
    page = shopper.browser.url
    shopper.api.call(CANCEL_ORDER, order_id=shopper.order.id)
    for _ in range(200):
        shopper.browser.open(page)
        if not shopper.browser.has("#card_number"):
            break
    assert "Not paid" in shopper.browser.text("h1")


def test_a_paid_page_has_no_form(shopper: Shopper) -> None:
    shopper.open_page()
    page = shopper.browser.url
    shopper.try_card(CARD)
    assert shopper.final_status() is OrderStatus.COMPLETE
    shopper.browser.open(page)
    assert not shopper.browser.has("#card_number")


def test_an_unlisted_card_number_is_refused_and_not_shown_again(shopper: Shopper) -> None:
    shopper.open_page()
    shopper.try_card("4000056655665556")
    assert shopper.browser.has("[role=alert]")
    assert "5665" not in shopper.browser.text()


@sizes
def test_the_page_never_scrolls_sideways(shopper: Shopper, size: tuple[int, int]) -> None:
    shopper.open_page(size)
    assert shopper.browser.content_width() <= size[0]
    shopper.try_card(DECLINED)
    assert shopper.browser.content_width() <= size[0]
    shopper.try_card(CHALLENGED)
    assert shopper.browser.content_width() <= size[0]


@sizes
def test_the_form_fits_on_the_screen(shopper: Shopper, size: tuple[int, int]) -> None:
    shopper.open_page(size)
    for selector in ("#card_number", "#exp", "#cvc", "form button"):
        rect = shopper.browser.rect(selector)
        assert rect["y"] + rect["height"] <= size[1]
        assert rect["height"] >= TOUCH_TARGET
