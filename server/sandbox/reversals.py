"""Reversals: a seller's share on its way back to the platform."""

from __future__ import annotations

import msgspec
from msgspec import field

from server.sandbox import amounts, balance, transfers
from server.sandbox.balance import Why
from server.sandbox.lists import page
from server.sandbox.params import Params
from server.sandbox.refusals import Refused, missing
from server.sandbox.shapes import Data, Thing
from server.sandbox.transfers import Transfer
from server.sandbox.turn import Turn


class Reversal(Thing, frozen=True, kw_only=True, tag="transfer_reversal"):
    """Money fetched back from a seller."""

    amount: int
    balance_transaction: str
    created: int
    currency: str
    transfer: str
    destination_payment_refund: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    source_refund: None = None


def create(turn: Turn, params: Params, transfer_id: str) -> Reversal:
    """Fetch back what is left of a transfer, or `amount`."""
    transfer = transfers.retrieve(turn, params, transfer_id)
    asked, metadata = params.integer("amount", low=1), params.metadata()
    params.text("description")  # Stripe takes it, and shows it nowhere
    params.flag("refund_application_fee")
    params.finish()
    left = transfer.amount - transfer.amount_reversed
    if left == 0:
        raise Refused(f"Transfer {transfer.id} has already been fully reversed.", final=True)
    amount = left if asked is None else asked
    if amount > left:
        message = (
            f"Transfer reversal amount ({amounts.said(amount, transfer.currency)}) is greater than "
            f"unreversed amount on transfer ({amounts.said(left, transfer.currency)})"
        )
        raise amounts.too_large(message, param="amount")
    return _fetch(turn, transfer, amount, metadata)


def retrieve(turn: Turn, _: Params, transfer_id: str, reversal_id: str) -> Reversal:
    """Return a reversal of a transfer."""
    reversal = turn.store.find(Reversal, reversal_id)
    if reversal.transfer != transfer_id:
        raise missing(Reversal.kind(), reversal_id)
    return reversal


def list_all(turn: Turn, params: Params, transfer_id: str) -> Data:
    """Return the reversals of a transfer, newest first."""
    transfers.retrieve(turn, params, transfer_id)
    url = f"/v1/transfers/{transfer_id}/reversals"
    return page(turn, Reversal, params, url=url, where={"owner = ?": transfer_id})


def _fetch(turn: Turn, transfer: Transfer, amount: int, metadata: dict[str, str]) -> Reversal:
    reversal_id = turn.new_id("trr")
    back = balance.book(
        turn, Why.TRANSFER_REVERSAL, reversal_id, amount=amount, currency=transfer.currency
    )
    reversal = turn.add(
        Reversal(
            id=reversal_id,
            amount=amount,
            balance_transaction=back.id,
            created=turn.now,
            currency=transfer.currency,
            transfer=transfer.id,
            destination_payment_refund=turn.new_id("pyr"),
            metadata=metadata,
        ),
        owner=transfer.id,
    )
    total = transfer.amount_reversed + amount
    latest = [msgspec.to_builtins(one) for one in turn.store.owned(Reversal, transfer.id)[::-1]]
    reversed_ = turn.change(
        transfer,
        amount_reversed=total,
        reversed=total == transfer.amount,
        reversals=transfers.listed(transfer.id, latest),
    )
    turn.emit("transfer.reversed", reversed_)
    return reversal
