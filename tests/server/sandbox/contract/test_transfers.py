"""Transfers: a seller is paid from a charge, within limits, and a transfer can be reversed."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from tests.server.sandbox.contract.features import Feature, needs
from tests.server.sandbox.contract.provider import Provider, charge_of


def seller(provider: Provider) -> str:
    if provider.account is not None:
        return provider.account
    return provider.v1.accounts.create({"type": "express", "country": "PT"}).id


def send(provider: Provider, charge: str, amount: int = 4000, **more: Any) -> stripe.Transfer:
    form = {
        "amount": amount,
        "currency": "eur",
        "destination": seller(provider),
        "source_transaction": charge,
        **more,
    }
    return provider.v1.transfers.create(cast("Any", form))


@needs(Feature.CONNECT)
def test_a_transfer_can_use_a_charge(provider: Provider) -> None:
    paid = provider.pay(transfer_group=provider.key())
    sent = send(provider, charge_of(paid), metadata={"order": "ord_1"})
    found = provider.v1.transfers.retrieve(sent.id)
    assert (found.amount, found.amount_reversed, found.reversed) == (4000, 0, False)
    assert (found.source_transaction, found.transfer_group) == (
        charge_of(paid),
        paid.transfer_group,
    )
    listed = provider.v1.transfers.list({"transfer_group": str(paid.transfer_group)}).data
    assert [one.id for one in listed] == [sent.id]


@needs(Feature.CONNECT)
def test_transfers_from_a_charge_do_not_exceed_it(provider: Provider) -> None:
    charge = charge_of(provider.pay())
    provider.pay()
    with pytest.raises(stripe.InvalidRequestError):
        send(provider, charge, 4501)


@needs(Feature.CONNECT, Feature.ERROR_CODES)
def test_a_transfer_to_an_unknown_account_is_refused(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(provider, charge_of(provider.pay()), destination="acct_1nobody")
    assert raised.value.code == "resource_missing"


@needs(Feature.CONNECT, Feature.ERROR_CODES)
def test_no_more_than_the_balance_can_be_sent(provider: Provider) -> None:
    form: Any = {"amount": 90_000_000, "currency": "eur", "destination": seller(provider)}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        provider.v1.transfers.create(form)
    assert raised.value.code == "balance_insufficient"


@needs(Feature.CONNECT)
def test_a_transfer_can_be_reversed_in_parts(provider: Provider) -> None:
    sent = send(provider, charge_of(provider.pay()))
    part = provider.v1.transfers.reversals.create(sent.id, {"amount": 1000})
    assert (part.amount, part.transfer) == (1000, sent.id)
    with pytest.raises(stripe.InvalidRequestError):
        provider.v1.transfers.reversals.create(sent.id, {"amount": 3001})
    provider.v1.transfers.reversals.create(sent.id)
    whole = provider.v1.transfers.retrieve(sent.id)
    assert (whole.amount_reversed, whole.reversed) == (4000, True)
    assert len(provider.v1.transfers.reversals.list(sent.id).data) == 2


@needs(Feature.CONNECT)
def test_the_balance_can_be_retrieved(provider: Provider) -> None:
    provider.pay()
    balance = provider.v1.balance.retrieve()
    known = {one.currency for one in balance.available} | {one.currency for one in balance.pending}
    assert "eur" in known
