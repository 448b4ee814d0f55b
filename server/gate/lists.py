"""Lists: what a gate must know of a show, to count, and to go on without a line."""

from __future__ import annotations

from contract.gate import GateCounts, GateTicket, digest_of
from db.types import from_us
from server.gate import statements as sql
from server.shows import service as shows
from server.tx import Tx


def view(tx: Tx, *, show_id: str) -> GateCounts:
    """Count who may come, is inside, and was refused. Raises NotFound."""
    show = shows.view(tx, show_id=show_id)
    sold, inside, refused = tx.first(sql.COUNT, show=show_id) or (0, 0, 0)
    return GateCounts(show=show, sold=sold, inside=inside, refused=refused, salt=salt_of(show_id))


def find(tx: Tx, *, show_id: str, after: str, most: int) -> list[tuple[str, GateTicket]]:
    """Return up to `most` tickets that may come in, with their orders; none of a cancelled show.

    Codes are told as digests only. Raises NotFound.
    """
    if shows.view(tx, show_id=show_id).cancelled:
        return []
    salt = salt_of(show_id)
    return [
        (
            row[0],
            GateTicket(
                ticket_id=row[1], section=row[2], row=row[3], seat=row[4],
                digest=digest_of(row[5], salt=salt),
                admitted_at=None if row[6] is None else from_us(row[6]),
            ),
        )
        for row in tx.all(sql.LIST, show=show_id, after=after, most=most)
    ]  # fmt: skip


def salt_of(show_id: str) -> str:
    """Return what goes into a show's digests: a list says nothing of another show's codes."""
    return show_id
