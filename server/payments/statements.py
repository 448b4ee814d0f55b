"""What payments asks of the database: every move is one guarded UPDATE."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from contract.payments import PaymentStatus
from db.dialect import upsert
from db.schema.payments import declines, inbox, payments
from db.statement import Statement
from server.payments import states

#: The columns of a payment as the service knows it; `service.read_row` reads them.
COLUMNS = (
    payments.c.id, payments.c.order_id, payments.c.buyer_id, payments.c.status, payments.c.amount,
    payments.c.currency, payments.c.parameters, payments.c.session_id, payments.c.intent_id,
    payments.c.page_url, payments.c.live, payments.c.declines, payments.c.declined,
    payments.c.version, payments.c.created_at, payments.c.card_id, payments.c.charge_id,
    payments.c.card,
)  # fmt: skip
_IS_ONE = payments.c.id == bindparam("payment_id")

#: Nothing is promised back of a new payment.
INSERT = Statement(
    insert(payments).returning(*COLUMNS),
    columns=[c.name for c in payments.c if c is not payments.c.promised],
)
VIEW = Statement(select(*COLUMNS).where(_IS_ONE))
OF_ORDER = Statement(
    select(*COLUMNS)
    .where(payments.c.order_id == bindparam("order"))
    .order_by(payments.c.created_at.desc(), payments.c.id.desc())
)


def _move(verb: str) -> Statement:
    return Statement(
        update(payments)
        .where(_IS_ONE, payments.c.status.in_([str(state) for state in states.before(verb)]))
        .values(
            status=states.after(verb),
            version=payments.c.version + 1,
            updated_at=bindparam("now"),
        )
        .returning(*COLUMNS)
    )


#: Money that has been about to be captured for long.
SLOW = Statement(
    select(payments.c.id, payments.c.order_id).where(
        payments.c.status == PaymentStatus.AUTHORISED, payments.c.updated_at <= bindparam("before")
    )
)
#: Something became of it beside its status.
TOUCH = Statement(
    update(payments)
    .where(_IS_ONE)
    .values(version=payments.c.version + 1, updated_at=bindparam("now"))
    .returning(*COLUMNS)
)
MOVE = {verb: _move(verb) for verbs in states.MOVES.values() for verb in verbs}
#: A webhook may have told of the session before our own call returned: what is known stays.
NAME = Statement(
    update(payments)
    .where(_IS_ONE)
    .values(
        session_id=func.coalesce(payments.c.session_id, bindparam("session")),
        intent_id=func.coalesce(payments.c.intent_id, bindparam("intent")),
        page_url=func.coalesce(payments.c.page_url, bindparam("url")),
        charge_id=func.coalesce(bindparam("charge"), payments.c.charge_id),
        card=func.coalesce(bindparam("told_card"), payments.c.card),
    )
)
NOTE_DECLINE = Statement(
    lambda kind: upsert(kind, declines).on_conflict_do_nothing(index_elements=["charge_id"])
)
DECLINE = Statement(
    update(payments)
    .where(_IS_ONE)
    .values(
        declines=payments.c.declines + 1,
        declined=bindparam("words"),
        version=payments.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(*COLUMNS)
)
DECLINES_OF_ORDER = Statement(select(func.count()).where(declines.c.order_id == bindparam("order")))
RECEIVE = Statement(lambda kind: upsert(kind, inbox).on_conflict_do_nothing(index_elements=["id"]))
HANDLED = Statement(
    update(inbox)
    .where(
        inbox.c.object_id == bindparam("payment"),
        inbox.c.handled_at.is_(None),
        inbox.c.received_at <= bindparam("until"),
    )
    .values(handled_at=bindparam("now"))
)
BY_STRIPE_ID = Statement(
    select(payments.c.id).where(
        (payments.c.session_id == bindparam("stripe"))
        | (payments.c.intent_id == bindparam("stripe"))
    )
)
