"""Lists and expanding: paging as Stripe does it, whole objects in the place of ids."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from tests.server.sandbox.till import START, Till


def create(till: Till, count: int) -> list[str]:
    """Open intents one second apart; return their ids, newest first."""
    ids = []
    for _ in range(count):
        ids.append(till.stripe.payment_intents.create({"amount": 500, "currency": "eur"}).id)
        till.time += 1
    return ids[::-1]


@given(count=st.integers(0, 12), limit=st.integers(1, 5))
def test_paging_visits_everything_once_newest_first(count: int, limit: int) -> None:
    till = Till()
    ids = create(till, count)
    listed = till.stripe.payment_intents.list({"limit": limit})
    assert [one.id for one in listed.auto_paging_iter()] == ids
    till.sandbox.close()


def test_a_page_has_ten_items_unless_told_otherwise(till: Till) -> None:
    ids = create(till, 11)
    listed = till.stripe.payment_intents.list()
    assert [one.id for one in listed.data] == ids[:10]
    assert listed.has_more


def test_paging_can_go_back(till: Till) -> None:
    ids = create(till, 6)
    back = till.stripe.payment_intents.list({"ending_before": ids[4], "limit": 2})
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
def test_a_list_can_be_cut_by_age(till: Till, created: dict[str, int], expected: list[int]) -> None:
    create(till, 3)
    listed = till.stripe.payment_intents.list(cast("Any", {"created": created})).data
    assert [one.created - START for one in listed] == expected


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"starting_after": "pi_nobody"}, {"colour": "blue"}]
)
def test_a_bad_query_is_refused(till: Till, query: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.payment_intents.list(cast("Any", query))


def test_an_id_is_expanded_into_the_object_and_below_it(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, "4242424242424242")
    expanded = till.session(session.id, "payment_intent.latest_charge", "line_items")
    assert isinstance(expanded.payment_intent, stripe.PaymentIntent)
    assert isinstance(expanded.payment_intent.latest_charge, stripe.Charge)
    assert expanded.line_items is not None
    assert expanded.line_items.data[0].description == "Seat 12"


def test_what_is_not_there_yet_expands_to_nothing(till: Till) -> None:
    assert till.session(till.open().id, "payment_intent.latest_charge").payment_intent is None


def test_the_items_of_a_list_are_expanded(till: Till) -> None:
    till.authorise()
    listed = till.stripe.payment_intents.list({"expand": ["data.latest_charge"]}).data
    assert isinstance(listed[0].latest_charge, stripe.Charge)


@pytest.mark.parametrize("field", ["nonsense", "status", "payment_intent.nonsense"])
def test_what_is_no_id_cannot_be_expanded(till: Till, field: str) -> None:
    session = till.open()
    till.type_in(session.id, "4242424242424242")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        till.session(session.id, field)
