"""Moves: the tickets of a show follow it when it is postponed, or merged into another one."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select, update

from contract.alerts import AlertKind
from contract.shows import ShowMerged, ShowUpdated
from contract.tickets import TicketStatus, WithdrawReason
from db.schema.tickets import entry_codes, tickets
from db.statement import Statement
from db.types import to_us
from server.alerts import service as alerts
from server.states import target
from server.tickets import service, show_keys
from server.tickets.statements import OWN_COLUMNS
from server.tickets.states import MOVES
from server.tx import Tx

RESCHEDULE = Statement(
    update(tickets)
    .where(tickets.c.show_id == bindparam("show"))
    .values(starts_at=bindparam("starts"))
)
MOVE = Statement(
    update(tickets)
    .where(tickets.c.show_id == bindparam("show"))
    .values(show_id=bindparam("into"), starts_at=bindparam("starts"))
)
_other = tickets.alias()
#: Pairs of tickets of both shows for one seat or with one barcode, each with its status.
PAIRS = Statement(
    select(tickets.c.id, tickets.c.status, _other.c.id, _other.c.status)
    .join(
        _other,
        or_(
            tickets.c.seat_key == _other.c.seat_key,
            tickets.c.barcode_digest == _other.c.barcode_digest,
        ),
    )
    .where(
        tickets.c.show_id == bindparam("show"), _other.c.show_id == bindparam("into"),
        tickets.c.shelf != "off", _other.c.shelf != "off",
    )
    .order_by(tickets.c.id)
)  # fmt: skip
MOVE_CODES = Statement(
    update(entry_codes)
    .where(entry_codes.c.show_id == bindparam("show"))
    .values(show_id=bindparam("into"), changed_at=bindparam("now"))
)
WITHDRAW = Statement(
    update(tickets)
    .where(tickets.c.id == bindparam("ticket_id"))
    .values(
        shelf="off", status=target(MOVES, "withdraw"), version=tickets.c.version + 1,
        withdraw_reason=WithdrawReason.OPERATOR, updated_at=bindparam("now"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
RELEASE_SEAT = Statement(
    update(tickets)
    .where(tickets.c.id == bindparam("ticket_id"))
    .values(seat_key=None, barcode_digest=None)
)


def show_updated(tx: Tx, event: ShowUpdated) -> None:
    """Give the tickets of a show its new start."""
    tx.execute(RESCHEDULE, show=event.id, starts=to_us(event.starts_at))


def show_merged(tx: Tx, event: ShowMerged) -> None:
    """Move the tickets of a show. Of two for one seat, one that is not sold is taken off sale."""
    for gone, gone_status, kept, kept_status in tx.all(PAIRS, show=event.id, into=event.into_id):
        _settle_seat(tx, (gone, gone_status), (kept, kept_status))
    tx.execute(MOVE, show=event.id, into=event.into_id, starts=to_us(event.starts_at))
    tx.execute(MOVE_CODES, show=event.id, into=event.into_id, now=tx.now_us)
    show_keys.move(tx, show_id=event.id, into_id=event.into_id)


def _settle_seat(tx: Tx, gone: tuple[str, str], kept: tuple[str, str]) -> None:
    """Leave the seat to one ticket; where both are sold or locked, only alert operators."""
    for ticket_id, status in sorted((gone, kept), reverse=True):  # the later one first
        if status == TicketStatus.AVAILABLE:
            row = tx.first(WITHDRAW, ticket_id=ticket_id, now=tx.now_us)
            assert row is not None  # noqa: S101  it was read in this transaction
            tx.publish(service.withdrawn(row))
            outcome = f"{ticket_id} was taken off sale"
            break
    else:
        tx.execute(RELEASE_SEAT, ticket_id=gone[0])
        outcome = "both are sold or locked"
    detail = f"{gone[0]} and {kept[0]} are for one seat of a show that was merged; {outcome}."
    alerts.open_alert(tx, AlertKind.SEAT_TAKEN, gone[0], detail=detail, other_id=kept[0])
