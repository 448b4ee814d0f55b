"""Suspension: listings that the rules of a show's organiser no longer allow leave the market.

They go back to the wallets of their owners, who are told. No lock on them succeeds meanwhile, and
one that there is already is honoured.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, select

from contract.money import Money
from contract.policies import ShowPolicyChanged
from contract.shows import ShowMerged
from contract.tickets import TicketStatus
from db.schema.tickets import tickets
from db.statement import Statement
from server import jobs
from server.bus import Bus
from server.jobs import Snooze
from server.shows import service as shows
from server.tickets import policies, service
from server.tickets.statements import RULE_COLUMNS
from server.tx import Tx

#: The job that applies the policy of a show to what is on sale.
APPLY = "show.policy"
#: The actor in the event log.
ACTOR = "policy"
#: Listings in one transaction.
BATCH = 100
#: Seconds until a job looks again whether the resale has ended: not long after a change of clocks.
LONGEST = 24 * 3600
RESALES = Statement(
    select(
        tickets.c.id, tickets.c.owner_id, tickets.c.price_amount, tickets.c.price_currency,
        *RULE_COLUMNS,
    )
    .where(
        tickets.c.show_id == bindparam("show"), tickets.c.shelf == "on",
        tickets.c.status == TicketStatus.AVAILABLE, tickets.c.code_serial > 0,
        tickets.c.id > bindparam("after_id"),
    )
    .order_by(tickets.c.id)
    .limit(BATCH)
    .with_for_update(of=tickets)
)  # fmt: skip


def policy_changed(tx: Tx, event: ShowPolicyChanged) -> None:
    """Apply the new rules of a show to what is on sale, once they are committed."""
    jobs.enqueue(tx, APPLY, event.id)


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Apply the rules of the show that stays to the tickets that came to it."""
    if shows.view(tx, show_id=event.into_id).policy is not None:
        jobs.enqueue(tx, APPLY, event.into_id)


def apply(bus: Bus, show_id: str) -> None:
    """Suspend the resales that the policy of a show does not allow, now and when resale ends."""
    after: str | None = ""
    while after is not None:
        after = bus.write_now(partial(apply_batch, show_id=show_id, after=after), actor=ACTOR)
    ends = bus.read_now(partial(_resale_ends, show_id=show_id))
    if ends is not None:
        raise Snooze(min(ends, LONGEST), why="resale ends then")


def apply_batch(tx: Tx, *, show_id: str, after: str) -> str | None:
    """Suspend what is not allowed in a batch of listings; return the last, None at the end."""
    rows = tx.all(RESALES, show=show_id, after_id=after)
    for ticket_id, owner_id, amount, currency, *rules in rows:
        price = Money(amount=amount, currency=currency)
        refused = policies.listing_refusal(tuple(rules), price, now=tx.now)
        if refused is not None:
            service.suspend(tx, ticket_id=ticket_id, owner_id=owner_id, why=refused)
    return rows[-1][0] if rows else None


def _resale_ends(tx: Tx, *, show_id: str) -> float | None:
    """Return in how many seconds the resale of a show ends; None if it does not, or has."""
    show = shows.view(tx, show_id=show_id)
    ends: datetime | None = None if show.policy is None else show.policy.resale_until
    if ends is None or ends <= tx.now or show.cancelled:
        return None
    return (ends - tx.now).total_seconds()
