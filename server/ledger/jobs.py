"""The jobs of the ledger: send a payout through Stripe, after the commit that made it."""

from __future__ import annotations

from contract.alerts import AlertKind
from server.alerts import service as alerts
from server.bus import Bus
from server.jobs import Job, Snooze
from server.ledger import payouts
from server.stripe import RequestRefused, TransferDiffers, TransfersApi

#: Seconds until a transfer that is not what we asked for, or a frozen one, is looked at again.
RECHECK_AFTER = 3600


class PayoutJobs:
    """The job that sends payouts."""

    def __init__(self, transfers: TransfersApi) -> None:
        """Send payouts through `transfers`."""
        self._transfers = transfers

    def jobs(self) -> tuple[Job, ...]:
        """Return the job; it is never given up, because it holds a seller's money."""
        return (Job(payouts.TRANSFER, self.transfer, most=None),)

    def transfer(self, bus: Bus, payout_id: str) -> None:
        """Send a payout once, however often this runs; if Stripe refuses it, take it back."""
        destination = bus.read_now(lambda tx: payouts.destination(tx, payout_id=payout_id))
        if destination is None:
            return
        payout = bus.read_now(lambda tx: payouts.view(tx, payout_id=payout_id))
        if payout.frozen:
            raise Snooze(RECHECK_AFTER, why="the seller is banned")
        try:
            transfer_id = self._transfers.send(
                payout_id, amount=payout.amount, destination=destination
            )
        except RequestRefused as refused:
            why = str(refused)
            bus.write_now(lambda tx: payouts.failed(tx, payout_id, why=why), actor="ledger")
            return
        except TransferDiffers as differs:
            _alert(bus, payout_id, str(differs))
            raise Snooze(RECHECK_AFTER) from differs
        bus.write_now(
            lambda tx: payouts.sent(tx, payout_id, transfer_id=transfer_id), actor="ledger"
        )


def _alert(bus: Bus, payout_id: str, detail: str) -> None:
    bus.write_now(
        lambda tx: alerts.open_alert(tx, AlertKind.MISMATCH, payout_id, detail=detail),
        actor="ledger",
    )
