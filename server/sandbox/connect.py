"""Connect: sellers' accounts, transfers to them, and the reversals of transfers.

Nobody is verified here: an account can receive transfers as soon as it is created.
"""

from __future__ import annotations

import msgspec
from msgspec import field

from server.sandbox import balance
from server.sandbox.amounts import amount_too_large, check_currency, format_amount
from server.sandbox.balance import ReportingCategory
from server.sandbox.context import Context
from server.sandbox.errors import ApiError, invalid_request, resource_missing
from server.sandbox.models import Charge, Data, Resource
from server.sandbox.params import Params, filters, list_page

ACCOUNT_TYPES = ("custom", "express", "standard")
BUSINESS_TYPES = ("company", "government_entity", "individual", "non_profit")
#: The capabilities that a shop can request; the sellers of a marketplace need the second.
CAPABILITIES = ("card_payments", "transfers")
#: What Stripe still needs to know about a seller: nothing, in the sandbox.
NO_REQUIREMENTS: Data = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}
#: How many reversals a transfer shows, as at Stripe.
REVERSALS_SHOWN = 10


class ConnectedAccount(Resource, frozen=True, kw_only=True, tag="account"):
    """A seller's account, to which the platform transfers money."""

    created: int
    country: str
    type: str
    business_type: str | None = None
    capabilities: dict[str, str] = field(default_factory=dict)
    charges_enabled: bool = True
    default_currency: str = "usd"
    details_submitted: bool = True
    email: str | None = None
    future_requirements: Data = field(default_factory=lambda: NO_REQUIREMENTS)
    metadata: dict[str, str] = field(default_factory=dict)
    payouts_enabled: bool = True
    requirements: Data = field(default_factory=lambda: NO_REQUIREMENTS)


class ConnectTransfer(Resource, frozen=True, kw_only=True, tag="transfer"):
    """Money sent to a seller; `amount_reversed` of it came back."""

    amount: int
    balance_transaction: str
    created: int
    currency: str
    destination: str
    destination_payment: str
    reversals: Data
    amount_reversed: int = 0
    description: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    reversed: bool = False
    source_transaction: str | None = None
    source_type: str = "card"
    transfer_group: str | None = None


class TransferReversal(Resource, frozen=True, kw_only=True, tag="transfer_reversal"):
    """Money taken back from a seller."""

    amount: int
    balance_transaction: str
    created: int
    currency: str
    transfer: str
    destination_payment_refund: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    source_refund: None = None


def create_account(ctx: Context, params: Params) -> ConnectedAccount:
    """Create a seller's account, which can receive transfers at once."""
    group = params.group("capabilities")
    requested = [name for name in CAPABILITIES if group.group(name).flag("requested")]
    account = ConnectedAccount(
        id=ctx.new_id("acct", 16),
        created=ctx.now,
        country=params.text("country", limit=2) or "US",
        type=params.choice("type", ACCOUNT_TYPES) or "standard",
        business_type=params.choice("business_type", BUSINESS_TYPES),
        capabilities=dict.fromkeys({*requested, "transfers"}, "active"),
        default_currency=params.text("default_currency", limit=3) or "usd",
        email=params.text("email", limit=800),
        metadata=params.metadata(),
    )
    params.reject_unknown()
    return ctx.insert(account)


def retrieve_account(ctx: Context, _: Params, account_id: str) -> ConnectedAccount:
    """Return an account. Like Stripe, do not tell an unknown account from another platform's."""
    account = ctx.store.get(ConnectedAccount, account_id)
    if account is None:
        message = (
            f"The provided key does not have access to account '{account_id}' (or that account "
            "does not exist). Application access may have been revoked."
        )
        raise ApiError(message, status=403, code="account_invalid")
    return account


def list_accounts(ctx: Context, params: Params) -> Data:
    """Return accounts, newest first."""
    return list_page(ctx, ConnectedAccount, params, url="/v1/accounts", where={})


def create_transfer(ctx: Context, params: Params) -> ConnectTransfer:
    """Send money to a seller from a charge (`source_transaction`) or from the balance."""
    currency, amount = params.required_text("currency").lower(), params.integer("amount", low=1)
    account_id, charge_id = params.required_text("destination"), params.text("source_transaction")
    group, source_type = params.text("transfer_group"), params.choice("source_type", ("card",))
    description, metadata = params.text("description"), params.metadata()
    params.reject_unknown()
    check_currency(currency)
    if ctx.store.get(ConnectedAccount, account_id) is None:
        message = f"No such destination: '{account_id}'"
        raise invalid_request(message, param="destination", code="resource_missing")
    if charge_id is not None:
        charge = ctx.store.require(Charge, charge_id, param="source_transaction")
        amount = _amount_from_charge(ctx, charge, amount, currency)
        group = _transfer_group(charge, group)
    if amount is None:
        raise params.missing("amount")
    _require_balance(ctx, amount, currency)
    transfer_id = ctx.new_id("tr")
    transaction = balance.record(
        ctx, ReportingCategory.TRANSFER, transfer_id, amount=-amount, currency=currency
    )
    transfer = ConnectTransfer(
        id=transfer_id,
        amount=amount,
        balance_transaction=transaction.id,
        created=ctx.now,
        currency=currency,
        description=description,
        destination=account_id,
        destination_payment=ctx.new_id("py"),
        metadata=metadata,
        reversals=_reversal_list(transfer_id, []),
        source_transaction=charge_id,
        source_type=source_type or "card",
        transfer_group=group,
    )
    ctx.insert(transfer, owner=charge_id)
    ctx.emit("transfer.created", transfer)
    return transfer


def retrieve_transfer(ctx: Context, _: Params, transfer_id: str) -> ConnectTransfer:
    """Return a transfer."""
    return ctx.store.require(ConnectTransfer, transfer_id, param="transfer")


