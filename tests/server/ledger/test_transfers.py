"""Transfers: a payout to an account at Stripe arrives once, whatever is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from contract.alerts import LIST_ALERTS, Alert, AlertKind, AlertQuery
from contract.ledger import (
    SET_PAYOUT_ACCOUNT,
    VIEW_PAYOUT,
    Payout,
    PayoutAccount,
    PayoutAccountSet,
    PayoutMethod,
    PayoutStatus,
    PayoutUpdated,
)
from contract.payments import PaymentDisputed, PaymentDisputeWon, PaymentRefunded
from contract.problems import Invalid, NotFound
from contract.validation import convert
from server.ledger import payouts
from server.sandbox import Fault
from server.settings import DAY
from tests.server.ledger.till import Till
from tests.server.payments.purchase import bank
from tests.server.rows import one

HOUR = DAY // 24


def account(till: Till) -> str:
    """Open an account for the seller at the bank, and let payouts go there."""
    opened = bank(till.world).v1.accounts.create({"type": "express", "country": "CW"})
    direct(till, opened["id"])
    return str(opened["id"])


def direct(till: Till, to: str | None) -> None:
    """Let the seller's payouts go to an account."""
    body = PayoutAccount(account=to)
    till.world.call(SET_PAYOUT_ACCOUNT, till.admin, body, user_id=till.seller.user_id)


def due(till: Till) -> Payout:
    """Release one sale to an account; the transfer is still to be made."""
    account(till)
    till.sell(1000)
    till.over()
    (payout,) = till.release().payouts
    return payout


def transfers(till: Till) -> list[Any]:
    """Return what the bank has sent to sellers."""
    return list(bank(till.world).v1.transfers.list({"limit": 100}).data)


def status(till: Till, payout: Payout) -> PayoutStatus:
    return till.world.call(VIEW_PAYOUT, till.admin, payout_id=payout.id).payout.status


def open_alerts(till: Till) -> tuple[Alert, ...]:
    return till.world.call(LIST_ALERTS, till.admin, AlertQuery()).items


def faults(till: Till, *some: Fault) -> None:
    """Let the next requests go wrong; the SDK repeats each twice by itself."""
    till.world.payments.transport.faults.extend(some)


def test_a_payout_to_an_account_is_due_until_it_has_been_transferred(till: Till) -> None:
    payout = due(till)
    assert (payout.method, payout.status) == (PayoutMethod.TRANSFER, PayoutStatus.DUE)
    till.world.work()
    assert status(till, payout) is PayoutStatus.SENT
    (sent,) = transfers(till)
    assert (sent["amount"], sent["currency"], sent["transfer_group"]) == (950, "eur", payout.id)
    assert sent["metadata"]["payout"] == payout.id
    (_, event) = till.world.events(payout.id)
    assert isinstance(event, PayoutUpdated)
    assert (event.version, event.status) == (2, PayoutStatus.SENT)
    assert till.world.sound()


@pytest.mark.parametrize(
    "lost",
    [
        [Fault.LOSE_REQUEST] * 3,
        [Fault.NONE, *[Fault.LOSE_REQUEST] * 3],
        [Fault.NONE, *[Fault.LOSE_REPLY] * 3],
        [Fault.NONE, Fault.LOSE_REPLY],
        [Fault.RATE_LIMIT],
        [Fault.NONE, Fault.RATE_LIMIT],
        [Fault.NONE, *[Fault.CONFLICT] * 3],
        [Fault.NONE, *[Fault.BREAK_AFTER] * 3],
    ],
    ids="-".join,
)
def test_whatever_is_lost_a_payout_is_transferred_once(till: Till, lost: list[Fault]) -> None:
    payout = due(till)
    faults(till, *lost)
    till.world.work()
    till.world.pass_time(HOUR)
    assert status(till, payout) is PayoutStatus.SENT
    assert [sent["amount"] for sent in transfers(till)] == [950]
    assert till.world.sound()


def test_a_stored_failure_is_waited_out(till: Till) -> None:
    payout = due(till)
    faults(till, Fault.NONE, Fault.BREAK_BEFORE)
    for _ in range(30):
        till.world.pass_time(HOUR)
    assert status(till, payout) is PayoutStatus.SENT
    assert len(transfers(till)) == 1


def test_a_crash_after_the_transfer_does_not_send_it_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = due(till)
    with monkeypatch.context() as crash:
        crash.setattr(payouts, "sent", lambda *_, **__: 1 / 0)
        till.world.work()
    assert (len(transfers(till)), status(till, payout)) == (1, PayoutStatus.DUE)
    till.world.pass_time(HOUR)
    assert (len(transfers(till)), status(till, payout)) == (1, PayoutStatus.SENT)


