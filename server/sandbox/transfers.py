"""Transfers: a seller's share on its way from the platform's balance to the seller's account."""

from __future__ import annotations

from msgspec import field

from server.sandbox import amounts, balance
from server.sandbox.accounts import Account
from server.sandbox.balance import Why
from server.sandbox.lists import page, same
from server.sandbox.params import Params
from server.sandbox.refusals import Refused, invalid
from server.sandbox.shapes import Charge, Data, Thing
from server.sandbox.turn import Turn


class Transfer(Thing, frozen=True, kw_only=True, tag="transfer"):
    """Money sent to a seller; what was fetched back again is in `amount_reversed`."""

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


def create(turn: Turn, params: Params) -> Transfer:
    """Send money to a seller, out of a charge (`source_transaction`) or just of the balance."""
    currency, asked = params.needed("currency").lower(), params.integer("amount", low=1)
    account_id, charge_id = params.needed("destination"), params.text("source_transaction")
    group, source_type = params.text("transfer_group"), params.choice("source_type", ("card",))
    described = {"description": params.text("description"), "metadata": params.metadata()}
    params.finish()
    amounts.refuse_unknown(currency)
    if turn.store.look(Account, account_id) is None:
        message = f"No such destination: '{account_id}'"
        raise invalid(message, param="destination", code="resource_missing")
    if charge_id is not None:
        charge = turn.store.find(Charge, charge_id, param="source_transaction")
        asked, group = _share(turn, charge, asked, currency), _group(charge, group)
    if asked is None:
        raise params.lacks("amount")
    _refuse_beyond_balance(turn, asked, currency)
    transfer_id = turn.new_id("tr")
    gone = balance.book(turn, Why.TRANSFER, transfer_id, amount=-asked, currency=currency)
    transfer = Transfer(
        id=transfer_id,
        amount=asked,
        balance_transaction=gone.id,
        created=turn.now,
        currency=currency,
        destination=account_id,
        destination_payment=turn.new_id("py"),
        reversals=listed(transfer_id, []),
        source_transaction=charge_id,
        source_type=source_type or "card",
        transfer_group=group,
        **described,  # type: ignore[arg-type]  # a text and a mapping, as their names say
    )
    turn.add(transfer, owner=charge_id)
    turn.emit("transfer.created", transfer)
    return transfer


def retrieve(turn: Turn, _: Params, transfer_id: str) -> Transfer:
    """Return a transfer."""
    return turn.store.find(Transfer, transfer_id, param="transfer")


def list_all(turn: Turn, params: Params) -> Data:
    """Return transfers, newest first, to one account or of one group when the form says so."""
    where = same(params, "destination", "transfer_group")
    return page(turn, Transfer, params, url="/v1/transfers", where=where)


def update(turn: Turn, params: Params, transfer_id: str) -> Transfer:
    """Describe a transfer anew; its money stays where it is."""
    transfer = retrieve(turn, params, transfer_id)
    said = params.blank("description")
    metadata = params.metadata(transfer.metadata)
    params.finish()
    description = transfer.description if said is None else said or None
    updated = turn.change(transfer, description=description, metadata=metadata)
    turn.emit("transfer.updated", updated)
    return updated


def listed(transfer_id: str, reversals: list[Data]) -> Data:
    """Return a transfer's latest reversals as the list that is part of it, newest first."""
    return {
        "object": "list",
        "data": reversals[:10],
        "has_more": len(reversals) > 10,  # noqa: PLR2004  as many as Stripe shows
        "url": f"/v1/transfers/{transfer_id}/reversals",
    }


def _share(turn: Turn, charge: Charge, asked: int | None, currency: str) -> int:
    """Return how much of a captured charge goes: `asked`, or all that has not gone yet."""
    if not charge.captured:
        message = f"Charge {charge.id} has not been captured, and cannot be transferred."
        raise invalid(message, param="source_transaction")
    if charge.currency != currency:
        message = (
            f"The currency of source_transaction's balance transaction ({charge.currency}) must be "
            f"the same as the transfer currency ({currency})"
        )
        raise invalid(message, param="currency")
    gone = sum(one.amount - one.amount_reversed for one in turn.store.owned(Transfer, charge.id))
    left = charge.amount_captured - gone
    if left == 0 or (asked or 0) > left:
        whole = amounts.said(charge.amount_captured, currency)
        message = (
            "Transfers using this transaction as a source must not exceed the source amount of "
            f"{whole}. (There is {amounts.said(left, currency)} left.)"
        )
        raise Refused(message, final=True)
    return asked or left


def _group(charge: Charge, asked: str | None) -> str:
    """Return the group of a transfer out of a charge, which has the same one if it has any."""
    group = charge.transfer_group
    if group is not None and asked not in {None, group}:
        message = f"transfer_group must be that of the source_transaction, '{group}'."
        raise invalid(message, param="transfer_group")
    return group or asked or f"group_{charge.id}"


def _refuse_beyond_balance(turn: Turn, amount: int, currency: str) -> None:
    if amount > balance.left(turn, currency):
        message = (
            "You have insufficient available funds in your Stripe account. Capture payments in "
            f"{currency.upper()} first."
        )
        raise Refused(message, final=True, code="balance_insufficient")
