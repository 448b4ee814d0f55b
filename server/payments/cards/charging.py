"""Charging: pay an order with a saved card, without a page.

A try is one intent at Stripe, made and confirmed in one call: it holds the money, or it never will.
The call is repeated under its own key while the order can still be paid, and never otherwise: then
only what it may have left behind is looked for, since making it again would hold money anew.
"""

from __future__ import annotations

import msgspec

from contract.orders import OrderConfirming, OrderStatus
from contract.payments import PaymentStatus
from server import idempotency, jobs
from server.clock import SECOND
from server.idempotency import StoredReply
from server.orders import service as orders
from server.payments import attempts, opening, stripe
from server.payments.attempts import Attempt
from server.payments.cards import service
from server.payments.cards import statements as sql
from server.principal import Principal
from server.tx import Tx

#: The kind of job. Its subject is a payment.
CHARGE = "payment.charge"
#: Whoever pressed the button makes the call; the job only does if that one died on the way.
LEFT_ALONE = 20 * SECOND
#: Longer than a call can take with everything the SDK repeats: what was not made by then never is.
CALL_TAKES = 120 * SECOND


def press(tx: Tx, principal: Principal, *, order_id: str, card_id: str) -> Attempt:
    """Begin to charge a saved card, or go on with the try this very press began before.

    Raises OrderNotFound, OrderOver, OrderConfirming, CardNotFound, PaymentRefused, KeyReused.
    """
    orders.view_own(tx, order_id=order_id, buyer_id=principal.user_id)
    if principal.key is None:
        return _begin(tx, user_id=principal.user_id, order_id=order_id, card_id=card_id)
    asked = f"pay {order_id} {card_id}"
    known = idempotency.find_reply(tx, user_id=principal.user_id, key=principal.key, request=asked)
    if known is not None:
        payment_id: str = msgspec.json.decode(known.body, type=dict[str, str])["payment"]
        return attempts.view(tx, payment_id=payment_id)
    attempt = _begin(tx, user_id=principal.user_id, order_id=order_id, card_id=card_id)
    reply = StoredReply(200, msgspec.json.encode({"payment": attempt.id}))
    idempotency.store_reply(
        tx, user_id=principal.user_id, key=principal.key, request=asked, reply=reply
    )
    return attempt


def _begin(tx: Tx, *, user_id: str, order_id: str, card_id: str) -> Attempt:
    tx.advisory_lock(f"payment:{order_id}")
    order = opening.payable(tx, order_id=order_id).order
    card = service.of(tx, user_id=user_id, card_id=card_id)
    for attempt in attempts.of_order(tx, order_id=order_id):
        if attempt.card_id is not None and attempt.status is PaymentStatus.NEW:
            if attempt.card_id == card_id:
                return attempt
            raise OrderConfirming("Another card is being tried for this order.", retry_after=2)
    payment_id = tx.new_id("pay")
    arguments = stripe.charge(
        amount=opening.charged(order),
        currency=order.price.currency,
        customer=service.customer(tx, user_id=user_id) or "",
        method=card.method_id,
        link={"order": order.id, "payment": payment_id},
        words=opening.words(tx, order).name,
    )
    attempt = opening.write(tx, order, payment_id, parameters=arguments, card_id=card.id)
    jobs.enqueue(tx, CHARGE, attempt.id, order_id=order.id, after=LEFT_ALONE)
    return attempt


def about_to(tx: Tx, payment_id: str) -> Attempt | None:
    """Note that the card is about to be tried; None when it must not be, or was."""
    attempt = attempts.view(tx, payment_id=payment_id)
    tx.advisory_lock(f"payment:{attempt.order_id}")
    order = orders.view(tx, order_id=attempt.order_id).order
    if order.status is OrderStatus.AWAITING_PAYMENT and order.expires_at > tx.now:
        return attempt if tx.execute(sql.TRY, payment=payment_id, now=tx.now_us) else None
    if attempt.status is PaymentStatus.NEW:
        jobs.enqueue(tx, attempts.VOID, payment_id, order_id=attempt.order_id)
    return None


def asked(tx: Tx, payment_id: str, truth: stripe.Truth) -> None:
    """Note that the bank wants the buyer to confirm, which is no decline but ends this try."""
    attempts.name(tx, payment_id, truth)
    tx.execute(sql.ASKED, payment=payment_id, words=stripe.ASKS)


def give_up(tx: Tx, attempt: Attempt) -> bool:
    """Void a try that left nothing at Stripe, unless a call may still be on its way there."""
    tx.advisory_lock(f"payment:{attempt.order_id}")
    tried = tx.first(sql.TRIED_SINCE, payment=attempt.id, moment=tx.now_us - CALL_TAKES)
    if tried is None:
        attempts.move(tx, "void", attempt.id)
    return tried is None
