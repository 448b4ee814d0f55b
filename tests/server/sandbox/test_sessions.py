"""Checkout Sessions: opened, paid, expired."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.server.sandbox.till import (
    BASE,
    CHALLENGED,
    DAY,
    DECLINED,
    GOOD,
    HOUR,
    MINUTE,
    Till,
    error,
)


def test_a_new_session_is_an_open_page_without_an_intent(till: Till) -> None:
    session = till.open()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.url == f"{BASE}/sandbox/pay/{session.id}"
    assert session.payment_intent is None
    assert (session.amount_total, session.currency) == (4500, "eur")
    assert session.livemode is False


def test_a_session_keeps_what_the_shop_said(till: Till) -> None:
    session = till.session(till.open().id)
    assert session.client_reference_id == "ord_1"
    assert session.metadata is not None
    assert session.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}


def test_the_first_card_opens_the_intent_with_the_sessions_data(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, DECLINED)
    intent = till.intent(session.id)
    assert intent.capture_method == "manual"
    assert intent.metadata.to_dict() == {"order": "ord_1", "payment": "pay_1"}
    assert intent.transfer_group == "ord_1"
    assert intent.status == "requires_payment_method"


def test_a_paid_page_is_complete_and_holds_the_money(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, GOOD)
    complete = till.session(session.id)
    assert (complete.status, complete.payment_status, complete.url) == ("complete", "unpaid", None)
    intent = till.intent(session.id)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (
        "requires_capture",
        4500,
        0,
    )


def test_capturing_marks_the_session_paid(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, GOOD)
    till.stripe.payment_intents.capture(till.intent(session.id).id)
    assert till.session(session.id).payment_status == "paid"


def test_without_manual_capture_the_money_is_taken_at_once(till: Till) -> None:
    intent = till.authorise(payment_intent_data={"capture_method": "automatic"})
    assert (intent.status, intent.amount_received) == ("succeeded", 4500)


def test_several_items_add_up(till: Till) -> None:
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Seat"}}
    items = [{"quantity": 2, "price_data": price}, {"quantity": 1, "price_data": price}]
    session = till.open(line_items=items)
    assert session.amount_total == 3000
    listed = till.stripe.checkout.sessions.line_items.list(session.id).data
    assert [item.amount_total for item in listed] == [2000, 1000]


@pytest.mark.parametrize("seconds", [30 * MINUTE, DAY])
def test_a_page_may_live_from_30_minutes_to_24_hours(till: Till, seconds: int) -> None:
    assert till.open(expires_at=till.time + seconds).expires_at == till.time + seconds


@pytest.mark.parametrize("seconds", [-1, 0, 30 * MINUTE - 1, DAY + 1])
def test_a_page_that_lives_shorter_or_longer_is_refused(till: Till, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.open(expires_at=till.time + seconds)
    assert raised.value.param == "expires_at"


def test_a_page_lives_24_hours_unless_told_otherwise(till: Till) -> None:
    form = till.form()
    del form["expires_at"]
    assert till.stripe.checkout.sessions.create(form).expires_at == till.time + DAY


def test_the_clock_alone_expires_a_page(till: Till) -> None:
    session = till.open(expires_at=till.time + HOUR)
    till.time += HOUR - 1
    assert till.session(session.id).status == "open"
    till.time += 1
    assert till.session(session.id).status == "expired"
    assert till.type_in(session.id, GOOD).state == "expired"


def test_an_expiry_noticed_late_carries_the_time_it_was_due(till: Till) -> None:
    session = till.open(expires_at=till.time + HOUR)
    till.time += 3 * DAY
    (event,) = till.events("checkout.session.expired")
    assert event.created == session.expires_at


def test_an_open_page_can_be_expired(till: Till) -> None:
    session = till.open()
    assert till.stripe.checkout.sessions.expire(session.id).status == "expired"
    assert till.type_in(session.id, GOOD).state == "expired"


@pytest.mark.parametrize("ended", ["expired", "complete"])
def test_only_an_open_page_can_be_expired(till: Till, ended: str) -> None:
    session = till.open()
    if ended == "complete":
        till.type_in(session.id, GOOD)
    else:
        till.stripe.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError, match=f"has a status of `{ended}`") as raised:
        till.stripe.checkout.sessions.expire(session.id)
    assert raised.value.http_status == 400
    assert raised.value.code is None


@pytest.mark.parametrize("card", [DECLINED, CHALLENGED])
def test_expiring_a_page_ends_the_intent_somebody_began(till: Till, card: str) -> None:
    session = till.open()
    till.type_in(session.id, card)
    till.stripe.checkout.sessions.expire(session.id)
    assert till.intent(session.id).status == "canceled"


def test_expiring_frees_no_hold_of_a_paid_page(till: Till) -> None:
    intent = till.authorise()
    till.time += DAY
    assert till.stripe.payment_intents.retrieve(intent.id).status == "requires_capture"


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
def test_a_bad_parameter_is_refused_by_name(
    till: Till, changes: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.open(**changes)
    assert (raised.value.http_status, raised.value.param) == (400, param)


@pytest.mark.parametrize("field", ["mode", "line_items", "success_url"])
def test_a_needed_parameter_may_not_be_missing(till: Till, field: str) -> None:
    form = till.form()
    del form[field]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.checkout.sessions.create(form)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", field)


def test_a_refused_session_leaves_nothing_behind(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        till.open(colour="blue")
    assert till.stripe.checkout.sessions.list().data == []
    assert till.sandbox.due_at() is None


def test_a_session_that_never_was_is_missing(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.session("cs_test_nobody")
    assert (raised.value.http_status, error(raised.value)["code"]) == (404, "resource_missing")


def test_the_session_of_an_intent_can_be_found(till: Till) -> None:
    till.open()
    intent = till.authorise()
    (found,) = till.stripe.checkout.sessions.list({"payment_intent": intent.id}).data
    assert found.payment_intent == intent.id


def test_what_is_sold_is_a_product_with_a_description(till: Till) -> None:
    session = till.session(till.open().id, "line_items.data.price.product")
    assert session.line_items is not None
    price = session.line_items.data[0].price
    assert price is not None
    assert isinstance(price.product, stripe.Product)
    assert price.product.description == "Paradiso, Amsterdam"


def test_a_refusal_after_the_first_write_takes_that_back_too(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        till.open(expand=["nonsense"])
    assert till.stripe.checkout.sessions.list().data == []
    assert till.sandbox.due_at() is None


def test_the_parameter_that_stripe_removed_in_endive_is_refused(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.open(payment_method_types=["card"])
    assert raised.value.code == "payment_method_types_no_longer_supported"
