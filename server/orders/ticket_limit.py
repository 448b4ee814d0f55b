"""The limit of tickets: how many of a show its organiser allows one buyer.

What somebody owns counts, bought or given, and what they have locked. A ticket that they sold, gave
away or were refunded does not.
"""

from __future__ import annotations

from contract.policies import TooManyTickets
from server.orders import statements as sql
from server.tickets import entry_codes
from server.tx import Tx


def enforce(tx: Tx, *, buyer_id: str, show_id: str, limit: int | None) -> None:
    """Refuse a buyer who has as many tickets of a show as its organiser allows.

    Until the end of the transaction the buyer can lock or accept no other ticket. Raises
    TooManyTickets.
    """
    if limit is None:
        return
    tx.advisory_lock(f"buyer:{buyer_id}")
    # In this order: an order that is paid between the two is counted twice, and never not at all.
    locked = (tx.first(sql.OPEN_AT_SHOW, buyer=buyer_id, at_show=show_id) or (0,))[0]
    owned = entry_codes.count_owned(tx, owner_id=buyer_id, show_id=show_id)
    if owned + locked >= limit:
        have = f"{owned} owned, {locked} locked"
        detail = f"The organiser allows one buyer {limit} of this show's tickets; you have {have}."
        raise TooManyTickets(detail, rule="tickets_per_buyer")
