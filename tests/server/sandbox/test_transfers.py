"""Transfers: sellers are paid from the platform's balance, and transfers can be reversed."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from tests.server.sandbox.merchant import Merchant, error
from tests.server.sandbox.test_disputes import balance, disputed


def seller(merchant: Merchant) -> stripe.Account:
    return merchant.stripe.accounts.create(
        {
            "type": "express",
            "country": "PT",
            "email": "sofia@example.org",
            "capabilities": {"transfers": {"requested": True}},
        }
    )


def form(merchant: Merchant, amount: int = 4000, **more: Any) -> Any:
    return {
        "amount": amount,
        "currency": "eur",
        "destination": seller(merchant).id,
        "transfer_group": "ord_1",
        **more,
    }


def send(merchant: Merchant, amount: int = 4000, **more: Any) -> stripe.Transfer:
    return merchant.stripe.transfers.create(form(merchant, amount, **more))


def test_a_transfer_moves_money_from_the_balance_to_the_seller(merchant: Merchant) -> None:
    charge = merchant.charge(merchant.capture())
    sent = send(
        merchant, source_transaction=charge.id, metadata={"order": "ord_1"}, description="Seat 12"
    )
    assert (sent.amount, sent.currency, sent.reversed) == (4000, "eur", False)
    assert (sent.source_transaction, sent.transfer_group) == (charge.id, "ord_1")
    assert (sent.description, sent.metadata.to_dict()) == ("Seat 12", {"order": "ord_1"})
    assert balance(merchant) == 500
    (event,) = merchant.events("transfer.created")
    assert event.data.object["id"] == sent.id


def test_nothing_is_sent_to_an_unknown_account(merchant: Merchant) -> None:
    merchant.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(merchant, destination="acct_1nobody")
    assert (raised.value.code, raised.value.param) == ("resource_missing", "destination")
    assert balance(merchant) == 4500


def test_no_more_than_the_balance_can_be_sent(merchant: Merchant) -> None:
    merchant.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(merchant, 4501)
    assert (raised.value.http_status, raised.value.code) == (400, "balance_insufficient")
    assert balance(merchant) == 4500
    send(merchant, 4500)
    assert balance(merchant) == 0


def test_a_balance_in_another_currency_does_not_count(merchant: Merchant) -> None:
    merchant.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(merchant, 1, currency="usd")
    assert raised.value.code == "balance_insufficient"


def test_uncaptured_refunded_and_disputed_money_does_not_count(merchant: Merchant) -> None:
    merchant.authorize()
    assert balance(merchant) == 0
    merchant.stripe.refunds.create({"payment_intent": merchant.capture().id, "amount": 4000})
    assert balance(merchant) == 500
    disputed(merchant)
    assert balance(merchant) == 500


def test_transfers_from_a_charge_do_not_exceed_it(merchant: Merchant) -> None:
    charge = merchant.charge(merchant.capture())
    merchant.capture()
    first = send(merchant, 3000, source_transaction=charge.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"EUR 15\.00 left"):
        send(merchant, 1501, source_transaction=charge.id)
    merchant.stripe.transfers.reversals.create(first.id)
    assert send(merchant, 4500, source_transaction=charge.id).amount == 4500


def test_a_transfer_without_an_amount_sends_the_rest_of_its_charge(merchant: Merchant) -> None:
    charge = merchant.charge(merchant.capture())
    send(merchant, 1000, source_transaction=charge.id)
    rest = form(merchant, source_transaction=charge.id)
    del rest["amount"]
    assert merchant.stripe.transfers.create(rest).amount == 3500
    del rest["source_transaction"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.transfers.create(rest)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", "amount")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"currency": "usd"}, "currency"),
        ({"transfer_group": "ord_2"}, "transfer_group"),
        ({"source_transaction": "ch_1"}, "source_transaction"),
        ({"amount": 0}, "amount"),
        ({"amont": 1}, "amont"),
    ],
)
def test_a_transfer_that_contradicts_its_charge_is_refused(
    merchant: Merchant, more: dict[str, Any], param: str
) -> None:
    charge = merchant.charge(merchant.capture())
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(merchant, **{"source_transaction": charge.id, **more})
    assert raised.value.param == param
    assert balance(merchant) == 4500


def test_an_uncaptured_charge_cannot_be_transferred(merchant: Merchant) -> None:
    held = merchant.charge(merchant.authorize())
    merchant.capture()
    with pytest.raises(stripe.InvalidRequestError, match="not been captured"):
        send(merchant, source_transaction=held.id)


def test_a_transfer_gets_a_group_from_its_charge(merchant: Merchant) -> None:
    grouped = merchant.charge(merchant.capture())
    assert send(merchant, 1, source_transaction=grouped.id, transfer_group="ord_1").id
    paid = merchant.stripe.payment_intents.create(
        {"amount": 100, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    )
    bare = form(merchant, 1, source_transaction=str(paid.latest_charge))
    del bare["transfer_group"]
    assert merchant.stripe.transfers.create(bare).transfer_group == f"group_{paid.latest_charge}"


def test_a_transfer_can_be_reversed_in_parts(merchant: Merchant) -> None:
    merchant.capture()
    sent = send(merchant)
    part = merchant.stripe.transfers.reversals.create(sent.id, {"amount": 1000})
    assert (part.amount, part.transfer, balance(merchant)) == (1000, sent.id, 1500)
    half = merchant.stripe.transfers.retrieve(sent.id)
    assert (half.amount_reversed, half.reversed) == (1000, False)
    rest = merchant.stripe.transfers.reversals.create(sent.id, {"metadata": {"refund": "ref_1"}})
    assert (rest.amount, balance(merchant)) == (3000, 4500)
    whole = merchant.stripe.transfers.retrieve(sent.id)
    assert (whole.amount_reversed, whole.reversed) == (4000, True)
    assert [one.id for one in whole.reversals.data] == [rest.id, part.id]
    assert len(merchant.events("transfer.reversed")) == 2


def test_no_more_than_the_transfer_can_be_reversed(merchant: Merchant) -> None:
    merchant.capture()
    sent = send(merchant)
    with pytest.raises(stripe.InvalidRequestError, match="unreversed amount") as raised:
        merchant.stripe.transfers.reversals.create(sent.id, {"amount": 4001})
    assert raised.value.param == "amount"
    merchant.stripe.transfers.reversals.create(sent.id)
    with pytest.raises(stripe.InvalidRequestError, match="fully reversed"):
        merchant.stripe.transfers.reversals.create(sent.id)
    assert balance(merchant) == 4500


def test_reversals_belong_to_their_transfer(merchant: Merchant) -> None:
    merchant.capture()
    first, second = send(merchant, 1000), send(merchant, 1000)
    back = merchant.stripe.transfers.reversals.create(first.id)
    assert merchant.stripe.transfers.reversals.retrieve(first.id, back.id).id == back.id
    assert [one.id for one in merchant.stripe.transfers.reversals.list(first.id)] == [back.id]
    assert merchant.stripe.transfers.reversals.list(second.id).data == []
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.transfers.reversals.retrieve(second.id, back.id)
    assert raised.value.code == "resource_missing"


def test_transfers_are_listed_by_seller_and_by_group(merchant: Merchant) -> None:
    merchant.capture()
    first = send(merchant, 100)
    second = send(merchant, 100, transfer_group="ord_2")
    listed = merchant.stripe.transfers.list
    assert [one.id for one in listed().data] == [second.id, first.id]
    assert [one.id for one in listed({"transfer_group": "ord_1"}).data] == [first.id]
    assert [one.id for one in listed({"destination": str(second.destination)}).data] == [second.id]


def test_metadata_of_a_transfer_can_be_changed_key_by_key(merchant: Merchant) -> None:
    merchant.capture()
    sent = send(merchant, metadata={"order": "ord_1", "note": "early"})
    changed = merchant.stripe.transfers.update(
        sent.id, {"metadata": {"note": "", "show": "shw_1"}, "description": "Seat 12"}
    )
    assert changed.metadata.to_dict() == {"order": "ord_1", "show": "shw_1"}
    assert merchant.stripe.transfers.retrieve(sent.id).description == "Seat 12"
    bare = merchant.stripe.transfers.update(sent.id, {"metadata": "", "description": ""})
    assert (bare.metadata.to_dict(), bare.description) == ({}, None)
    assert len(merchant.events("transfer.updated")) == 2


def test_an_unknown_account_gets_the_error_of_a_forbidden_one(merchant: Merchant) -> None:
    known = seller(merchant)
    assert merchant.stripe.accounts.retrieve(known.id).payouts_enabled
    assert [one.id for one in merchant.stripe.accounts.list().data] == [known.id]
    with pytest.raises(stripe.PermissionError) as raised:
        merchant.stripe.accounts.retrieve("acct_1nobody")
    assert error(raised.value)["code"] == "account_invalid"


def test_balance_transactions_add_up_to_the_balance(merchant: Merchant) -> None:
    charge = merchant.charge(merchant.capture())
    merchant.stripe.refunds.create({"charge": charge.id, "amount": 500})
    sent = send(merchant, 1000, source_transaction=charge.id)
    merchant.stripe.transfers.reversals.create(sent.id, {"amount": 200})
    moved = merchant.stripe.balance_transactions.list().data
    assert [(one.reporting_category, one.net) for one in moved] == [
        ("transfer_reversal", 200),
        ("transfer", -1000),
        ("refund", -500),
        ("charge", 4500),
    ]
    assert balance(merchant) == sum(one.net for one in moved) == 3200
    whole = merchant.stripe.charges.retrieve(charge.id, {"expand": ["balance_transaction"]})
    assert isinstance(whole.balance_transaction, stripe.BalanceTransaction)
    assert (whole.balance_transaction.net, whole.balance_transaction.source) == (4500, charge.id)


def test_an_empty_balance_is_zero(merchant: Merchant) -> None:
    assert [(one.currency, one.amount) for one in merchant.stripe.balance.retrieve().available] == [
        ("usd", 0)
    ]


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=8))
def test_no_sequence_of_transfers_and_reversals_creates_money(
    steps: list[tuple[bool, int]],
) -> None:
    merchant = Merchant()
    merchant.capture()
    destination, sent = seller(merchant).id, list[stripe.Transfer]()
    for is_transfer, amount in steps:
        try:
            if is_transfer:
                sent.append(send(merchant, amount, destination=destination))
            elif sent:
                merchant.stripe.transfers.reversals.create(sent[-1].id, {"amount": amount})
        except stripe.InvalidRequestError:
            continue
    sent_total = sum(
        one.amount - one.amount_reversed
        for one in merchant.stripe.transfers.list({"limit": 100}).data
    )
    assert 0 <= balance(merchant) == 4500 - sent_total
    merchant.sandbox.close()
