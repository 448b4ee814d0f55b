"""Paging and expanding: lists as Stripe pages them, and whole objects instead of ids."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from tests.server.sandbox.merchant import START, Merchant


def create(merchant: Merchant, count: int) -> list[str]:
    """Create intents one second apart, and return their ids, newest first."""
    ids = []
    for _ in range(count):
        ids.append(merchant.stripe.payment_intents.create({"amount": 500, "currency": "eur"}).id)
        merchant.time += 1
    return ids[::-1]


@given(count=st.integers(0, 12), limit=st.integers(1, 5))
def test_paging_returns_every_object_once_newest_first(count: int, limit: int) -> None:
    merchant = Merchant()
    ids = create(merchant, count)
    listed = merchant.stripe.payment_intents.list({"limit": limit})
    assert [one.id for one in listed.auto_paging_iter()] == ids
    merchant.sandbox.close()


def test_a_page_has_ten_items_by_default(merchant: Merchant) -> None:
    ids = create(merchant, 11)
    listed = merchant.stripe.payment_intents.list()
    assert [one.id for one in listed.data] == ids[:10]
    assert listed.has_more


def test_paging_works_backwards(merchant: Merchant) -> None:
    ids = create(merchant, 6)
    back = merchant.stripe.payment_intents.list({"ending_before": ids[4], "limit": 2})
    assert [one.id for one in back.data] == ids[2:4]
    assert back.has_more


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ({"gte": START + 1}, [2, 1]),
        ({"gt": START + 1}, [2]),
        ({"lt": START + 1}, [0]),
        ({"lte": START + 1, "gte": START + 1}, [1]),
    ],
)
def test_lists_can_be_filtered_by_creation_time(
    merchant: Merchant, created: dict[str, int], expected: list[int]
) -> None:
    create(merchant, 3)
    listed = merchant.stripe.payment_intents.list(cast("Any", {"created": created})).data
    assert [one.created - START for one in listed] == expected


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"starting_after": "pi_nobody"}, {"colour": "blue"}]
)
def test_a_bad_query_is_refused(merchant: Merchant, query: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.payment_intents.list(cast("Any", query))


def test_expanding_reaches_nested_objects(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, "4242424242424242")
    expanded = merchant.session(session.id, "payment_intent.latest_charge", "line_items")
    assert isinstance(expanded.payment_intent, stripe.PaymentIntent)
    assert isinstance(expanded.payment_intent.latest_charge, stripe.Charge)
    assert expanded.line_items is not None
    assert expanded.line_items.data[0].description == "Seat 12"


def test_expanding_a_missing_object_returns_null(merchant: Merchant) -> None:
    assert (
        merchant.session(merchant.open().id, "payment_intent.latest_charge").payment_intent is None
    )


def test_the_items_of_a_list_are_expanded(merchant: Merchant) -> None:
    merchant.authorize()
    listed = merchant.stripe.payment_intents.list({"expand": ["data.latest_charge"]}).data
    assert isinstance(listed[0].latest_charge, stripe.Charge)


@pytest.mark.parametrize("field", ["nonsense", "status", "payment_intent.nonsense"])
def test_only_ids_can_be_expanded(merchant: Merchant, field: str) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, "4242424242424242")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        merchant.session(session.id, field)
