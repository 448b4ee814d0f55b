"""The SQL of tickets: every transition is one guarded UPDATE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, and_, bindparam, case, func, insert, or_, select, update

from contract.tickets import TicketOrigin, TicketStatus, WithdrawReason
from db.schema.shows import shows
from db.schema.tickets import VALID, entry_codes, tickets
from db.statement import Statement
from server.shows.statements import COLUMNS as SHOW_COLUMNS
from server.states import source, sources, target
from server.tickets.states import MOVES

#: What a ticket's events say; `service.record_from_row` reads them in this order. A lock, which is
#: the hottest statement, returns no more.
RECORD_COLUMNS = (
    tickets.c.id, tickets.c.show_id, tickets.c.seller_id, tickets.c.section, tickets.c.row,
    tickets.c.seat, tickets.c.price_amount, tickets.c.price_currency, tickets.c.status,
    tickets.c.version, tickets.c.order_id, tickets.c.origin, tickets.c.locked_until,
)  # fmt: skip
#: What the rules of a show's organiser are about; `policies.Rules` has them in this order. They are
#: read with the statement that changes the ticket, so that a show without rules costs no other.
RULE_COLUMNS = (
    tickets.c.code_serial, tickets.c.face_amount, tickets.c.face_currency,
    select(shows.c.policy)
    .where(shows.c.id == tickets.c.show_id)
    .correlate(tickets)
    .scalar_subquery(),
)  # fmt: skip
#: The columns of a ticket without its show; `service.from_row` reads them in this order.
OWN_COLUMNS: tuple[Column[Any], ...] = (
    *RECORD_COLUMNS, tickets.c.external_id, tickets.c.created_at, tickets.c.updated_at,
    tickets.c.starts_at, tickets.c.withdraw_reason, tickets.c.withdraw_note,
    tickets.c.face_amount, tickets.c.face_currency, tickets.c.suspended,
)  # fmt: skip
#: A ticket is shown with its show, so this service reads the table of shows, and only here.
SELECT = select(*OWN_COLUMNS, *SHOW_COLUMNS).join(shows, shows.c.id == tickets.c.show_id)
#: Where the columns of the show begin.
SHOW_OFFSET = len(OWN_COLUMNS)


def _transition(verb: str) -> dict[str, Any]:
    return {
        "status": target(MOVES, verb),
        "locked_until": None,
        "version": tickets.c.version + 1,
        "updated_at": bindparam("now"),
    }


_BY_ID = tickets.c.id == bindparam("ticket_id")
VIEW = Statement(SELECT.where(_BY_ID))
INSERT = Statement(insert(tickets))
# The WHERE clause is the lock: two buyers race here and exactly one row changes.
LOCK = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "lock"),
        tickets.c.seller_id != bindparam("buyer_id"),
        tickets.c.starts_at > bindparam("now"),
    )
    .values(
        order_id=bindparam("by_order"), **_transition("lock") | {"locked_until": bindparam("until")}
    )
    .returning(*RECORD_COLUMNS, *RULE_COLUMNS)
)  # fmt: skip
# Only the order that holds a lock can end it: a late timer must not release the next buyer's.
UNLOCK = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "unlock"),
        tickets.c.order_id == bindparam("by_order"),
    )
    .values(order_id=None, **_transition("unlock"))
    .returning(*RECORD_COLUMNS, *RULE_COLUMNS, tickets.c.owner_id)
)
SELL = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "sell"),
        tickets.c.order_id == bindparam("by_order"),
    )
    .values(owner_id=bindparam("new_owner"), shelf="sold", **_transition("sell"))
    .returning(*RECORD_COLUMNS)
)
_UNSOLD_ISSUED = and_(tickets.c.origin == TicketOrigin.ISSUED, tickets.c.code_serial == 0)
# An edit is only applied to the version it is based on, so that two edits are never mixed.
EDIT = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "edit"),
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.version == bindparam("based_on"),
    )
    .values(
        section=bindparam("new_section"), row=bindparam("new_row"), seat=bindparam("new_seat"),
        price_amount=bindparam("new_amount"), price_currency=bindparam("new_currency"),
        barcode=func.coalesce(bindparam("new_barcode"), tickets.c.barcode),
        barcode_digest=func.coalesce(bindparam("new_digest"), tickets.c.barcode_digest),
        # A ticket without a key, because its seat had one already, keeps none until it moves.
        seat_key=case(
            (bindparam("same_seat") == 1, tickets.c.seat_key), else_=bindparam("new_seat_key")
        ),
        # Until it is sold for the first time, the face value is what it is offered at.
        face_amount=case((_UNSOLD_ISSUED, bindparam("new_amount")), else_=tickets.c.face_amount),
        face_currency=case(
            (_UNSOLD_ISSUED, bindparam("new_currency")), else_=tickets.c.face_currency
        ),
        **_transition("edit"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
# A ticket that was bought goes back to its owner's wallet instead, see `TAKE_BACK`.
WITHDRAW = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "withdraw"),
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.code_serial == 0,
        or_(bindparam("based_on") == 0, tickets.c.version == bindparam("based_on")),
    )
    .values(shelf="off", withdraw_reason=WithdrawReason.SELLER, **_transition("withdraw"))
    .returning(*OWN_COLUMNS)
)
TAKE_DOWN = Statement(
    update(tickets)
    .where(_BY_ID, tickets.c.status == source(MOVES, "withdraw"), tickets.c.code_serial == 0)
    .values(
        shelf="off", withdraw_reason=bindparam("why"), withdraw_note=bindparam("note"),
        **_transition("withdraw"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
# Only what a ban withdrew comes back, and only while it can still be sold.
RESTORE = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "restore"),
        tickets.c.withdraw_reason == WithdrawReason.BAN,
        tickets.c.starts_at > bindparam("now"),
        tickets.c.show_id.in_(select(shows.c.id).where(shows.c.cancelled_at.is_(None))),
    )
    .values(shelf="on", withdraw_reason=None, withdraw_note=None, **_transition("restore"))
    .returning(*OWN_COLUMNS)
)
#: A seller's tickets that can still be sold, with the orders that have locked them.
LISTED_OF = Statement(
    select(tickets.c.id, tickets.c.order_id)
    .where(
        tickets.c.seller_id == bindparam("by_seller"), tickets.c.shelf == "on",
        tickets.c.id > bindparam("after_id"),
    )
    .order_by(tickets.c.id)
    .limit(bindparam("limit"))
)  # fmt: skip
BANNED_OF = Statement(
    select(tickets.c.id)
    .where(
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.withdraw_reason == WithdrawReason.BAN, tickets.c.id > bindparam("after_id"),
    )
    .order_by(tickets.c.id)
    .limit(bindparam("limit"))
)  # fmt: skip
_VALID_CODE = select(entry_codes.c.order_id).where(entry_codes.c.ticket_id == tickets.c.id, VALID)
_LAST_CODE = select(entry_codes.c.order_id).where(
    entry_codes.c.ticket_id == tickets.c.id, entry_codes.c.serial == tickets.c.code_serial
)
TAKE_BACK = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status == source(MOVES, "take_back"),
        tickets.c.owner_id == bindparam("by_owner"),
        tickets.c.code_serial > 0,
        or_(bindparam("based_on") == 0, tickets.c.version == bindparam("based_on")),
    )
    .values(
        order_id=_LAST_CODE.scalar_subquery(),
        shelf="sold",
        suspended=bindparam("is_suspended"),
        **_transition("take_back"),
    )
    .returning(*OWN_COLUMNS)
)
#: What an owner can sell on or give away.
_PASSABLE = (
    _BY_ID,
    tickets.c.status == source(MOVES, "relist"),
    tickets.c.owner_id == bindparam("by_owner"),
    tickets.c.inside == 0,
    tickets.c.refunding == 0,
    tickets.c.transfer_id.is_(None),
    tickets.c.starts_at > bindparam("now"),
    _VALID_CODE.exists(),
)
# The owner becomes the seller; the id that another seller gave the ticket goes.
RELIST = Statement(
    update(tickets)
    .where(*_PASSABLE)
    .values(
        seller_id=bindparam("by_owner"), price_amount=bindparam("new_amount"),
        price_currency=bindparam("new_currency"), external_id=None, order_id=None, shelf="on",
        suspended=0, **_transition("relist"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
#: Sold tickets in a range of ids that are their owner's.
OWNED_AMONG = Statement(
    select(tickets.c.id).where(
        tickets.c.owner_id == bindparam("of_owner"), tickets.c.status == TicketStatus.SOLD,
        tickets.c.id >= bindparam("first"), tickets.c.id <= bindparam("last"),
    )
)  # fmt: skip
#: Why a ticket cannot be relisted or offered. The last column is NULL without a valid code.
CUSTODY = Statement(
    select(
        tickets.c.owner_id, tickets.c.inside, tickets.c.refunding, tickets.c.transfer_id,
        _VALID_CODE.scalar_subquery(),
    ).where(_BY_ID)
)  # fmt: skip
# Whoever changes the codes of a ticket without changing the ticket holds its row first.
HOLD = Statement(select(tickets.c.owner_id).where(_BY_ID).with_for_update())
# Guarded in the same step: of a scan and a lock, the first to commit wins.
ENTER = Statement(
    update(tickets)
    .where(_BY_ID, tickets.c.status != TicketStatus.LOCKED)
    .values(inside=1, transfer_id=None)
    .returning(tickets.c.status, tickets.c.owner_id)
)
UNDO_ENTRY = Statement(update(tickets).where(_BY_ID).values(inside=bindparam("was_inside")))
OFFER = Statement(
    update(tickets)
    .where(*_PASSABLE)
    .values(transfer_id=bindparam("by_transfer"))
    .returning(tickets.c.id)
)
END_OFFER = Statement(
    update(tickets)
    .where(_BY_ID, tickets.c.transfer_id == bindparam("by_transfer"))
    .values(transfer_id=None)
)
BEGIN_REFUND = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status != TicketStatus.LOCKED,
        tickets.c.owner_id == bindparam("by_owner"),
    )
    .values(refunding=1, transfer_id=None)
    .returning(tickets.c.status)
)
END_REFUND = Statement(update(tickets).where(_BY_ID).values(refunding=0, transfer_id=None))
TRANSFER = Statement(
    update(tickets)
    .where(
        _BY_ID,
        tickets.c.status.in_(sources(MOVES, "transfer")),
        tickets.c.transfer_id == bindparam("by_transfer"),
    )
    .values(
        transfer_id=None, owner_id=bindparam("new_owner"), suspended=0, **_transition("transfer")
    )
    .returning(*OWN_COLUMNS)
)
# `back_to` is who sold it: the seller of the ticket is its buyer, once they had it on sale.
_BACK = (_BY_ID, tickets.c.status == TicketStatus.SOLD, tickets.c.order_id == bindparam("of_order"))
RETURN_TO_SELLER = Statement(
    update(tickets)
    .where(*_BACK)
    .values(
        owner_id=bindparam("back_to"), seller_id=bindparam("back_to"), order_id=None,
        transfer_id=None, refunding=0, shelf="off", withdraw_reason=WithdrawReason.OPERATOR,
        suspended=0, **_transition("return_to_seller"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
RETURN_TO_OWNER = Statement(
    update(tickets)
    .where(*_BACK)
    .values(
        owner_id=bindparam("back_to"), seller_id=bindparam("back_to"),
        order_id=bindparam("owners_order"), transfer_id=None, refunding=0,
        suspended=0, **_transition("return_to_owner"),
    )
    .returning(*OWN_COLUMNS)
)  # fmt: skip
BARCODE = Statement(select(tickets.c.barcode).where(_BY_ID))
BARCODE_TAKEN = Statement(
    select(tickets.c.id, tickets.c.seller_id).where(
        tickets.c.show_id == bindparam("show"),
        tickets.c.barcode_digest == bindparam("digest"),
        tickets.c.id != bindparam("ticket_id"),
        tickets.c.shelf != "off",
    )
)
SEALED_OTHERWISE = Statement(
    select(tickets.c.id, tickets.c.barcode, tickets.c.show_id)
    .where(tickets.c.barcode.is_not(None), tickets.c.barcode.not_like(bindparam("like")))
    .order_by(tickets.c.id)
    .limit(bindparam("limit"))
)
SET_BARCODE = Statement(
    update(tickets)
    .where(_BY_ID)
    .values(barcode=bindparam("sealed"), barcode_digest=bindparam("digest"))
)
# At most one ticket that is not withdrawn has an external_id. It comes before the withdrawn ones.
BY_EXTERNAL_ID = Statement(
    SELECT.add_columns(tickets.c.barcode)
    .where(
        tickets.c.seller_id == bindparam("by_seller"),
        tickets.c.external_id == bindparam("external_id"),
    )
    .order_by(case((tickets.c.shelf == "off", 1), else_=0), tickets.c.id.desc())
    .limit(1)
)
COUNT = Statement(select(tickets.c.status, func.count()).group_by(tickets.c.status))
