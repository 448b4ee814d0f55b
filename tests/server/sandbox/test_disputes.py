"""Disputes: the bank takes the money back until evidence convinces it."""

from __future__ import annotations

from typing import Any, cast

import pytest
import stripe

from server.sandbox.disputes import DAYS_TO_RESPOND, DECIDES_AFTER, OPENS_AFTER
from tests.server.sandbox.merchant import DAY, DISPUTED_AS_FRAUD, DISPUTED_AS_NOT_RECEIVED, Merchant
from tests.server.sandbox.test_refunds import refund

EVENTS = ("created", "funds_withdrawn", "updated", "closed", "funds_reinstated")


def disputed(merchant: Merchant, number: str = DISPUTED_AS_FRAUD) -> stripe.Dispute:
    """Capture a payment with a card that disputes it, and return the dispute."""
    intent = merchant.capture(number)
    merchant.time += OPENS_AFTER
    (dispute,) = merchant.stripe.disputes.list({"payment_intent": intent.id}).data
    return dispute


def contest(merchant: Merchant, dispute: stripe.Dispute, text: str, **form: Any) -> stripe.Dispute:
    params = {"evidence": {"uncategorized_text": text}, **form}
    return merchant.stripe.disputes.update(dispute.id, cast("Any", params))


def dispute_events(merchant: Merchant) -> list[str]:
    """Return the types of the dispute events, oldest first, without their prefix."""
    events = merchant.events(*(f"charge.dispute.{name}" for name in EVENTS))
    return [event.type.removeprefix("charge.dispute.") for event in reversed(events)]


def balance(merchant: Merchant, currency: str = "eur") -> int:
    sums = {one.currency: one.amount for one in merchant.stripe.balance.retrieve().available}
    return sums.get(currency, 0)


@pytest.mark.parametrize(
    ("number", "reason", "code"),
    [
        (DISPUTED_AS_FRAUD, "fraudulent", "10.4"),
        (DISPUTED_AS_NOT_RECEIVED, "product_not_received", "13.1"),
    ],
)
def test_capturing_a_disputing_card_opens_a_dispute(
    merchant: Merchant, number: str, reason: str, code: str
) -> None:
    dispute = disputed(merchant, number)
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 4500)
    assert (dispute.network_reason_code, dispute.is_charge_refundable) == (code, False)
    charge = merchant.stripe.charges.retrieve(str(dispute.charge))
    assert charge.disputed
    assert dispute_events(merchant) == ["created", "funds_withdrawn"]
    assert balance(merchant) == 0


def test_no_dispute_opens_early_or_without_a_capture(merchant: Merchant) -> None:
    merchant.capture(DISPUTED_AS_FRAUD)
    merchant.time += OPENS_AFTER - 1
    assert merchant.stripe.disputes.list().data == []
    held = merchant.authorize(DISPUTED_AS_FRAUD)
    merchant.time += DAY
    assert merchant.stripe.disputes.list({"payment_intent": held.id}).data == []
    assert len(merchant.stripe.disputes.list().data) == 1


def test_a_named_test_method_disputes_without_a_page(merchant: Merchant) -> None:
    paid = merchant.stripe.payment_intents.create(
        {
            "amount": 4500,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_createDispute",
        }
    )
    merchant.time += OPENS_AFTER
    (dispute,) = merchant.stripe.disputes.list({"charge": str(paid.latest_charge)}).data
    assert dispute.payment_intent == paid.id


def test_only_the_amount_not_yet_refunded_is_disputed(merchant: Merchant) -> None:
    intent = merchant.capture(DISPUTED_AS_FRAUD)
    refund(merchant, intent, amount=4000)
    whole = merchant.capture(DISPUTED_AS_FRAUD)
    refund(merchant, whole)
    merchant.time += OPENS_AFTER
    (dispute,) = merchant.stripe.disputes.list().data
    assert (dispute.payment_intent, dispute.amount) == (intent.id, 500)
    assert balance(merchant) == 0


