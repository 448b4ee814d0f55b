"""Transfers: a payout to an account at Stripe is made once, whatever is lost."""

from __future__ import annotations

from typing import Any

import pytest

from contract.alerts import LIST_ALERTS, Alert, AlertKind, AlertQuery
from contract.auth import BAN_USER, Ban
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
from tests.server.ledger.harness import LedgerHarness
from tests.server.payments.purchase import dashboard
from tests.server.rows import one

HOUR = DAY // 24


def account(ledger: LedgerHarness) -> str:
    """Open an account for the seller at Stripe, and let payouts go there."""
    opened = dashboard(ledger.world).v1.accounts.create({"type": "express", "country": "CW"})
    direct(ledger, opened["id"])
    return str(opened["id"])


def direct(ledger: LedgerHarness, to: str | None) -> None:
    """Let the seller's payouts go to an account."""
    body = PayoutAccount(account=to)
    ledger.world.call(SET_PAYOUT_ACCOUNT, ledger.admin, body, user_id=ledger.seller.user_id)


def due(ledger: LedgerHarness) -> Payout:
    """Release one sale to an account; the transfer is still to be made."""
    account(ledger)
    ledger.sell(1000)
    ledger.over()
    (payout,) = ledger.release().payouts
    return payout


def transfers(ledger: LedgerHarness) -> list[Any]:
    """Return every transfer at Stripe."""
    return list(dashboard(ledger.world).v1.transfers.list({"limit": 100}).data)


def status(ledger: LedgerHarness, payout: Payout) -> PayoutStatus:
    return ledger.world.call(VIEW_PAYOUT, ledger.admin, payout_id=payout.id).payout.status


def open_alerts(ledger: LedgerHarness) -> tuple[Alert, ...]:
    return ledger.world.call(LIST_ALERTS, ledger.admin, AlertQuery()).items


def faults(ledger: LedgerHarness, *some: Fault) -> None:
    """Let the next requests fail; the SDK retries each twice by itself."""
    ledger.world.payments.transport.faults.extend(some)


def test_a_payout_to_an_account_is_due_until_it_has_been_transferred(ledger: LedgerHarness) -> None:
    payout = due(ledger)
    assert (payout.method, payout.status) == (PayoutMethod.TRANSFER, PayoutStatus.DUE)
    ledger.world.work()
    assert status(ledger, payout) is PayoutStatus.SENT
    (sent,) = transfers(ledger)
    assert (sent["amount"], sent["currency"], sent["transfer_group"]) == (950, "eur", payout.id)
    assert sent["metadata"]["payout"] == payout.id
    (_, event) = ledger.world.events(payout.id)
    assert isinstance(event, PayoutUpdated)
    assert (event.version, event.status) == (2, PayoutStatus.SENT)
    assert ledger.world.sound()


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
def test_a_payout_is_transferred_once_whatever_is_lost(
    ledger: LedgerHarness, lost: list[Fault]
) -> None:
    payout = due(ledger)
    faults(ledger, *lost)
    ledger.world.work()
    ledger.world.pass_time(HOUR)
    assert status(ledger, payout) is PayoutStatus.SENT
    assert [sent["amount"] for sent in transfers(ledger)] == [950]
    assert ledger.world.sound()


def test_a_stored_error_is_retried_until_it_expires(ledger: LedgerHarness) -> None:
    payout = due(ledger)
    faults(ledger, Fault.NONE, Fault.BREAK_BEFORE)
    for _ in range(30):
        ledger.world.pass_time(HOUR)
    assert status(ledger, payout) is PayoutStatus.SENT
    assert len(transfers(ledger)) == 1


