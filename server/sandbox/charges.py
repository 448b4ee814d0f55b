"""Charges: what the bank answered to each attempt, and what became of the money."""

from __future__ import annotations

from server.sandbox import balance, disputes
from server.sandbox.balance import Why
from server.sandbox.cards import Decline
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.shapes import Charge, Data, Intent, PaymentMethod
from server.sandbox.turn import Turn

#: How long a bank holds money for an online card payment (docs.stripe.com, place a hold).
HOLD = 7 * 24 * 60 * 60


def attempt(
    turn: Turn, intent: Intent, method: PaymentMethod, *, decline: Decline | None
) -> Charge:
    """Ask the bank for the intent's amount and keep its answer."""
    takes = decline is None and intent.capture_method != "manual"
    charge = turn.add(
        Charge(
            id=turn.new_id("ch"),
            created=turn.now,
            amount=intent.amount,
            currency=intent.currency,
            status="failed" if decline else "succeeded",
            paid=decline is None,
            payment_intent=intent.id,
            payment_method=method.id,
            payment_method_details=_details(turn, intent, method, holds=not (decline or takes)),
            outcome=_outcome(decline),
            failure_code=decline.code if decline else None,
            failure_message=decline.message if decline else None,
            customer=intent.customer,
            description=intent.description,
            metadata=intent.metadata,
            receipt_email=intent.receipt_email,
            statement_descriptor=intent.statement_descriptor,
            statement_descriptor_suffix=intent.statement_descriptor_suffix,
            transfer_group=intent.transfer_group,
        ),
        owner=intent.id,
    )
    if takes:
        charge = _take(turn, charge, intent.amount)
    turn.emit("charge.failed" if decline else "charge.succeeded", charge)
    return charge


def capture(turn: Turn, charge: Charge, amount: int) -> Charge:
    """Take `amount` of the held money; the bank gets the rest back, which is no refund."""
    captured = _take(turn, charge, amount)
    turn.emit("charge.captured", captured)
    return captured


def retrieve(turn: Turn, _: Params, charge_id: str) -> Charge:
    """Return a charge."""
    return turn.store.find(Charge, charge_id)


def list_all(turn: Turn, params: Params) -> Data:
    """Return charges, newest first."""
    where = same(params, "customer", "payment_intent", "transfer_group")
    return page(turn, Charge, params, url="/v1/charges", where=where)


def _take(turn: Turn, charge: Charge, amount: int) -> Charge:
    """Put the money on the platform's balance; a disputing owner sees it on the statement."""
    movement = balance.book(turn, Why.CHARGE, charge.id, amount=amount, currency=charge.currency)
    taken = turn.change(
        charge, captured=True, amount_captured=amount, balance_transaction=movement.id
    )
    disputes.expect(turn, taken)
    return taken


def _details(turn: Turn, intent: Intent, method: PaymentMethod, *, holds: bool) -> Data:
    card = method.card
    return {
        "type": "card",
        "card": {
            "amount_authorized": intent.amount,
            "authorization_code": None,
            "brand": card["brand"],
            "capture_before": turn.now + HOLD if holds else None,
            "checks": card["checks"],
            "country": card["country"],
            "exp_month": card["exp_month"],
            "exp_year": card["exp_year"],
            "fingerprint": card["fingerprint"],
            "funding": card["funding"],
            "installments": None,
            "last4": card["last4"],
            "mandate": None,
            "network": card["brand"],
            "three_d_secure": None,
            "wallet": None,
        },
    }


def _outcome(decline: Decline | None) -> Data:
    if decline is None:
        network, kind, said = "approved_by_network", "authorized", "Payment complete."
    elif decline.blocked:
        network, kind, said = "not_sent_to_network", "blocked", "Stripe blocked this payment."
    else:
        network, kind = "declined_by_network", "issuer_declined"
        said = "The bank did not return any further details with this decline."
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": (decline.decline_code or decline.code) if decline else None,
        "risk_level": "highest" if decline and decline.blocked else "normal",
        "seller_message": said,
        "type": kind,
    }
