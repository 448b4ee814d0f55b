"""Polling: for a server that Stripe cannot reach, ask what it would have told us.

One question for everybody, however many pages are open; what it finds goes the way of a webhook.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from db.schema.cards import card_setups
from db.schema.payments import UNDECIDED, UNDERWAY, disputes, payments, refunds
from db.statement import Statement
from server.bus import Bus
from server.clock import SECOND
from server.payments import inbox
from server.payments.cards import states as setup_states
from server.payments.stripe import Gateway, Message, Unsure
from server.tx import Tx

#: Seconds asked for a second time: events may be listed late, and our clock may be ahead.
OVERLAP = 30
#: More than this at once is left to the reconciler, which looks at the payments themselves.
MOST = 2000
#: Messages kept in one transaction.
BATCH = 100
#: Nobody waits at a screen for a bank's decision.
IN_NO_HURRY = 60 * SECOND
LONGEST_PAUSE = 120 * SECOND

_A_PAYMENT = select(payments.c.created_at).where(payments.c.status.in_(UNDECIDED))
OLDEST = Statement(_A_PAYMENT.order_by(payments.c.id).limit(1))
A_SETUP = Statement(
    select(card_setups.c.id)
    .where(card_setups.c.status.in_([str(state) for state in setup_states.UNDECIDED]))
    .limit(1)
)
A_REFUND = Statement(select(refunds.c.id).where(refunds.c.status.in_(UNDERWAY)).limit(1))
A_DISPUTE = Statement(select(disputes.c.id).where(disputes.c.outcome == "open").limit(1))


class Poll:
    """Asks Stripe for its messages while anything is open."""

    def __init__(self, gateway: Gateway) -> None:
        """Ask through `gateway`."""
        self._gateway = gateway
        self._failed = 0

    def pause(self, bus: Bus) -> int | None:
        """Return how long to wait before asking, in microseconds; None when nothing is open.

        The longer Stripe is away, the longer it is left alone.
        """
        pace = bus.read_now(lambda tx: _pace(tx, tx.settings.payment_poll))
        return None if pace is None else max(pace, min(pace << self._failed, LONGEST_PAUSE))

    def ask(self, bus: Bus) -> int:
        """Take in what is new; return how many messages. Raises Locked."""
        since, known = bus.read_now(_place)
        try:
            told = self._gateway.records.messages(since=since, most=MOST)
        except Unsure:
            self._failed = min(self._failed + 1, 10)
            return 0
        self._failed = 0
        new = [message for message in told if message.id not in known]
        for batch in (new[at : at + BATCH] for at in range(0, len(new), BATCH)):
            bus.write_now(lambda tx, batch=batch: _keep(tx, batch), actor="stripe")  # type: ignore[misc]
        return len(new)


def _keep(tx: Tx, batch: Iterable[Message]) -> None:
    for message in batch:
        inbox.receive(tx, message)


def _pace(tx: Tx, quick: int) -> int | None:
    """Say how often to ask: soon while somebody waits, seldom while only a bank is awaited."""
    if tx.first(OLDEST) is not None or tx.first(A_SETUP) is not None:
        return quick
    if tx.first(A_REFUND) is not None or tx.first(A_DISPUTE) is not None:
        return max(quick, IN_NO_HURRY)
    return None


def _place(tx: Tx) -> tuple[int, frozenset[str]]:
    """Return the second from which on to ask, and what is known of the time since."""
    newest = inbox.newest(tx)
    if newest is None:
        row = tx.first(OLDEST)
        newest = tx.now_us if row is None else row[0]
    since = newest // SECOND - OVERLAP
    # What was told late was received late: everything since may be listed again.
    return since, inbox.known(tx, since=since * SECOND)
