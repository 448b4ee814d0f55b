"""The one translation between Stripe's words and ours. Nothing else imports the SDK's objects.

Stripe spells `canceled`, we spell `cancelled`; a PaymentIntent that `requires_capture` is a payment
that is authorised.
"""

from server.payments.stripe.cards import Method, SetupSeen, charge, setup_page
from server.payments.stripe.errors import Locked, Refused, Reused, Stuck, Unsure
from server.payments.stripe.gateway import Gateway
from server.payments.stripe.records import (
    DisputeSeen,
    IntentSeen,
    Message,
    Outcome,
    Records,
    message_of,
)
from server.payments.stripe.transfers import TransferDiffers
from server.payments.stripe.truth import ASKS, DISCREET, Decline, Money, RefundSeen, Truth
from server.payments.stripe.units import minor_units, of_minor_units

__all__ = [
    "ASKS",
    "DISCREET",
    "Decline",
    "DisputeSeen",
    "Gateway",
    "IntentSeen",
    "Locked",
    "Message",
    "Method",
    "Money",
    "Outcome",
    "Records",
    "RefundSeen",
    "Refused",
    "Reused",
    "SetupSeen",
    "Stuck",
    "TransferDiffers",
    "Truth",
    "Unsure",
    "charge",
    "message_of",
    "minor_units",
    "of_minor_units",
    "setup_page",
]
