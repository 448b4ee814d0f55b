"""Transfers: the work of sending a payout through Stripe, done after the commit that made it."""

from __future__ import annotations

from contract.alerts import AlertKind
from server.alerts import service as alerts
from server.bus import Bus
from server.jobs import Job, Snooze
from server.ledger import payouts
from server.payments.stripe import Gateway, Refused, TransferDiffers

#: Seconds until a transfer that is not what we asked for is looked at again.
LOOK_AGAIN_AFTER = 3600


class Transfers:
    """The ledger's jobs, over payments' gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Transfer through `gateway`."""
        self._gateway = gateway

    def jobs(self) -> tuple[Job, ...]:
        """Return every kind of job; one that holds a seller's money is never given up."""
        return (Job(payouts.TRANSFER, self.transfer, most=None),)

    def transfer(self, bus: Bus, payout_id: str) -> None:
        """Send a payout, once, however often this runs; refused, it is taken back."""
        destination = bus.read_now(lambda tx: payouts.destination(tx, payout_id=payout_id))
        if destination is None:
            return
        payout = bus.read_now(lambda tx: payouts.view(tx, payout_id=payout_id))
        try:
            transfer_id = self._gateway.transfers.send(
                payout_id, amount=payout.amount, destination=destination
            )
        except Refused as refused:
            why = str(refused)
            bus.write_now(lambda tx: payouts.failed(tx, payout_id, why=why), actor="ledger")
            return
        except TransferDiffers as differs:
            _tell(bus, payout_id, str(differs))
            raise Snooze(LOOK_AGAIN_AFTER) from differs
        bus.write_now(
            lambda tx: payouts.sent(tx, payout_id, transfer_id=transfer_id), actor="ledger"
        )


def _tell(bus: Bus, payout_id: str, detail: str) -> None:
    bus.write_now(
        lambda tx: alerts.open_alert(tx, AlertKind.MISMATCH, payout_id, detail=detail),
        actor="ledger",
    )