def test_a_response_is_due_at_the_end_of_a_day(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    due_by = dispute.evidence_details.due_by
    assert due_by is not None
    assert due_by % DAY == DAY - 1
    assert DAYS_TO_RESPOND * DAY <= due_by - dispute.created <= (DAYS_TO_RESPOND + 1) * DAY


def test_winning_evidence_reinstates_the_money(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    sent = contest(merchant, dispute, "winning_evidence")
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    merchant.time += DECIDES_AFTER
    won = merchant.stripe.disputes.retrieve(dispute.id)
    assert (won.status, [one.net for one in won.balance_transactions]) == ("won", [-4500, 4500])
    assert dispute_events(merchant) == [
        "created",
        "funds_withdrawn",
        "updated",
        "closed",
        "funds_reinstated",
    ]
    assert balance(merchant) == 4500


def test_losing_evidence_reinstates_nothing(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    contest(merchant, dispute, "losing_evidence", submit=True)
    merchant.time += DECIDES_AFTER
    assert merchant.stripe.disputes.retrieve(dispute.id).status == "lost"
    assert dispute_events(merchant) == ["created", "funds_withdrawn", "updated", "closed"]
    assert balance(merchant) == 0


def test_other_evidence_stays_under_review(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    contest(merchant, dispute, "They were at the show.")
    merchant.time += 30 * DAY
    assert merchant.stripe.disputes.retrieve(dispute.id).status == "under_review"


def test_evidence_can_be_staged_changed_and_submitted_later(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    contest(merchant, dispute, "winning_evidence", submit=False)
    staged = merchant.stripe.disputes.update(
        dispute.id, {"evidence": {"customer_name": "Ana"}, "submit": False}
    )
    details = staged.evidence_details
    assert (staged.status, details.has_evidence) == ("needs_response", True)
    assert (details.submission_count, details.submission_method) == (0, "not_submitted")
    contest(merchant, dispute, "", submit=False)
    sent = merchant.stripe.disputes.update(dispute.id, {"submit": True})
    assert (sent.evidence.customer_name, sent.evidence.uncategorized_text) == ("Ana", None)
    assert sent.status == "under_review"


def test_a_metadata_update_submits_no_evidence(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    contest(merchant, dispute, "winning_evidence", submit=False)
    noted = merchant.stripe.disputes.update(dispute.id, {"metadata": {"order": "ord_1"}})
    assert (noted.status, noted.metadata.to_dict()) == ("needs_response", {"order": "ord_1"})


def test_closing_a_dispute_loses_it(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    assert merchant.stripe.disputes.close(dispute.id).status == "lost"
    assert dispute_events(merchant)[-1] == "closed"


def test_a_dispute_without_a_response_in_time_is_lost(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    due_by = dispute.evidence_details.due_by
    assert due_by is not None
    merchant.time = due_by
    assert merchant.stripe.disputes.retrieve(dispute.id).status == "needs_response"
    merchant.time += 1
    lost = merchant.stripe.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


@pytest.mark.parametrize("ending", ["close", "contest"])
def test_a_closed_or_submitted_dispute_takes_no_response(merchant: Merchant, ending: str) -> None:
    dispute = disputed(merchant)
    if ending == "close":
        merchant.stripe.disputes.close(dispute.id)
    else:
        contest(merchant, dispute, "They were at the show.")
    with pytest.raises(stripe.InvalidRequestError):
        merchant.stripe.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError):
        contest(merchant, dispute, "winning_evidence")
    before = merchant.stripe.disputes.retrieve(dispute.id).status
    assert before == ("lost" if ending == "close" else "under_review")


def test_a_disputed_charge_can_be_refunded_only_once_it_is_won(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    form: Any = {"charge": dispute.charge}
    with pytest.raises(stripe.InvalidRequestError, match="charged back") as raised:
        merchant.stripe.refunds.create(form)
    assert (raised.value.http_status, raised.value.code) == (400, "charge_disputed")
    contest(merchant, dispute, "winning_evidence")
    merchant.time += DECIDES_AFTER
    assert merchant.stripe.refunds.create(form).amount == 4500


def test_a_lost_charge_cannot_be_refunded_either(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    merchant.stripe.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.refunds.create({"charge": str(dispute.charge)})
    assert raised.value.code == "charge_disputed"


def test_disputes_are_listed_by_charge_intent_and_age(merchant: Merchant) -> None:
    first, second = disputed(merchant), disputed(merchant)
    assert [one.id for one in merchant.stripe.disputes.list().data] == [second.id, first.id]
    for form in ({"charge": first.charge}, {"payment_intent": first.payment_intent}):
        assert [one.id for one in merchant.stripe.disputes.list(cast("Any", form)).data] == [
            first.id
        ]
    newer = merchant.stripe.disputes.list({"created": {"gt": first.created}}).data
    assert [one.id for one in newer] == [second.id]
    exact = merchant.stripe.disputes.list({"created": first.created}).data
    assert [one.id for one in exact] == [first.id]


def test_unknown_evidence_is_refused(merchant: Merchant) -> None:
    dispute = disputed(merchant)
    form: Any = {"evidence": {"uncategorised_text": "winning_evidence"}}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.stripe.disputes.update(dispute.id, form)
    assert raised.value.code == "parameter_unknown"
    assert merchant.stripe.disputes.retrieve(dispute.id).status == "needs_response"
