"""Disputes: the bank takes the money back, and gives it again to whoever convinces it."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from server.sandbox.disputes import DAYS_TO_ANSWER, DECIDES_AFTER, OPENS_AFTER
from tests.server.sandbox.test_refunds import refund
from tests.server.sandbox.till import DAY, FRAUD_CLAIMED, NONE_RECEIVED, Till

KINDS = ("created", "funds_withdrawn", "updated", "closed", "funds_reinstated")


def disputed(till: Till, number: str = FRAUD_CLAIMED) -> stripe.Dispute:
    """Return the dispute that a card of the kind brings soon after the capture."""
    intent = till.capture(number)
    till.time += OPENS_AFTER
    (dispute,) = till.stripe.disputes.list({"payment_intent": intent.id}).data
    return dispute


def contest(till: Till, dispute: stripe.Dispute, text: str, **form: Any) -> stripe.Dispute:
    said = {"evidence": {"uncategorized_text": text}, **form}
    return till.stripe.disputes.update(dispute.id, cast("Any", said))


def told(till: Till) -> list[str]:
    """Return what was told of disputes, oldest first."""
    kinds = [event.type for event in till.events(*(f"charge.dispute.{kind}" for kind in KINDS))]
    return [kind.removeprefix("charge.dispute.") for kind in reversed(kinds)]


def left(till: Till, currency: str = "eur") -> int:
    sums = {one.currency: one.amount for one in till.stripe.balance.retrieve().available}
    return sums.get(currency, 0)


@pytest.mark.parametrize(
    ("number", "reason", "code"),
    [
        (FRAUD_CLAIMED, "fraudulent", "10.4"),
        (NONE_RECEIVED, "product_not_received", "13.1"),
    ],
)
def test_a_dispute_follows_the_capture_of_such_a_card(
    till: Till, number: str, reason: str, code: str
) -> None:
    dispute = disputed(till, number)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 4500)
    assert (dispute.network_reason_code, dispute.is_charge_refundable) == (code, False)
    charge = till.stripe.charges.retrieve(str(dispute.charge))
    assert charge.disputed
    assert told(till) == ["created", "funds_withdrawn"]
    assert left(till) == 0


def test_no_dispute_comes_before_its_moment_or_without_a_capture(till: Till) -> None:
    till.capture(FRAUD_CLAIMED)
    till.time += OPENS_AFTER - 1
    assert till.stripe.disputes.list().data == []
    held = till.authorise(FRAUD_CLAIMED)
    till.time += DAY
    assert till.stripe.disputes.list({"payment_intent": held.id}).data == []
    assert len(till.stripe.disputes.list().data) == 1


def test_the_named_method_disputes_without_a_page(till: Till) -> None:
    paid = till.stripe.payment_intents.create(
        {
            "amount": 4500,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_createDispute",
        }
    )
    till.time += OPENS_AFTER
    (dispute,) = till.stripe.disputes.list({"charge": str(paid.latest_charge)}).data
    assert dispute.payment_intent == paid.id


def test_only_what_was_not_refunded_is_disputed(till: Till) -> None:
    intent = till.capture(FRAUD_CLAIMED)
    refund(till, intent, amount=4000)
    whole = till.capture(FRAUD_CLAIMED)
    refund(till, whole)
    till.time += OPENS_AFTER
    (dispute,) = till.stripe.disputes.list().data
    assert (dispute.payment_intent, dispute.amount) == (intent.id, 500)
    assert left(till) == 0


def test_the_answer_is_due_at_the_end_of_a_day(till: Till) -> None:
    dispute = disputed(till)
    due_by = dispute.evidence_details.due_by
    assert due_by is not None
    assert due_by % DAY == DAY - 1
    assert DAYS_TO_ANSWER * DAY <= due_by - dispute.created <= (DAYS_TO_ANSWER + 1) * DAY


def test_winning_evidence_brings_the_money_back(till: Till) -> None:
    dispute = disputed(till)
    sent = contest(till, dispute, "winning_evidence")
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    till.time += DECIDES_AFTER
    won = till.stripe.disputes.retrieve(dispute.id)
    assert (won.status, [one.net for one in won.balance_transactions]) == ("won", [-4500, 4500])
    assert told(till) == ["created", "funds_withdrawn", "updated", "closed", "funds_reinstated"]
    assert left(till) == 4500


def test_losing_evidence_brings_nothing_back(till: Till) -> None:
    dispute = disputed(till)
    contest(till, dispute, "losing_evidence", submit=True)
    till.time += DECIDES_AFTER
    assert till.stripe.disputes.retrieve(dispute.id).status == "lost"
    assert told(till) == ["created", "funds_withdrawn", "updated", "closed"]
    assert left(till) == 0


def test_other_evidence_stays_under_review(till: Till) -> None:
    dispute = disputed(till)
    contest(till, dispute, "They were at the show.")
    till.time += 30 * DAY
    assert till.stripe.disputes.retrieve(dispute.id).status == "under_review"


def test_evidence_may_be_kept_back_changed_and_sent_later(till: Till) -> None:
    dispute = disputed(till)
    contest(till, dispute, "winning_evidence", submit=False)
    staged = till.stripe.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Ana"}, "submit": False}
    )
    details = staged.evidence_details
    assert (staged.status, details.has_evidence) == ("needs_response", True)
    assert (details.submission_count, details.submission_method) == (0, "not_submitted")
    contest(till, dispute, "", submit=False)
    sent = till.stripe.disputes.update(dispute.id, {"submit": True})
    assert (sent.evidence.customer_name, sent.evidence.uncategorized_text) == ("Ana", None)
    assert sent.status == "under_review"


def test_a_note_sends_no_evidence(till: Till) -> None:
    dispute = disputed(till)
    contest(till, dispute, "winning_evidence", submit=False)
    noted = till.stripe.disputes.update(dispute.id, {"metadata": {"order": "ord_1"}})
    assert (noted.status, noted.metadata.to_dict()) == ("needs_response", {"order": "ord_1"})


def test_who_gives_up_has_lost(till: Till) -> None:
    dispute = disputed(till)
    assert till.stripe.disputes.close(dispute.id).status == "lost"
    assert told(till)[-1] == "closed"


def test_who_does_not_answer_in_time_has_lost(till: Till) -> None:
    dispute = disputed(till)
    due_by = dispute.evidence_details.due_by
    assert due_by is not None
    till.time = due_by
    assert till.stripe.disputes.retrieve(dispute.id).status == "needs_response"
    till.time += 1
    lost = till.stripe.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


@pytest.mark.parametrize("ending", ["close", "contest"])
def test_what_is_decided_or_sent_cannot_be_answered_again(till: Till, ending: str) -> None:
    dispute = disputed(till)
    if ending == "close":
        till.stripe.disputes.close(dispute.id)
    else:
        contest(till, dispute, "They were at the show.")
    with pytest.raises(stripe.InvalidRequestError):
        till.stripe.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError):
        contest(till, dispute, "winning_evidence")
    before = till.stripe.disputes.retrieve(dispute.id).status
    assert before == ("lost" if ending == "close" else "under_review")


def test_a_disputed_charge_cannot_be_refunded_until_it_is_won(till: Till) -> None:
    dispute = disputed(till)
    form: Any = {"charge": dispute.charge}
    with pytest.raises(stripe.InvalidRequestError, match="charged back") as raised:
        till.stripe.refunds.create(form)
    assert (raised.value.http_status, raised.value.code) == (400, "charge_disputed")
    contest(till, dispute, "winning_evidence")
    till.time += DECIDES_AFTER
    assert till.stripe.refunds.create(form).amount == 4500


def test_a_lost_charge_cannot_be_refunded_either(till: Till) -> None:
    dispute = disputed(till)
    till.stripe.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.refunds.create({"charge": str(dispute.charge)})
    assert raised.value.code == "charge_disputed"


def test_disputes_are_listed_by_charge_intent_and_age(till: Till) -> None:
    first, second = disputed(till), disputed(till)
    assert [one.id for one in till.stripe.disputes.list().data] == [second.id, first.id]
    for form in ({"charge": first.charge}, {"payment_intent": first.payment_intent}):
        assert [one.id for one in till.stripe.disputes.list(cast("Any", form)).data] == [first.id]
    newer = till.stripe.disputes.list({"created": {"gt": first.created}}).data
    assert [one.id for one in newer] == [second.id]
    exact = till.stripe.disputes.list({"created": first.created}).data
    assert [one.id for one in exact] == [first.id]


def test_unknown_evidence_is_refused(till: Till) -> None:
    dispute = disputed(till)
    form: Any = {"evidence": {"uncategorised_text": "winning_evidence"}}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        till.stripe.disputes.update(dispute.id, form)
    assert raised.value.code == "parameter_unknown"
    assert till.stripe.disputes.retrieve(dispute.id).status == "needs_response"
