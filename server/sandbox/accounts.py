"""Accounts: sellers on the platform's side of Connect, as far as money can be sent to them.

Nobody is checked here: an account can take transfers as soon as it is made.
"""

from __future__ import annotations

from msgspec import field

from server.sandbox.lists import page
from server.sandbox.params import Params
from server.sandbox.refusals import Refused
from server.sandbox.shapes import Data, Thing
from server.sandbox.turn import Turn

KINDS = ("custom", "express", "standard")
BUSINESSES = ("company", "government_entity", "individual", "non_profit")
#: What an account may be asked to be capable of; a marketplace's sellers need the second.
CAPABILITIES = ("card_payments", "transfers")
#: What Stripe still wants to know of a seller: nothing, in the sandbox.
NOTHING_DUE: Data = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}


class Account(Thing, frozen=True, kw_only=True, tag="account"):
    """A seller's account, to which the platform transfers."""

    created: int
    country: str
    type: str
    business_type: str | None = None
    capabilities: dict[str, str] = field(default_factory=dict)
    charges_enabled: bool = True
    default_currency: str = "usd"
    details_submitted: bool = True
    email: str | None = None
    future_requirements: Data = field(default_factory=lambda: NOTHING_DUE)
    metadata: dict[str, str] = field(default_factory=dict)
    payouts_enabled: bool = True
    requirements: Data = field(default_factory=lambda: NOTHING_DUE)


def create(turn: Turn, params: Params) -> Account:
    """Open a seller's account, fit for transfers at once."""
    asked = params.group("capabilities")
    wanted = [name for name in CAPABILITIES if asked.group(name).flag("requested")]
    account = Account(
        id=turn.new_id("acct", 16),
        created=turn.now,
        country=params.text("country", limit=2) or "US",
        type=params.choice("type", KINDS) or "standard",
        business_type=params.choice("business_type", BUSINESSES),
        capabilities=dict.fromkeys({*wanted, "transfers"}, "active"),
        default_currency=params.text("default_currency", limit=3) or "usd",
        email=params.text("email", limit=800),
        metadata=params.metadata(),
    )
    params.finish()
    return turn.add(account)


def retrieve(turn: Turn, _: Params, account_id: str) -> Account:
    """Return an account. Stripe does not tell those that are not there from those of others."""
    account = turn.store.look(Account, account_id)
    if account is None:
        message = (
            f"The provided key does not have access to account '{account_id}' (or that account "
            "does not exist). Application access may have been revoked."
        )
        raise Refused(message, status=403, code="account_invalid")
    return account


def list_all(turn: Turn, params: Params) -> Data:
    """Return accounts, newest first."""
    return page(turn, Account, params, url="/v1/accounts", where={})
