"""What gates read: the counts of a show, and the lists with which they work offline."""

from __future__ import annotations

from contract.gate import EntranceCounts, GateCode, GateCounts, GateTicket, Refusal
from contract.shows import Show
from contract.tickets import CodeRevocation
from db.statement import Row
from db.types import from_us
from server.gate import statements as sql
from server.gate.service import REVOKED, code_digest, digest_prefix
from server.shows import service as shows
from server.shows.entry_window import entry_window
from server.tickets import show_keys
from server.tx import Tx

#: How many entrances are counted one by one.
MOST_ENTRANCES = 100


def counts(tx: Tx, *, show_id: str, may_override: bool) -> GateCounts:
    """Count the tickets of a show that may enter, are inside, and were refused. Raises NotFound.

    `may_override` is whether who asks is a supervisor.
    """
    show = shows.view(tx, show_id=show_id)
    counted = tx.first(sql.COUNT, show=show.id) or (0, 0, 0, 0, 0, 0)
    sold, inside, refused, entered, left, overrides = counted
    window = entry_window(tx, show)
    return GateCounts(
        show=show, sold=sold, inside=inside, refused=refused, entered=entered, left=left,
        overrides=overrides, may_override=may_override,
        digest_prefix=digest_prefix(show.id),
        public_keys=show_keys.list_public(tx, show_id=show.id),
        entrances=_entrances(tx, show.id),
        doors_open_at=from_us(window.opens_us), entry_closes_at=from_us(window.closes_us),
    )  # fmt: skip


def _entrances(tx: Tx, show_id: str) -> tuple[EntranceCounts, ...]:
    inside, refused, entered, left, overrides = (
        dict[str, int](tx.all(statement, show=show_id, limit=MOST_ENTRANCES))
        for statement in (
            sql.INSIDE_BY_ENTRANCE, sql.REFUSED_BY_ENTRANCE, sql.ENTERED_BY_ENTRANCE,
            sql.LEFT_BY_EXIT, sql.OVERRIDES_BY_ENTRANCE,
        )
    )  # fmt: skip
    return tuple(
        EntranceCounts(
            gate=name, inside=inside.get(name, 0), refused=refused.get(name, 0),
            entered=entered.get(name, 0), left=left.get(name, 0),
            overrides=overrides.get(name, 0),
        )
        for name in sorted({*refused, *entered, *left})[:MOST_ENTRANCES]
    )  # fmt: skip


def list_admissible(
    tx: Tx, *, show_id: str, after_id: str, limit: int
) -> list[tuple[str, GateTicket]]:
    """Return up to `limit` tickets that may enter, by entry code; none of a cancelled show.

    The list has digests instead of codes. Raises NotFound.
    """
    show = shows.view(tx, show_id=show_id)
    if show.cancelled:
        return []
    return [
        (
            row[0],
            GateTicket(
                ticket_id=row[1], section=row[2], row=row[3], seat=row[4],
                digest=code_digest(row[5], show.id),
                admitted_at=None if row[6] is None else from_us(row[6]),
            ),
        )
        for row in tx.all(sql.LIST, show=show.id, after_id=after_id, limit=limit)
    ]  # fmt: skip


def list_changes(
    tx: Tx, *, show_id: str, since_us: int, after_id: str, limit: int
) -> list[tuple[int, str, GateCode]]:
    """Return up to `limit` codes with when they changed and their ids, the oldest change first.

    Raises NotFound for an unknown show.
    """
    show = shows.view(tx, show_id=show_id)
    rows = tx.all(sql.CHANGES, show=show.id, since=since_us, after_id=after_id, limit=limit)
    return [(row[10], row[0], _gate_code(row, show)) for row in rows]


def _gate_code(row: Row, show: Show) -> GateCode:
    reason = None if row[9] is None else CodeRevocation(row[9])
    return GateCode(
        ticket_id=row[1], section=row[2], row=row[3], seat=row[4],
        digest=code_digest(row[5], show.id),
        admitted_at=None if row[6] is None else from_us(row[6]), serial=row[7],
        revoked_at=None if row[8] is None else from_us(row[8]),
        reason=None if reason is None else REVOKED.get(reason, Refusal.REPLACED),
        left_at=None if row[11] is None or row[6] is not None else from_us(row[11]),
    )  # fmt: skip
