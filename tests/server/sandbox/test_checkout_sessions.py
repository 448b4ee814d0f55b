"""Checkout Sessions: opened, paid, expired."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox.merchant import (
    BASE,
    CHALLENGED,
    DAY,
    DECLINED,
    GOOD,
    HOUR,
    MINUTE,
    Merchant,
    error,
)


def test_a_new_session_is_an_open_page_without_an_intent(merchant: Merchant) -> None:
    session = merchant.open()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.url == f"{BASE}/sandbox/pay/{session.id}"
    assert session.payment_intent is None
    assert (session.amount_total, session.currency) == (4500, "eur")
    assert session.livemode is False


def test_a_session_keeps_the_shops_reference_and_metadata(merchant: Merchant) -> None:
    session = merchant.session(merchant.open().id)
    assert session.client_reference_id == "ord_1"
    assert session.metadata is not None
    assert session.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}


def test_the_first_attempt_creates_the_intent_from_the_sessions_data(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, DECLINED)
    intent = merchant.intent(session.id)
    assert intent.capture_method == "manual"
    assert intent.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}
    assert intent.transfer_group == "ord_1"
    assert intent.status == "requires_payment_method"


def test_a_paid_session_is_complete_and_its_intent_is_authorized(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, GOOD)
    complete = merchant.session(session.id)
    assert (complete.status, complete.payment_status, complete.url) == ("complete", "unpaid", None)
    intent = merchant.intent(session.id)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (
        "requires_capture",
        4500,
        0,
    )


def test_capturing_marks_the_session_paid(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, GOOD)
    merchant.stripe.payment_intents.capture(merchant.intent(session.id).id)
    assert merchant.session(session.id).payment_status == "paid"


def test_without_manual_capture_the_money_is_captured_at_once(merchant: Merchant) -> None:
    intent = merchant.authorize(payment_intent_data={"capture_method": "automatic"})
    assert (intent.status, intent.amount_received) == ("succeeded", 4500)


def test_several_items_add_up(merchant: Merchant) -> None:
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Seat"}}
    items = [{"quantity": 2, "price_data": price}, {"quantity": 1, "price_data": price}]
    session = merchant.open(line_items=items)
    assert session.amount_total == 3000
    listed = merchant.stripe.checkout.sessions.line_items.list(session.id).data
    assert [item.amount_total for item in listed] == [2000, 1000]


@pytest.mark.parametrize("seconds", [30 * MINUTE, DAY])
def test_a_page_may_be_open_for_30_minutes_to_24_hours(merchant: Merchant, seconds: int) -> None:
    assert merchant.open(expires_at=merchant.time + seconds).expires_at == merchant.time + seconds


@pytest.mark.parametrize("seconds", [-1, 0, 30 * MINUTE - 1, DAY + 1])
def test_an_expiry_outside_30_minutes_to_24_hours_is_refused(
    merchant: Merchant, seconds: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.open(expires_at=merchant.time + seconds)
    assert raised.value.param == "expires_at"


def test_a_page_is_open_for_24_hours_by_default(merchant: Merchant) -> None:
    form = merchant.form()
    del form["expires_at"]
    assert merchant.stripe.checkout.sessions.create(form).expires_at == merchant.time + DAY


def test_a_page_expires_when_its_time_is_over(merchant: Merchant) -> None:
    session = merchant.open(expires_at=merchant.time + HOUR)
    merchant.time += HOUR - 1
    assert merchant.session(session.id).status == "open"
    merchant.time += 1
    assert merchant.session(session.id).status == "expired"
    assert merchant.submit_card(session.id, GOOD).state == "expired"


def test_a_late_expiry_event_has_the_time_when_it_was_due(merchant: Merchant) -> None:
    session = merchant.open(expires_at=merchant.time + HOUR)
    merchant.time += 3 * DAY
    (event,) = merchant.events("checkout.session.expired")
    assert event.created == session.expires_at


def test_an_open_page_can_be_expired(merchant: Merchant) -> None:
    session = merchant.open()
    assert merchant.stripe.checkout.sessions.expire(session.id).status == "expired"
    assert merchant.submit_card(session.id, GOOD).state == "expired"


@pytest.mark.parametrize("ended", ["expired", "complete"])
def test_only_an_open_page_can_be_expired(merchant: Merchant, ended: str) -> None:
    session = merchant.open()
    if ended == "complete":
        merchant.submit_card(session.id, GOOD)
    else:
        merchant.stripe.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError, match=f"has a status of `{ended}`") as raised:
        merchant.stripe.checkout.sessions.expire(session.id)
    assert raised.value.http_status == 400
    assert raised.value.code is None


@pytest.mark.parametrize("card", [DECLINED, CHALLENGED])
def test_expiring_a_page_cancels_an_unfinished_intent(merchant: Merchant, card: str) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, card)
    merchant.stripe.checkout.sessions.expire(session.id)
    assert merchant.intent(session.id).status == "canceled"


def test_the_authorization_of_a_paid_page_does_not_expire_with_it(merchant: Merchant) -> None:
    intent = merchant.authorize()
    merchant.time += DAY
    assert merchant.stripe.payment_intents.retrieve(intent.id).status == "requires_capture"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"allowed_payment_method_types": ["link"]}, "allowed_payment_method_types"),
        ({"line_items": []}, "line_items"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": "/relative"}, "success_url"),
        ({"metadata": {"a": "x" * 501}}, "metadata[a]"),
        (
            {"payment_intent_data": {"capture_methd": "manual"}},
            "payment_intent_data[capture_methd]",
        ),
        (
            {"payment_intent_data": {"capture_method": "later"}},
            "payment_intent_data[capture_method]",
        ),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_an_invalid_parameter_is_named(
    merchant: Merchant, changes: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.open(**changes)
    assert (raised.value.http_status, raised.value.param) == (400, param)


@pytest.mark.parametrize("field", ["mode", "line_items", "success_url"])
def test_a_missing_required_parameter_is_refused(merchant: Merchant, field: str) -> None:
    form = merchant.form()
    del form[field]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.checkout.sessions.create(form)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", field)


def test_a_refused_session_is_not_stored(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        merchant.open(colour="blue")
    assert merchant.stripe.checkout.sessions.list().data == []
    merchant.time += DAY
    assert merchant.events() == []


def test_an_unknown_session_is_not_found(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.session("cs_test_nobody")
    assert (raised.value.http_status, error(raised.value)["code"]) == (404, "resource_missing")


def test_sessions_can_be_listed_by_intent(merchant: Merchant) -> None:
    merchant.open()
    intent = merchant.authorize()
    (found,) = merchant.stripe.checkout.sessions.list({"payment_intent": intent.id}).data
    assert found.payment_intent == intent.id


def test_a_line_item_has_a_product_with_a_description(merchant: Merchant) -> None:
    session = merchant.session(merchant.open().id, "line_items.data.price.product")
    assert session.line_items is not None
    price = session.line_items.data[0].price
    assert price is not None
    assert isinstance(price.product, stripe.Product)
    assert price.product.description == "Paradiso, Amsterdam"


def test_an_error_after_the_first_write_rolls_it_back(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        merchant.open(expand=["nonsense"])
    assert merchant.stripe.checkout.sessions.list().data == []
    merchant.time += DAY
    assert merchant.events() == []


def test_the_parameter_that_stripe_removed_in_endive_is_refused(merchant: Merchant) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.open(payment_method_types=["card"])
    assert raised.value.code == "payment_method_types_no_longer_supported"
