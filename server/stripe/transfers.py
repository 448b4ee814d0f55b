"""Transfers: payouts sent to sellers' accounts at Stripe, each exactly once."""

from __future__ import annotations

from typing import Any

import stripe as sdk

from contract.money import Money
from server.stripe.errors import translated_errors
from server.stripe.mode import require_mode
from server.stripe.units import minor_units

#: One payout is one transfer; any other transfer in its group was made by hand.
MAX_IN_GROUP = 100


class TransferDiffers(Exception):
    """Stripe has a transfer for this payout that differs from ours; an operator must look."""


class TransfersApi:
    """Stripe's transfers to connected accounts."""

    def __init__(self, client: sdk.StripeClient, *, live: bool) -> None:
        """Send through `client`; `live` is the mode of its key."""
        self._client = client
        self._live = live

    def send(self, payout_id: str, *, amount: Money, destination: str) -> str:
        """Transfer a payout once and return the transfer's id.

        An earlier transfer of this payout is looked for first: Stripe forgets idempotency keys
        after a day, so a call whose reply was lost could otherwise be made twice. Raises
        RequestRefused, OutcomeUnknown, AuthRejected, TransferDiffers.
        """
        units = minor_units(amount)
        transfer = self._find(payout_id)
        if transfer is None:
            with translated_errors():
                transfer = self._client.v1.transfers.create(
                    params={
                        "amount": units, "currency": amount.currency.lower(),
                        "destination": destination, "transfer_group": payout_id,
                        "metadata": {"payout": payout_id},
                    },
                    options={"idempotency_key": f"transfer-{payout_id}"},
                )  # fmt: skip
        return self._checked(transfer, payout_id, (units, amount.currency.lower(), destination))

    def _find(self, payout_id: str) -> Any:
        with translated_errors():
            group = self._client.v1.transfers.list(
                {"transfer_group": payout_id, "limit": MAX_IN_GROUP}
            )
        return next((one for one in group.data if _payout_of(one) == payout_id), None)

    def _checked(self, transfer: Any, payout_id: str, expected: tuple[int, str, str]) -> str:
        require_mode(payout_id, live=bool(transfer["livemode"]), key_is_live=self._live)
        sent = (transfer["amount"], transfer["currency"], transfer["destination"])
        if sent != expected or transfer["amount_reversed"]:
            raise TransferDiffers(f"{transfer['id']} sent {sent}, the payout is {expected}")
        return str(transfer["id"])


def _payout_of(transfer: Any) -> str | None:
    """Return the id of the payout that a transfer is for, if we sent it."""
    metadata = transfer["metadata"]
    return metadata["payout"] if metadata and "payout" in metadata else None
