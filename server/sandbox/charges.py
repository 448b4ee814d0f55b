"""Charges: the bank's answer to each attempt, and the money that a charge captured."""

from __future__ import annotations

from server.sandbox import balance, disputes
from server.sandbox.balance import ReportingCategory
from server.sandbox.cards import CardDecline
from server.sandbox.context import Context
from server.sandbox.models import Charge, Data, PaymentIntent, PaymentMethod
from server.sandbox.params import Params, filters, list_page

#: How long a bank holds money for an online card payment (docs.stripe.com, place a hold).
HOLD = 7 * 24 * 60 * 60


def create(
    ctx: Context, intent: PaymentIntent, method: PaymentMethod, *, decline: CardDecline | None
) -> Charge:
    """Create the charge of one attempt: declined, authorized, or captured at once."""
    captures = decline is None and intent.capture_method != "manual"
    authorizes = decline is None and not captures
    charge = ctx.insert(
        Charge(
            id=ctx.new_id("ch"),
            created=ctx.now,
            amount=intent.amount,
            currency=intent.currency,
            status="failed" if decline else "succeeded",
            paid=decline is None,
            payment_intent=intent.id,
            payment_method=method.id,
            payment_method_details=_details(ctx, intent, method, authorizes=authorizes),
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
    if captures:
        charge = _capture(ctx, charge, intent.amount)
    ctx.emit("charge.failed" if decline else "charge.succeeded", charge)
    return charge


def capture(ctx: Context, charge: Charge, amount: int) -> Charge:
    """Capture `amount` of the held money; the bank releases the rest, which is no refund."""
    captured = _capture(ctx, charge, amount)
    ctx.emit("charge.captured", captured)
    return captured


def retrieve(ctx: Context, _: Params, charge_id: str) -> Charge:
    """Return a charge."""
    return ctx.store.require(Charge, charge_id)


def list_all(ctx: Context, params: Params) -> Data:
    """Return charges, newest first."""
    where = filters(params, "customer", "payment_intent", "transfer_group")
    return list_page(ctx, Charge, params, url="/v1/charges", where=where)


def _capture(ctx: Context, charge: Charge, amount: int) -> Charge:
    """Add the money to the platform's balance; some cards dispute the charge soon after."""
    transaction = balance.record(
        ctx, ReportingCategory.CHARGE, charge.id, amount=amount, currency=charge.currency
    )
    captured = ctx.update(
        charge, captured=True, amount_captured=amount, balance_transaction=transaction.id
    )
    disputes.schedule(ctx, captured)
    return captured


def _details(
    ctx: Context, intent: PaymentIntent, method: PaymentMethod, *, authorizes: bool
) -> Data:
    card = method.card
    return {
        "type": "card",
        "card": {
            "amount_authorized": intent.amount,
            "authorization_code": None,
            "brand": card["brand"],
            "capture_before": ctx.now + HOLD if authorizes else None,
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


def _outcome(decline: CardDecline | None) -> Data:
    if decline is None:
        network, kind, message = "approved_by_network", "authorized", "Payment complete."
    elif decline.blocked:
        network, kind, message = "not_sent_to_network", "blocked", "Stripe blocked this payment."
    else:
        network, kind = "declined_by_network", "issuer_declined"
        message = "The bank did not return any further details with this decline."
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": (decline.decline_code or decline.code) if decline else None,
        "risk_level": "highest" if decline and decline.blocked else "normal",
        "seller_message": message,
        "type": kind,
    }
