"""The gateway to Stripe: the only package that imports its SDK, translated into our own types.

Stripe spells `canceled`, we spell `cancelled`; a PaymentIntent that `requires_capture` is a payment
that is authorised. The package knows nothing of orders and payments: what an event wakes, and how
operators are alerted, is passed in.
"""

from server import without

with without("httpx"):
    import stripe  # noqa: F401  for the modules of this package

from server.stripe.cards import (
    SetupState,
    StoredCard,
    charge_parameters,
    setup_parameters,
)
from server.stripe.circuit_breaker import CircuitBreaker
from server.stripe.errors import (
    AuthRejected,
    IdempotencyMismatch,
    OutcomeUnknown,
    ReplayedError,
    RequestRefused,
)
from server.stripe.gateway import Gateway
from server.stripe.inbox import Wakeup, delete_expired
from server.stripe.mode import mixed_modes
from server.stripe.payment_state import (
    AUTHENTICATION_REQUIRED,
    GENERIC_DECLINE,
    ChargeDecline,
    FundsState,
    PaymentState,
    RefundState,
)
from server.stripe.records import DisputeOutcome, DisputeState, IntentState, ReceivedEvent
from server.stripe.transfers import TransferDiffers, TransfersApi
from server.stripe.units import from_minor_units, minor_units
from server.stripe.webhook import Webhook

__all__ = [
    "AUTHENTICATION_REQUIRED",
    "GENERIC_DECLINE",
    "AuthRejected",
    "ChargeDecline",
    "CircuitBreaker",
    "DisputeOutcome",
    "DisputeState",
    "FundsState",
    "Gateway",
    "IdempotencyMismatch",
    "IntentState",
    "OutcomeUnknown",
    "PaymentState",
    "ReceivedEvent",
    "RefundState",
    "ReplayedError",
    "RequestRefused",
    "SetupState",
    "StoredCard",
    "TransferDiffers",
    "TransfersApi",
    "Wakeup",
    "Webhook",
    "charge_parameters",
    "delete_expired",
    "from_minor_units",
    "minor_units",
    "mixed_modes",
    "setup_parameters",
]