def test_a_crash_after_the_transfer_does_not_repeat_it(
    ledger: LedgerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = due(ledger)
    with monkeypatch.context() as crash:
        crash.setattr(payouts, "sent", lambda *_, **__: 1 / 0)
        ledger.world.work()
    assert (len(transfers(ledger)), status(ledger, payout)) == (1, PayoutStatus.DUE)
    ledger.world.pass_time(HOUR)
    assert (len(transfers(ledger)), status(ledger, payout)) == (1, PayoutStatus.SENT)


def test_a_transfer_is_found_and_not_repeated_after_its_key_expired(
    ledger: LedgerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = due(ledger)
    with monkeypatch.context() as crash:
        crash.setattr(payouts, "sent", lambda *_, **__: 1 / 0)
        ledger.world.work()
    ledger.world.pass_time(3 * DAY)
    assert (len(transfers(ledger)), status(ledger, payout)) == (1, PayoutStatus.SENT)


def test_two_workers_that_both_found_nothing_make_one_transfer(
    ledger: LedgerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout, to = due(ledger), str(one(ledger.world, "SELECT account FROM payouts"))
    gateway = ledger.world.payments.gateway
    monkeypatch.setattr(gateway.transfers, "_find", lambda _: None)
    sent = {
        gateway.transfers.send(payout.id, amount=payout.amount, destination=to) for _ in range(2)
    }
    assert sent == {transfer["id"] for transfer in transfers(ledger)}
    assert len(sent) == 1


def test_a_refused_transfer_frees_its_sales_and_opens_an_alert(ledger: LedgerHarness) -> None:
    direct(ledger, "acct_nobody")
    order = ledger.sell(1000)
    ledger.over()
    payout = ledger.pay_out()
    assert status(ledger, payout) is PayoutStatus.FAILED
    (alert,) = open_alerts(ledger)
    assert (alert.kind, alert.subject) == (AlertKind.PAYOUT_FAILED, payout.id)
    assert "No such destination" in alert.detail
    assert (ledger.column(order, "owed"), ledger.column(order, "payout_id")) == (950, None)
    assert (ledger.available(), ledger.balance()["EUR"].paid_out) == (950, 0)
    assert ledger.uneven() == []
    direct(ledger, None)
    assert ledger.pay_out().method is PayoutMethod.FILE
    assert (ledger.available(), ledger.balance()["EUR"].paid_out) == (0, 950)
    assert ledger.world.sound()


def test_a_refused_transfer_restores_the_debts_it_had_deducted(ledger: LedgerHarness) -> None:
    first = ledger.sell(1000)
    ledger.over()
    paid = ledger.pay_out()
    ledger.refund(first, 400)
    second = ledger.sell(1000)
    ledger.over()
    direct(ledger, "acct_nobody")
    assert ledger.pay_out().amount.amount == 950 - 380
    assert (ledger.column(first, "owed"), ledger.column(second, "owed")) == (-380, 950)
    assert ledger.column(first, "payout_id") == paid.id
    assert ledger.world.sound()


def test_a_debt_is_not_deducted_while_its_payout_may_still_fail(
    ledger: LedgerHarness,
) -> None:
    account(ledger)
    order, later = ledger.sell(1000), ledger.sell(2000)
    ledger.dispute_event(PaymentDisputed, later, 2000)
    ledger.over()
    (first,) = ledger.release().payouts
    ledger.refund_event(PaymentRefunded, order, 400)
    ledger.dispute_event(PaymentDisputeWon, later, 2000)
    (second,) = ledger.release().payouts
    assert (second.amount.amount, second.sales) == (1900, 1)
    ledger.world.work()
    assert status(ledger, first) is PayoutStatus.SENT
    ledger.sell(3000)
    ledger.over()
    assert ledger.pay_out().amount.amount == 2850 - 380
    assert (ledger.column(order, "payout_id"), ledger.column(later, "payout_id")) == (
        first.id, second.id,
    )  # fmt: skip


def test_a_transfer_that_differs_from_ours_opens_an_alert(
    ledger: LedgerHarness,
) -> None:
    payout = due(ledger)
    dashboard(ledger.world).v1.transfers.create(
        {"amount": 1, "currency": "eur", "destination": account(ledger),
         "transfer_group": payout.id, "metadata": {"payout": payout.id}}
    )  # fmt: skip
    ledger.world.work()
    assert status(ledger, payout) is PayoutStatus.DUE
    assert [(m.kind, m.subject) for m in open_alerts(ledger)] == [(AlertKind.MISMATCH, payout.id)]
    assert len(transfers(ledger)) == 1


def test_a_transfer_made_by_hand_in_the_same_group_is_not_taken_for_ours(
    ledger: LedgerHarness,
) -> None:
    payout = due(ledger)
    dashboard(ledger.world).v1.transfers.create(
        {"amount": 1, "currency": "eur", "destination": account(ledger),
         "transfer_group": payout.id}
    )  # fmt: skip
    ledger.world.work()
    assert status(ledger, payout) is PayoutStatus.SENT
    assert sorted(sent["amount"] for sent in transfers(ledger)) == [1, 950]


def test_amounts_too_fine_for_stripe_are_paid_by_file(ledger: LedgerHarness) -> None:
    account(ledger)
    ledger.fee(1)
    ledger.sell(10_010, "KWD")
    ledger.over()
    payout = ledger.pay_out()
    assert (payout.amount.amount, payout.method) == (10_009, PayoutMethod.FILE)


def test_a_transfer_is_made_in_stripes_unit(ledger: LedgerHarness) -> None:
    account(ledger)
    ledger.sell(1000, "ISK")
    ledger.over()
    ledger.pay_out()
    assert [(sent["amount"], sent["currency"]) for sent in transfers(ledger)] == [(95_000, "isk")]


def test_the_event_of_a_payout_account_is_for_operators_only(ledger: LedgerHarness) -> None:
    direct(ledger, "acct_1Nv0FGQ9RKHgCVdK")
    (event,) = (f for f in ledger.world.events() if isinstance(f, PayoutAccountSet))
    assert (event.id, event.account) == (ledger.seller.user_id, "acct_1Nv0FGQ9RKHgCVdK")
    assert event.audience == "operators"
    direct(ledger, None)
    assert one(ledger.world, "SELECT account FROM payout_accounts") is None
    assert ledger.world.sound()


def test_an_unknown_user_has_no_payout_account(ledger: LedgerHarness) -> None:
    with pytest.raises(NotFound):
        ledger.world.call(
            SET_PAYOUT_ACCOUNT, ledger.admin, PayoutAccount(account=None), user_id="usr_none"
        )


@pytest.mark.parametrize(
    "wrong", ["", "acct_", "usr_1", "acct_a b", "acct_a\n", "acct_" + "a" * 99]
)
def test_an_invalid_account_id_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        convert({"account": wrong}, PayoutAccount)
    assert [error.field for error in refused.value.errors] == ["account"]


def test_a_transfer_to_a_banned_seller_waits_until_the_ban_is_lifted(ledger: LedgerHarness) -> None:
    payout = due(ledger)
    ban = {"user_id": ledger.seller.user_id}
    ledger.world.call(BAN_USER, ledger.admin, Ban(), **ban)
    ledger.world.work()
    assert (transfers(ledger), status(ledger, payout)) == ([], PayoutStatus.DUE)
    ledger.world.call(BAN_USER, ledger.admin, Ban(banned=False), **ban)
    ledger.world.pass_time(HOUR)
    assert (len(transfers(ledger)), status(ledger, payout)) == (1, PayoutStatus.SENT)
