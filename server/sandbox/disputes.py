"""Disputes: a buyer asks the bank for the money back, and the bank takes it until it has decided.

Who contests a dispute with one of Stripe's two test words wins or loses it; see `VERDICTS`. Any
other evidence is under review for good, as nobody here could judge it.
Source: docs.stripe.com/testing.
"""

from __future__ import annotations

from server.sandbox import balance, methods
from server.sandbox.balance import Movement, Why
from server.sandbox.cards import Card
from server.sandbox.contested import EVIDENCE, Dispute, DisputeStatus
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import Refused
from server.sandbox.shapes import Charge, Data, PaymentMethod
from server.sandbox.turn import Turn

#: The timers: a dispute arrives, the bank has decided, the time to answer is over.
OPEN, DECIDE, LAPSE = "dispute.open", "dispute.decide", "dispute.lapse"
#: Seconds from the capture to the dispute, and from the evidence to the verdict. Weeks in life.
OPENS_AFTER, DECIDES_AFTER = 5, 5
DAY = 24 * 60 * 60
#: Whole days to answer in; the last one counts to its end.
DAYS_TO_ANSWER = 9
VERDICTS = {
    "winning_evidence": DisputeStatus.WON,
    "losing_evidence": DisputeStatus.LOST,
}
METHODS = ("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes")


def expect(turn: Turn, charge: Charge) -> None:
    """Have a captured charge disputed soon, if it was made with a card that does so."""
    if _card(turn, charge).disputes is not None:
        turn.at(turn.now + OPENS_AFTER, OPEN, charge.id)


def begin(turn: Turn, charge_id: str) -> None:
    """Open the dispute of a charge about what was not refunded before, and take that money."""
    charge = turn.store.find(Charge, charge_id)
    amount = charge.amount_captured - charge.amount_refunded
    card = _card(turn, charge)
    if amount == 0 or card.disputes is None:
        return
    due_by = (turn.now // DAY + DAYS_TO_ANSWER + 1) * DAY - 1
    dispute = Dispute.about(charge, card, id=turn.new_id("du"), now=turn.now, due_by=due_by)
    taken = balance.book(
        turn, Why.DISPUTE, dispute.id, amount=-dispute.amount, currency=dispute.currency
    )
    turn.add(dispute, owner=charge.id)
    opened = turn.change(dispute, balance_transactions=[taken])
    turn.change(charge, disputed=True)
    turn.at(due_by + 1, LAPSE, opened.id)
    turn.emit("charge.dispute.created", opened)
    turn.emit("charge.dispute.funds_withdrawn", opened)


def holds(turn: Turn, charge: Charge) -> bool:
    """Tell whether a charge's money is with the bank, or lost to it: it cannot be refunded."""
    return any(one.status != DisputeStatus.WON for one in turn.store.owned(Dispute, charge.id))


def retrieve(turn: Turn, _: Params, dispute_id: str) -> Dispute:
    """Return a dispute."""
    return turn.store.find(Dispute, dispute_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return disputes, newest first, of one charge or intent when the form says so."""
    where = same(params, "charge", "payment_intent")
    return page(turn, Dispute, params, url="/v1/disputes", where=where)


def update(turn: Turn, params: Params, dispute_id: str) -> Dispute:
    """Add evidence, and send it to the bank unless `submit` is false. It goes there once."""
    dispute = turn.store.find(Dispute, dispute_id)
    group = params.group("evidence")
    said = {name: group.blank(name, limit=20_000) or None for name in EVIDENCE & {*group.fields()}}
    submit = params.choice("submit", ("true", "false"))
    intended = params.choice("intended_submission_method", METHODS)
    metadata = params.metadata(dispute.metadata)
    params.finish()
    answers = bool(said) or submit == "true"
    if answers:
        _refuse_unless_open(dispute)
    evidence = {**dispute.evidence, **said}
    given = any(evidence[name] for name in EVIDENCE)
    sends = answers and given and submit != "false"
    updated = turn.change(
        dispute,
        evidence=evidence,
        evidence_details=dispute.details(given=given, sends=sends),
        intended_submission_method=intended or dispute.intended_submission_method,
        metadata=metadata,
        status=DisputeStatus.UNDER_REVIEW if sends else dispute.status,
    )
    if sends and evidence["uncategorized_text"] in VERDICTS:
        turn.at(turn.now + DECIDES_AFTER, DECIDE, dispute.id)
    turn.emit("charge.dispute.updated", updated)
    return updated


def close(turn: Turn, params: Params, dispute_id: str) -> Dispute:
    """Give a dispute up: it is lost."""
    dispute = turn.store.find(Dispute, dispute_id)
    params.finish()
    _refuse_unless_open(dispute)
    return _end(turn, dispute, DisputeStatus.LOST)


def decide(turn: Turn, dispute_id: str) -> None:
    """End a dispute as its evidence says."""
    dispute = turn.store.find(Dispute, dispute_id)
    if dispute.status == DisputeStatus.UNDER_REVIEW:
        _end(turn, dispute, VERDICTS[dispute.evidence["uncategorized_text"]])


def lapse(turn: Turn, dispute_id: str) -> None:
    """End a dispute that nobody answered in time; otherwise do nothing."""
    dispute = turn.store.find(Dispute, dispute_id)
    if dispute.status == DisputeStatus.NEEDS_RESPONSE:
        late = {**dispute.evidence_details, "past_due": True}
        _end(turn, turn.change(dispute, evidence_details=late), DisputeStatus.LOST)


def _end(turn: Turn, dispute: Dispute, status: DisputeStatus) -> Dispute:
    movements: list[Movement] = dispute.balance_transactions
    if status is DisputeStatus.WON:
        back = balance.book(
            turn, Why.DISPUTE_REVERSAL, dispute.id, amount=dispute.amount, currency=dispute.currency
        )
        movements = [*movements, back]
    ended = turn.change(dispute, status=status, balance_transactions=movements)
    turn.emit("charge.dispute.closed", ended)
    if status is DisputeStatus.WON:
        turn.emit("charge.dispute.funds_reinstated", ended)
    return ended


def _card(turn: Turn, charge: Charge) -> Card:
    return methods.card_of(turn.store.find(PaymentMethod, charge.payment_method))


def _refuse_unless_open(dispute: Dispute) -> None:
    if dispute.status == DisputeStatus.UNDER_REVIEW:
        raise Refused("You have already submitted evidence for this dispute.", final=True)
    if dispute.status != DisputeStatus.NEEDS_RESPONSE:
        raise Refused("This dispute is already closed.", final=True)