def list_transfers(ctx: Context, params: Params) -> Data:
    """Return transfers, newest first; the form may name a destination or a group."""
    where = filters(params, "destination", "transfer_group")
    return list_page(ctx, ConnectTransfer, params, url="/v1/transfers", where=where)


def update_transfer(ctx: Context, params: Params, transfer_id: str) -> ConnectTransfer:
    """Change the description and metadata of a transfer."""
    transfer = retrieve_transfer(ctx, params, transfer_id)
    given = params.clearable_text("description")
    metadata = params.metadata(transfer.metadata)
    params.reject_unknown()
    description = transfer.description if given is None else given or None
    updated = ctx.update(transfer, description=description, metadata=metadata)
    ctx.emit("transfer.updated", updated)
    return updated


def create_reversal(ctx: Context, params: Params, transfer_id: str) -> TransferReversal:
    """Take back `amount` of a transfer, or all that is left of it."""
    transfer = retrieve_transfer(ctx, params, transfer_id)
    requested, metadata = params.integer("amount", low=1), params.metadata()
    params.text("description")  # Stripe accepts it, and shows it nowhere
    params.flag("refund_application_fee")
    params.reject_unknown()
    remaining = transfer.amount - transfer.amount_reversed
    if remaining == 0:
        raise ApiError(f"Transfer {transfer.id} has already been fully reversed.", final=True)
    amount = remaining if requested is None else requested
    if amount > remaining:
        message = (
            f"Transfer reversal amount ({format_amount(amount, transfer.currency)}) is greater "
            f"than unreversed amount on transfer ({format_amount(remaining, transfer.currency)})"
        )
        raise amount_too_large(message, param="amount")
    return _reverse(ctx, transfer, amount, metadata)


def retrieve_reversal(
    ctx: Context, _: Params, transfer_id: str, reversal_id: str
) -> TransferReversal:
    """Return a reversal of a transfer."""
    reversal = ctx.store.require(TransferReversal, reversal_id)
    if reversal.transfer != transfer_id:
        raise resource_missing(TransferReversal.kind(), reversal_id)
    return reversal


def list_reversals(ctx: Context, params: Params, transfer_id: str) -> Data:
    """Return the reversals of a transfer, newest first."""
    retrieve_transfer(ctx, params, transfer_id)
    url = f"/v1/transfers/{transfer_id}/reversals"
    return list_page(ctx, TransferReversal, params, url=url, where={"owner = ?": transfer_id})


def _amount_from_charge(ctx: Context, charge: Charge, amount: int | None, currency: str) -> int:
    """Return the amount to transfer from a captured charge: `amount`, or all that is left."""
    if not charge.captured:
        message = f"Charge {charge.id} has not been captured, and cannot be transferred."
        raise invalid_request(message, param="source_transaction")
    if charge.currency != currency:
        message = (
            f"The currency of source_transaction's balance transaction ({charge.currency}) must be "
            f"the same as the transfer currency ({currency})"
        )
        raise invalid_request(message, param="currency")
    transfers = ctx.store.list_owned(ConnectTransfer, charge.id)
    sent = sum(transfer.amount - transfer.amount_reversed for transfer in transfers)
    remaining = charge.amount_captured - sent
    if remaining == 0 or (amount or 0) > remaining:
        message = (
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{format_amount(charge.amount_captured, currency)}. "
            f"(There is {format_amount(remaining, currency)} left.)"
        )
        raise ApiError(message, final=True)
    return amount or remaining


def _transfer_group(charge: Charge, requested: str | None) -> str:
    """Return the group of a transfer from a charge: that of the charge, if it has one."""
    group = charge.transfer_group
    if group is not None and requested not in {None, group}:
        message = f"transfer_group must be that of the source_transaction, '{group}'."
        raise invalid_request(message, param="transfer_group")
    return group or requested or f"group_{charge.id}"


def _require_balance(ctx: Context, amount: int, currency: str) -> None:
    if amount > balance.available(ctx, currency):
        message = (
            "You have insufficient available funds in your Stripe account. Capture payments in "
            f"{currency.upper()} first."
        )
        raise ApiError(message, final=True, code="balance_insufficient")


def _reverse(
    ctx: Context, transfer: ConnectTransfer, amount: int, metadata: dict[str, str]
) -> TransferReversal:
    reversal_id = ctx.new_id("trr")
    transaction = balance.record(
        ctx,
        ReportingCategory.TRANSFER_REVERSAL,
        reversal_id,
        amount=amount,
        currency=transfer.currency,
    )
    reversal = ctx.insert(
        TransferReversal(
            id=reversal_id,
            amount=amount,
            balance_transaction=transaction.id,
            created=ctx.now,
            currency=transfer.currency,
            transfer=transfer.id,
            destination_payment_refund=ctx.new_id("pyr"),
            metadata=metadata,
        ),
        owner=transfer.id,
    )
    total = transfer.amount_reversed + amount
    reversals = ctx.store.list_owned(TransferReversal, transfer.id)[::-1]
    updated = ctx.update(
        transfer,
        amount_reversed=total,
        reversed=total == transfer.amount,
        reversals=_reversal_list(transfer.id, [msgspec.to_builtins(one) for one in reversals]),
    )
    ctx.emit("transfer.reversed", updated)
    return reversal


def _reversal_list(transfer_id: str, reversals: list[Data]) -> Data:
    """Return a transfer's latest reversals as the list that the transfer shows, newest first."""
    return {
        "object": "list",
        "data": reversals[:REVERSALS_SHOWN],
        "has_more": len(reversals) > REVERSALS_SHOWN,
        "url": f"/v1/transfers/{transfer_id}/reversals",
    }
