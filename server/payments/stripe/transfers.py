"""Transfers: sellers' shares sent to their accounts, each once."""

from __future__ import annotations

from typing import Any

import stripe

from contract.money import Money
from server.payments.stripe.errors import Locked, translated
from server.payments.stripe.units import minor_units

#: One payout is one transfer; whatever else is in its group was made by hand.
MOST_IN_GROUP = 100


class TransferDiffers(Exception):
    """Stripe has a transfer under our name that is not what we would send; an operator must see."""


class Transfers:
    """Sends money to sellers' accounts, and looks whether it has been sent."""

    def __init__(self, client: stripe.StripeClient, *, live: bool) -> None:
        """Send through `client`; `live` is whether its key moves real money."""
        self._client = client
        self._live = live

    def send(self, payout_id: str, *, amount: Money, destination: str) -> str:
        """Transfer a payout and return Stripe's id of that; one that was sent before is found.

        Looked for first, because Stripe forgets keys after a day, and what was done before a
        reply was lost would then be done again. Raises Refused, Unsure, Locked, TransferDiffers.
        """
        units = minor_units(amount)
        found = self._find(payout_id)
        if found is None:
            with translated():
                found = self._client.v1.transfers.create(
                    params={
                        "amount": units, "currency": amount.currency.lower(),
                        "destination": destination, "transfer_group": payout_id,
                        "metadata": {"payout": payout_id},
                    },
                    options={"idempotency_key": f"transfer-{payout_id}"},
                )  # fmt: skip
        return self._checked(found, payout_id, (units, amount.currency.lower(), destination))

    def _find(self, payout_id: str) -> Any:
        with translated():
            group = self._client.v1.transfers.list(
                {"transfer_group": payout_id, "limit": MOST_IN_GROUP}
            )
        return next((one for one in group.data if _payout_of(one) == payout_id), None)

    def _checked(self, transfer: Any, payout_id: str, asked: tuple[int, str, str]) -> str:
        if bool(transfer["livemode"]) != self._live:
            msg = f"{payout_id}: livemode is {transfer['livemode']}, our key says {self._live}"
            raise Locked(msg)
        sent = (transfer["amount"], transfer["currency"], transfer["destination"])
        if sent != asked or transfer["amount_reversed"]:
            raise TransferDiffers(f"{transfer['id']} sent {sent}, the payout is {asked}")
        return str(transfer["id"])


def _payout_of(transfer: Any) -> str | None:
    """Return our name for a transfer, if it is one of ours."""
    said = transfer["metadata"]
    return said["payout"] if said and "payout" in said else None
