"""Shapes of disputes, transfers and the balance: held against the SDK's own types too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import stripe
from stripe.params import (
    AccountCreateParams,
    DisputeUpdateParams,
    TransferCreateParams,
    TransferReversalCreateParams,
    TransferUpdateParams,
)

from server.sandbox.disputes import DECIDES_AFTER
from tests.server.sandbox.oracle import Oracle
from tests.server.sandbox.test_disputes import contest, disputed
from tests.server.sandbox.test_transfers import form, seller, send
from tests.server.sandbox.till import NONE_RECEIVED, REFUND_FAILS, Till


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def disputes(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield a dispute of every fate, and the charges they are about."""
    opened = [disputed(till, NONE_RECEIVED) for _ in range(4)]
    till.stripe.disputes.close(opened[1].id)
    contest(till, opened[2], "winning_evidence")
    contest(till, opened[3], "losing_evidence", submit=False)
    till.time += DECIDES_AFTER
    yield from till.stripe.disputes.list().data
    yield from till.stripe.charges.list().data
    yield till.stripe.disputes.retrieve(opened[0].id, {"expand": ["charge", "payment_intent"]})


def money(till: Till) -> Iterator[stripe.StripeObject]:
    """Yield what every movement of money looks like, and what moves it."""
    charge = till.charge(till.capture(REFUND_FAILS))
    till.stripe.refunds.create({"charge": charge.id, "amount": 500})
    till.time += 100
    sent = send(till, source_transaction=charge.id)
    yield till.stripe.transfers.reversals.create(sent.id, {"amount": 1000})
    yield till.stripe.transfers.retrieve(sent.id, {"expand": ["destination"]})
    yield seller(till)
    yield till.stripe.balance.retrieve()
    yield from till.stripe.balance_transactions.list().data
    yield from till.stripe.refunds.list().data


@pytest.mark.parametrize("story", [disputes, money])
def test_no_object_has_a_field_too_many_or_too_few(
    till: Till, oracle: Oracle, story: Callable[[Till], Iterator[stripe.StripeObject]]
) -> None:
    for thing in [*story(till), *till.events()]:
        assert oracle.response(thing.to_dict()) == [], thing
    for event in till.events():
        snapshot = event.to_dict()["data"]["object"]
        assert oracle.response(snapshot) == [], snapshot


def test_what_the_tests_send_is_what_the_sdk_knows(till: Till, oracle: Oracle) -> None:
    sent = form(till, source_transaction="ch_1", metadata={}, description="Seat 12")
    assert oracle.request(TransferCreateParams, sent) == []
    assert oracle.request(TransferUpdateParams, {"metadata": {}, "description": ""}) == []
    assert oracle.request(TransferReversalCreateParams, {"amount": 1, "metadata": {}}) == []
    account = {"type": "express", "country": "PT", "capabilities": {"transfers": {}}}
    assert oracle.request(AccountCreateParams, account) == []
    evidence = {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    assert oracle.request(DisputeUpdateParams, evidence) == []
