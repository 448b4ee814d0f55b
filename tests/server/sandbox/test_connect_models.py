"""Models of disputes, transfers and the balance, checked against the SDK's types."""

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
from tests.server.sandbox.merchant import DISPUTED_AS_NOT_RECEIVED, REFUND_FAILS, Merchant
from tests.server.sandbox.oracle import Oracle
from tests.server.sandbox.test_disputes import contest, disputed
from tests.server.sandbox.test_transfers import form, seller, send


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def disputes(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield disputes with every outcome, and their charges."""
    opened = [disputed(merchant, DISPUTED_AS_NOT_RECEIVED) for _ in range(4)]
    merchant.stripe.disputes.close(opened[1].id)
    contest(merchant, opened[2], "winning_evidence")
    contest(merchant, opened[3], "losing_evidence", submit=False)
    merchant.time += DECIDES_AFTER
    yield from merchant.stripe.disputes.list().data
    yield from merchant.stripe.charges.list().data
    yield merchant.stripe.disputes.retrieve(opened[0].id, {"expand": ["charge", "payment_intent"]})


def money(merchant: Merchant) -> Iterator[stripe.StripeObject]:
    """Yield every kind of balance transaction, and the objects that caused them."""
    charge = merchant.charge(merchant.capture(REFUND_FAILS))
    merchant.stripe.refunds.create({"charge": charge.id, "amount": 500})
    merchant.time += 100
    sent = send(merchant, source_transaction=charge.id)
    yield merchant.stripe.transfers.reversals.create(sent.id, {"amount": 1000})
    yield merchant.stripe.transfers.retrieve(sent.id, {"expand": ["destination"]})
    yield seller(merchant)
    yield merchant.stripe.balance.retrieve()
    yield from merchant.stripe.balance_transactions.list().data
    yield from merchant.stripe.refunds.list().data


@pytest.mark.parametrize("make", [disputes, money])
def test_every_object_has_exactly_the_sdks_fields(
    merchant: Merchant, oracle: Oracle, make: Callable[[Merchant], Iterator[stripe.StripeObject]]
) -> None:
    for resource in [*make(merchant), *merchant.events()]:
        assert oracle.response(resource.to_dict()) == [], resource
    for event in merchant.events():
        snapshot = event.to_dict()["data"]["object"]
        assert oracle.response(snapshot) == [], snapshot


def test_the_tests_send_only_parameters_that_the_sdk_knows(
    merchant: Merchant, oracle: Oracle
) -> None:
    sent = form(merchant, source_transaction="ch_1", metadata={}, description="Seat 12")
    assert oracle.request(TransferCreateParams, sent) == []
    assert oracle.request(TransferUpdateParams, {"metadata": {}, "description": ""}) == []
    assert oracle.request(TransferReversalCreateParams, {"amount": 1, "metadata": {}}) == []
    account = {"type": "express", "country": "PT", "capabilities": {"transfers": {}}}
    assert oracle.request(AccountCreateParams, account) == []
    evidence = {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    assert oracle.request(DisputeUpdateParams, evidence) == []