def test_after_a_day_when_keys_are_forgotten_a_transfer_is_found_and_not_made_anew(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = due(till)
    with monkeypatch.context() as crash:
        crash.setattr(payouts, "sent", lambda *_, **__: 1 / 0)
        till.world.work()
    till.world.pass_time(3 * DAY)
    assert (len(transfers(till)), status(till, payout)) == (1, PayoutStatus.SENT)


def test_e27_two_workers_who_both_found_nothing_send_one_transfer(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout, to = due(till), str(one(till.world, "SELECT account FROM payouts"))
    gateway = till.world.payments.gateway
    monkeypatch.setattr(gateway.transfers, "_find", lambda _: None)
    sent = {
        gateway.transfers.send(payout.id, amount=payout.amount, destination=to) for _ in range(2)
    }
    assert sent == {transfer["id"] for transfer in transfers(till)}
    assert len(sent) == 1


def test_a_refused_transfer_frees_its_sales_and_tells_an_operator(till: Till) -> None:
    direct(till, "acct_nobody")
    order = till.sell(1000)
    till.over()
    payout = till.pay_out()
    assert status(till, payout) is PayoutStatus.FAILED
    (alert,) = open_alerts(till)
    assert (alert.kind, alert.subject) == (AlertKind.PAYOUT_FAILED, payout.id)
    assert "No such destination" in alert.detail
    assert (till.column(order, "owed"), till.column(order, "payout_id")) == (950, None)
    assert (till.available(), till.balance()["EUR"].paid_out) == (950, 0)
    assert till.uneven() == []
    direct(till, None)
    assert till.pay_out().method is PayoutMethod.FILE
    assert (till.available(), till.balance()["EUR"].paid_out) == (0, 950)
    assert till.world.sound()


def test_a_refused_transfer_gives_the_debts_back_that_it_had_taken(till: Till) -> None:
    first = till.sell(1000)
    till.over()
    paid = till.pay_out()
    till.refund(first, 400)
    second = till.sell(1000)
    till.over()
    direct(till, "acct_nobody")
    assert till.pay_out().amount.amount == 950 - 380
    assert (till.column(first, "owed"), till.column(second, "owed")) == (-380, 950)
    assert till.column(first, "payout_id") == paid.id
    assert till.world.sound()


def test_a_debt_is_not_taken_while_the_payout_it_is_from_may_still_fail(till: Till) -> None:
    account(till)
    order, later = till.sell(1000), till.sell(2000)
    till.dispute_event(PaymentDisputed, later, 2000)
    till.over()
    (first,) = till.release().payouts
    till.refund_event(PaymentRefunded, order, 400)
    till.dispute_event(PaymentDisputeWon, later, 2000)
    (second,) = till.release().payouts
    assert (second.amount.amount, second.sales) == (1900, 1)
    till.world.work()
    assert status(till, first) is PayoutStatus.SENT
    till.sell(3000)
    till.over()
    assert till.pay_out().amount.amount == 2850 - 380
    assert (till.column(order, "payout_id"), till.column(later, "payout_id")) == (
        first.id, second.id,
    )  # fmt: skip


def test_a_transfer_that_is_not_what_was_asked_for_is_shown_to_an_operator(till: Till) -> None:
    payout = due(till)
    bank(till.world).v1.transfers.create(
        {"amount": 1, "currency": "eur", "destination": account(till),
         "transfer_group": payout.id, "metadata": {"payout": payout.id}}
    )  # fmt: skip
    till.world.work()
    assert status(till, payout) is PayoutStatus.DUE
    assert [(m.kind, m.subject) for m in open_alerts(till)] == [(AlertKind.MISMATCH, payout.id)]
    assert len(transfers(till)) == 1


def test_what_was_sent_by_hand_in_the_same_group_is_not_taken_for_ours(till: Till) -> None:
    payout = due(till)
    bank(till.world).v1.transfers.create(
        {"amount": 1, "currency": "eur", "destination": account(till),
         "transfer_group": payout.id}
    )  # fmt: skip
    till.world.work()
    assert status(till, payout) is PayoutStatus.SENT
    assert sorted(sent["amount"] for sent in transfers(till)) == [1, 950]


def test_amounts_that_are_too_fine_for_stripe_go_by_file(till: Till) -> None:
    account(till)
    till.fee(1)
    till.sell(10_010, "KWD")
    till.over()
    payout = till.pay_out()
    assert (payout.amount.amount, payout.method) == (10_009, PayoutMethod.FILE)


def test_stripe_is_asked_in_the_units_it_counts_in(till: Till) -> None:
    account(till)
    till.sell(1000, "ISK")
    till.over()
    till.pay_out()
    assert [(sent["amount"], sent["currency"]) for sent in transfers(till)] == [(95_000, "isk")]


def test_where_payouts_go_is_told_to_operators_alone(till: Till) -> None:
    direct(till, "acct_1Nv0FGQ9RKHgCVdK")
    (event,) = (f for f in till.world.events() if isinstance(f, PayoutAccountSet))
    assert (event.id, event.account) == (till.seller.user_id, "acct_1Nv0FGQ9RKHgCVdK")
    assert event.audience == "operators"
    direct(till, None)
    assert one(till.world, "SELECT account FROM payout_accounts") is None
    assert till.world.sound()


def test_nobody_has_no_account(till: Till) -> None:
    with pytest.raises(NotFound):
        till.world.call(
            SET_PAYOUT_ACCOUNT, till.admin, PayoutAccount(account=None), user_id="usr_none"
        )


@pytest.mark.parametrize(
    "wrong", ["", "acct_", "usr_1", "acct_a b", "acct_a\n", "acct_" + "a" * 99]
)
def test_what_is_no_account_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        convert({"account": wrong}, PayoutAccount)
    assert [error.field for error in refused.value.errors] == ["account"]
