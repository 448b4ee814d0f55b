"""Transfers: sellers are paid out of what the platform has, once, and it can be fetched back."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from tests.server.sandbox.test_disputes import disputed, left
from tests.server.sandbox.till import Till, error


def seller(till: Till) -> stripe.Account:
    return till.stripe.accounts.create(
        {
            "type": "express",
            "country": "PT",
            "email": "sofia@example.org",
            "capabilities": {"transfers": {"requested": True}},
        }
    )


def form(till: Till, amount: int = 4000, **more: Any) -> Any:
    return {
        "amount": amount,
        "currency": "eur",
        "destination": seller(till).id,
        "transfer_group": "ord_1",
        **more,
    }


def send(till: Till, amount: int = 4000, **more: Any) -> stripe.Transfer:
    return till.stripe.transfers.create(form(till, amount, **more))


def test_a_transfer_takes_money_from_the_balance_to_the_seller(till: Till) -> None:
    charge = till.charge(till.capture())
    sent = send(
        till, source_transaction=charge.id, metadata={"order": "ord_1"}, description="Seat 12"
    )
    assert (sent.amount, sent.currency, sent.reversed) == (4000, "eur", False)
    assert (sent.source_transaction, sent.transfer_group) == (charge.id, "ord_1")
    assert (sent.description, sent.metadata.to_dict()) == ("Seat 12", {"order": "ord_1"})
    assert left(till) == 500
    (event,) = till.events("transfer.created")
    assert event.data.object["id"] == sent.id


def test_nothing_is_sent_to_an_account_nobody_knows(till: Till) -> None:
    till.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(till, destination="acct_1nobody")
    assert (raised.value.code, raised.value.param) == ("resource_missing", "destination")
    assert left(till) == 4500


def test_no_more_is_sent_than_the_platform_has(till: Till) -> None:
    till.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(till, 4501)
    assert (raised.value.http_status, raised.value.code) == (400, "balance_insufficient")
    assert left(till) == 4500
    send(till, 4500)
    assert left(till) == 0


def test_money_of_another_currency_does_not_count(till: Till) -> None:
    till.capture()
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(till, 1, currency="usd")
    assert raised.value.code == "balance_insufficient"


def test_held_refunded_and_disputed_money_does_not_count(till: Till) -> None:
    till.authorise()
    assert left(till) == 0
    till.stripe.refunds.create({"payment_intent": till.capture().id, "amount": 4000})
    assert left(till) == 500
    disputed(till)
    assert left(till) == 500


def test_a_charge_pays_no_more_than_itself(till: Till) -> None:
    charge = till.charge(till.capture())
    till.capture()
    first = send(till, 3000, source_transaction=charge.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"EUR 15\.00 left"):
        send(till, 1501, source_transaction=charge.id)
    till.stripe.transfers.reversals.create(first.id)
    assert send(till, 4500, source_transaction=charge.id).amount == 4500


def test_a_transfer_without_an_amount_takes_the_rest_of_its_charge(till: Till) -> None:
    charge = till.charge(till.capture())
    send(till, 1000, source_transaction=charge.id)
    rest = form(till, source_transaction=charge.id)
    del rest["amount"]
    assert till.stripe.transfers.create(rest).amount == 3500
    del rest["source_transaction"]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.transfers.create(rest)
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
def test_what_does_not_fit_the_charge_is_refused(
    till: Till, more: dict[str, Any], param: str
) -> None:
    charge = till.charge(till.capture())
    with pytest.raises(stripe.InvalidRequestError) as raised:
        send(till, **{"source_transaction": charge.id, **more})
    assert raised.value.param == param
    assert left(till) == 4500


def test_held_money_is_not_transferred(till: Till) -> None:
    held = till.charge(till.authorise())
    till.capture()
    with pytest.raises(stripe.InvalidRequestError, match="not been captured"):
        send(till, source_transaction=held.id)


def test_a_transfer_gets_a_group_from_its_charge(till: Till) -> None:
    grouped = till.charge(till.capture())
    assert send(till, 1, source_transaction=grouped.id, transfer_group="ord_1").id
    paid = till.stripe.payment_intents.create(
        {"amount": 100, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    )
    bare = form(till, 1, source_transaction=str(paid.latest_charge))
    del bare["transfer_group"]
    assert till.stripe.transfers.create(bare).transfer_group == f"group_{paid.latest_charge}"


def test_a_reversal_fetches_a_part_back_and_then_the_rest(till: Till) -> None:
    till.capture()
    sent = send(till)
    part = till.stripe.transfers.reversals.create(sent.id, {"amount": 1000})
    assert (part.amount, part.transfer, left(till)) == (1000, sent.id, 1500)
    half = till.stripe.transfers.retrieve(sent.id)
    assert (half.amount_reversed, half.reversed) == (1000, False)
    rest = till.stripe.transfers.reversals.create(sent.id, {"metadata": {"refund": "ref_1"}})
    assert (rest.amount, left(till)) == (3000, 4500)
    whole = till.stripe.transfers.retrieve(sent.id)
    assert (whole.amount_reversed, whole.reversed) == (4000, True)
    assert [one.id for one in whole.reversals.data] == [rest.id, part.id]
    assert len(till.events("transfer.reversed")) == 2


def test_no_more_comes_back_than_was_sent(till: Till) -> None:
    till.capture()
    sent = send(till)
    with pytest.raises(stripe.InvalidRequestError, match="unreversed amount") as raised:
        till.stripe.transfers.reversals.create(sent.id, {"amount": 4001})
    assert raised.value.param == "amount"
    till.stripe.transfers.reversals.create(sent.id)
    with pytest.raises(stripe.InvalidRequestError, match="fully reversed"):
        till.stripe.transfers.reversals.create(sent.id)
    assert left(till) == 4500


def test_reversals_belong_to_their_transfer(till: Till) -> None:
    till.capture()
    first, second = send(till, 1000), send(till, 1000)
    back = till.stripe.transfers.reversals.create(first.id)
    assert till.stripe.transfers.reversals.retrieve(first.id, back.id).id == back.id
    assert [one.id for one in till.stripe.transfers.reversals.list(first.id)] == [back.id]
    assert till.stripe.transfers.reversals.list(second.id).data == []
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.transfers.reversals.retrieve(second.id, back.id)
    assert raised.value.code == "resource_missing"


def test_transfers_are_listed_by_seller_and_by_group(till: Till) -> None:
    till.capture()
    first = send(till, 100)
    second = send(till, 100, transfer_group="ord_2")
    listed = till.stripe.transfers.list
    assert [one.id for one in listed().data] == [second.id, first.id]
    assert [one.id for one in listed({"transfer_group": "ord_1"}).data] == [first.id]
    assert [one.id for one in listed({"destination": str(second.destination)}).data] == [second.id]


def test_a_transfer_can_be_described_anew_key_by_key(till: Till) -> None:
    till.capture()
    sent = send(till, metadata={"order": "ord_1", "note": "early"})
    changed = till.stripe.transfers.update(
        sent.id, {"metadata": {"note": "", "show": "shw_1"}, "description": "Seat 12"}
    )
    assert changed.metadata.to_dict() == {"order": "ord_1", "show": "shw_1"}
    assert till.stripe.transfers.retrieve(sent.id).description == "Seat 12"
    bare = till.stripe.transfers.update(sent.id, {"metadata": "", "description": ""})
    assert (bare.metadata.to_dict(), bare.description) == ({}, None)
    assert len(till.events("transfer.updated")) == 2


def test_an_account_nobody_knows_is_not_told_from_somebody_elses(till: Till) -> None:
    known = seller(till)
    assert till.stripe.accounts.retrieve(known.id).payouts_enabled
    assert [one.id for one in till.stripe.accounts.list().data] == [known.id]
    with pytest.raises(stripe.PermissionError) as raised:
        till.stripe.accounts.retrieve("acct_1nobody")
    assert error(raised.value)["code"] == "account_invalid"


def test_every_movement_is_written_down_and_adds_up_to_the_balance(till: Till) -> None:
    charge = till.charge(till.capture())
    till.stripe.refunds.create({"charge": charge.id, "amount": 500})
    sent = send(till, 1000, source_transaction=charge.id)
    till.stripe.transfers.reversals.create(sent.id, {"amount": 200})
    moved = till.stripe.balance_transactions.list().data
    assert [(one.reporting_category, one.net) for one in moved] == [
        ("transfer_reversal", 200),
        ("transfer", -1000),
        ("refund", -500),
        ("charge", 4500),
    ]
    assert left(till) == sum(one.net for one in moved) == 3200
    whole = till.stripe.charges.retrieve(charge.id, {"expand": ["balance_transaction"]})
    assert isinstance(whole.balance_transaction, stripe.BalanceTransaction)
    assert (whole.balance_transaction.net, whole.balance_transaction.source) == (4500, charge.id)


def test_an_account_without_money_says_so(till: Till) -> None:
    assert [(one.currency, one.amount) for one in till.stripe.balance.retrieve().available] == [
        ("usd", 0)
    ]


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=8))
def test_no_sequence_of_transfers_and_reversals_makes_money(steps: list[tuple[bool, int]]) -> None:
    till = Till()
    till.capture()
    destination, sent = seller(till).id, list[stripe.Transfer]()
    for sends, amount in steps:
        try:
            if sends:
                sent.append(send(till, amount, destination=destination))
            elif sent:
                till.stripe.transfers.reversals.create(sent[-1].id, {"amount": amount})
        except stripe.InvalidRequestError:
            continue
    away = sum(
        one.amount - one.amount_reversed for one in till.stripe.transfers.list({"limit": 100}).data
    )
    assert 0 <= left(till) == 4500 - away
    till.sandbox.close()
