"""Prepared payouts: the bank has yet to pay them, and an operator says whether it did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import product

import msgspec
import pytest
from sqlalchemy import text

from contract.alerts import LIST_ALERTS, AlertQuery
from contract.auth import BAN_USER, Ban
from contract.ledger import (
    ADMIN_PAYOUTS,
    LIST_PAYOUTS,
    Book,
    Payout,
    PayoutBatchNotFound,
    PayoutNotFound,
    PayoutNotPrepared,
    PayoutsQuery,
    PayoutStatus,
    PayoutUpdated,
)
from contract.orders import ReportProblem
from contract.reports import REPORT_ORDER, ReportOrder
from db.statement import Statement
from server.ledger import payouts
from server.ledger.states import MOVES
from server.tx import Tx
from tests.server.ledger.harness import LedgerHarness
from tests.server.rows import change

S = PayoutStatus
SET_STATUS = Statement(text("UPDATE payouts SET status = :status"))


class Attempted(Exception):
    """Raised to undo a move; it has the status after it."""


@pytest.fixture
def prepared(ledger: LedgerHarness) -> Payout:
    """Prepare one payout of 9.50 euros."""
    ledger.sell(1000)
    ledger.over()
    return ledger.prepare()


def test_the_money_of_a_prepared_payout_is_in_transit_until_the_bank_has_paid_it(
    ledger: LedgerHarness,
) -> None:
    order = ledger.sell(1000)
    ledger.over()
    payout = ledger.prepare()
    assert payout.status is S.PREPARED
    assert ledger.books(order) == {Book.PLATFORM: 1000, Book.FEE: -50, Book.TRANSIT: -950}
    assert ledger.world.sound()
    assert ledger.confirm(payout).status is S.PAID
    assert ledger.books(order) == {Book.PLATFORM: 50, Book.FEE: -50}
    assert ledger.world.sound()


def test_a_failed_payout_is_owed_to_its_seller_who_reads_why_and_is_paid_again(
    ledger: LedgerHarness, prepared: Payout
) -> None:
    failed = ledger.fail(prepared, "The account is closed.")
    assert (failed.status, failed.reason) == (S.FAILED, "The account is closed.")
    (own,) = ledger.world.call(LIST_PAYOUTS, ledger.seller).items
    assert own == failed
    event = ledger.world.events(prepared.id)[-1]
    assert isinstance(event, PayoutUpdated)
    assert (event.status, event.reason) == (S.FAILED, "The account is closed.")
    assert event.audience == ledger.seller.user_id
    assert (ledger.balance()["EUR"].available, ledger.balance()["EUR"].in_transit) == (950, 0)
    assert ledger.world.sound()
    again = ledger.pay_out()
    assert (again.amount, again.status) == (prepared.amount, S.PAID)
    assert again.batch_id != prepared.batch_id
    assert ledger.world.sound()


def test_a_payout_is_confirmed_or_failed_once_however_often_it_is_said(
    ledger: LedgerHarness, prepared: Payout
) -> None:
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda _: ledger.confirm(prepared), range(4)))
    assert [payout.status for payout in said] == [S.PAID] * 4
    assert len(ledger.world.events(prepared.id)) == 2
    with pytest.raises(PayoutNotPrepared, match=f"{prepared.id} is paid"):
        ledger.fail(prepared)
    ledger.sell(1000)
    ledger.over()
    other = ledger.prepare()
    assert ledger.fail(other, "First.") == ledger.fail(other, "Second.")
    with pytest.raises(PayoutNotPrepared, match=f"{other.id} is failed"):
        ledger.confirm(other)
    assert ledger.world.sound()


def test_a_prepared_payout_is_not_paid_again_by_the_next_run(
    ledger: LedgerHarness, prepared: Payout
) -> None:
    assert ledger.release().payouts == ()
    assert ledger.world.call(ADMIN_PAYOUTS, ledger.admin, PayoutsQuery()).items == (prepared,)


@pytest.mark.parametrize("verb", ["confirm", "fail"])
def test_a_refund_of_a_prepared_payout_is_a_debt_or_reduces_what_is_owed_again(
    ledger: LedgerHarness, verb: str
) -> None:
    order, later = ledger.sell(1000), ledger.sell(2000)
    change(ledger.world, "UPDATE sales SET frozen = 1 WHERE order_id = :id", id=later.id)
    ledger.over()
    payout = ledger.prepare()
    ledger.refund(order, 400)
    change(ledger.world, "UPDATE sales SET frozen = 0 WHERE order_id = :id", id=later.id)
    second = ledger.prepare()
    assert second.amount.amount == 1900, "no debt is deducted of what may still fail"
    if verb == "confirm":
        ledger.confirm(payout)
        assert ledger.available() == -380
    else:
        ledger.fail(payout)
        assert ledger.available() == 950 - 380
        assert ledger.prepare().amount.amount == 570
    assert ledger.world.sound()


def test_a_payout_of_a_seller_who_is_banned_meanwhile_is_frozen_and_can_be_settled(
    ledger: LedgerHarness, prepared: Payout
) -> None:
    assert not prepared.frozen
    ban = {"user_id": ledger.seller.user_id}
    ledger.world.call(BAN_USER, ledger.admin, Ban(), **ban)
    (listed,) = ledger.world.call(ADMIN_PAYOUTS, ledger.admin, PayoutsQuery()).items
    assert (listed.status, listed.frozen) == (S.PREPARED, True)
    assert not ledger.fail(prepared).frozen
    assert ledger.release().payouts == (), "a banned seller is not paid"
    ledger.world.call(BAN_USER, ledger.admin, Ban(banned=False), **ban)
    again = ledger.prepare()
    ledger.world.call(BAN_USER, ledger.admin, Ban(), **ban)
    assert ledger.confirm(again).status is S.PAID, "what the bank has paid is paid"


def test_the_payouts_of_a_run_are_one_batch_that_another_part_of_it_continues(
    ledger: LedgerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payouts, "MAX_PAYOUTS", 1)
    for name in ("ana", "ben"):
        ledger.sell(1000, seller=ledger.world.user(name))
    ledger.over()
    first = ledger.release()
    second = ledger.release(batch_id=first.batch_id)
    assert first.batch_id == second.batch_id
    query = PayoutsQuery(batch_id=first.batch_id)
    found = ledger.world.call(ADMIN_PAYOUTS, ledger.admin, query).items
    assert found == (*second.payouts, *first.payouts)
    ledger.confirm(found[0])
    left = PayoutsQuery(batch_id=first.batch_id, status=S.PREPARED)
    assert ledger.world.call(ADMIN_PAYOUTS, ledger.admin, left).items == first.payouts


def test_an_unknown_payout_or_batch_is_refused(ledger: LedgerHarness, prepared: Payout) -> None:
    nobodys = msgspec.structs.replace(prepared, id="out_none")
    for settle in (ledger.confirm, ledger.fail):
        with pytest.raises(PayoutNotFound):
            settle(nobodys)
    with pytest.raises(PayoutBatchNotFound):
        ledger.world.call(ADMIN_PAYOUTS, ledger.admin, PayoutsQuery(batch_id="bat_none"))
    with pytest.raises(PayoutBatchNotFound):
        ledger.release(batch_id="bat_none")


def test_a_report_tells_operators_that_the_seller_is_being_paid(ledger: LedgerHarness) -> None:
    ledger.world.with_settings(payout_after=0)
    order = ledger.sell(1000)
    change(ledger.world, "UPDATE sales SET releases_at = 0")
    payout = ledger.prepare()
    body = ReportOrder(problem=ReportProblem.NOT_AS_DESCRIBED)
    ledger.world.call(REPORT_ORDER, ledger.buyer, body, order_id=order.id)
    (alert,) = ledger.world.call(LIST_ALERTS, ledger.admin, AlertQuery()).items
    assert f"being paid, with {payout.id}, which is prepared" in alert.detail


def test_a_verb_moves_a_payout_only_from_the_states_that_allow_it(
    ledger: LedgerHarness, prepared: Payout
) -> None:
    acts: dict[str, Callable[[Tx], object]] = {
        "send": lambda tx: payouts.sent(tx, prepared.id, transfer_id="tr_1"),
        "refuse": lambda tx: payouts.failed(tx, prepared.id, why="?"),
        "confirm": lambda tx: payouts.confirm(tx, prepared.id),
        "fail": lambda tx: payouts.fail(tx, prepared.id, reason="?"),
    }
    assert {verb for verbs in MOVES.values() for verb in verbs} == set(acts)

    def attempt(tx: Tx, state: PayoutStatus, verb: str) -> None:
        tx.execute(SET_STATUS, status=state.value)
        with suppress(PayoutNotPrepared):
            acts[verb](tx)
        raise Attempted(payouts.view(tx, payout_id=prepared.id).status)

    for state, verb in product(PayoutStatus, acts):
        with pytest.raises(Attempted) as undone:
            ledger.world.bus.write_now(partial(attempt, state=state, verb=verb))
        assert undone.value.args == (MOVES[state].get(verb, state),), (state, verb)


def test_every_status_has_its_moves() -> None:
    assert set(MOVES) == set(PayoutStatus)
