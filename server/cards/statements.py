"""The SQL of saved cards: every move is one guarded UPDATE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from contract.cards import UNDECIDED_STATUSES
from db.dialect import upsert
from db.schema.cards import card_setups, cards, customers
from db.statement import Statement
from server.cards.states import MOVES
from server.states import sources, target

CARD_COLUMNS = (
    cards.c.id, cards.c.user_id, cards.c.method_id, cards.c.fingerprint, cards.c.brand,
    cards.c.last4, cards.c.exp_month, cards.c.exp_year, cards.c.version, cards.c.created_at,
    cards.c.removed_at,
)  # fmt: skip
SETUP_COLUMNS = (
    card_setups.c.id, card_setups.c.user_id, card_setups.c.status, card_setups.c.code,
    card_setups.c.parameters, card_setups.c.session_id, card_setups.c.page_url,
    card_setups.c.card_id, card_setups.c.expires_at,
)  # fmt: skip
_KEPT = cards.c.removed_at.is_(None)
_IS_CARD = cards.c.id == bindparam("card")
_IS_SETUP = card_setups.c.id == bindparam("setup")

CUSTOMER = Statement(select(customers.c.stripe_id).where(customers.c.user_id == bindparam("user")))
#: Two calls may have created the same customer, or two of them a day apart: the first one stays.
STORE_CUSTOMER = Statement(
    lambda kind: upsert(kind, customers).on_conflict_do_nothing(index_elements=["user_id"])
)

CARD = Statement(select(*CARD_COLUMNS).where(_IS_CARD))
LIST = Statement(
    select(*CARD_COLUMNS)
    .where(cards.c.user_id == bindparam("user"), _KEPT, cards.c.id < bindparam("before"))
    .order_by(cards.c.id.desc())
    .limit(bindparam("most"))
)
SAME = Statement(
    select(*CARD_COLUMNS).where(
        cards.c.user_id == bindparam("user"), cards.c.fingerprint == bindparam("print"), _KEPT
    )
)
SAVE = Statement(insert(cards).returning(*CARD_COLUMNS))
RENEW = Statement(
    update(cards)
    .where(_IS_CARD)
    .values(
        method_id=bindparam("method"), exp_month=bindparam("month"), exp_year=bindparam("year"),
        version=cards.c.version + 1,
    )
    .returning(*CARD_COLUMNS)
)  # fmt: skip
REMOVE = Statement(
    update(cards)
    .where(_IS_CARD, cards.c.user_id == bindparam("user"), _KEPT)
    .values(removed_at=bindparam("now"), version=cards.c.version + 1)
    .returning(*CARD_COLUMNS)
)
DETACHED = Statement(
    update(cards)
    .where(cards.c.method_id == bindparam("method"), cards.c.removed_at.is_not(None))
    .values(detached_at=bindparam("now"))
)

BEGIN = Statement(insert(card_setups).returning(*SETUP_COLUMNS))
SETUP = Statement(select(*SETUP_COLUMNS).where(_IS_SETUP))
BY_CODE = Statement(select(*SETUP_COLUMNS).where(card_setups.c.code == bindparam("code")))
UNDERWAY = Statement(
    select(*SETUP_COLUMNS)
    .where(
        card_setups.c.user_id == bindparam("user"),
        card_setups.c.status.in_(UNDECIDED_STATUSES),
        card_setups.c.expires_at > bindparam("until"),
    )
    .order_by(card_setups.c.expires_at.desc())
    .limit(1)
)
FREEZE = Statement(
    update(card_setups)
    .where(_IS_SETUP)
    .values(parameters=func.coalesce(card_setups.c.parameters, bindparam("arguments")))
    .returning(*SETUP_COLUMNS)
)


def _move(verb: str, **values: Any) -> Statement:
    return Statement(
        update(card_setups)
        .where(_IS_SETUP, card_setups.c.status.in_(sources(MOVES, verb)))
        .values(status=target(MOVES, verb), **values)
    )


OPEN = _move("open", session_id=bindparam("session"), page_url=bindparam("url"))
FINISH = _move("finish", card_id=bindparam("card"))
VOID = _move("void")
OPEN_SETUP = Statement(
    select(card_setups.c.id).where(card_setups.c.status.in_(UNDECIDED_STATUSES)).limit(1)
)
