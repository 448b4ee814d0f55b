"""The SQL of the ledger. Its lines are only ever inserted."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, update

from contract.auth import AccountStatus
from contract.ledger import Book, EntryKind, PayoutStatus
from db.dialect import upsert
from db.schema.auth import accounts
from db.schema.ledger import ledger, payout_accounts, payouts, sales
from db.statement import Statement

#: The columns of a line, without its number, which the database assigns.
LINE = (
    "posting", "kind", "book", "order_id", "payment_id", "user_id", "payout_id", "amount",
    "currency", "at",
)  # fmt: skip
BOOK = Statement(insert(ledger), columns=LINE)
BOOKED = Statement(
    select(ledger.c.seq)
    .where(
        ledger.c.posting == bindparam("named"),
        ledger.c.order_id == bindparam("of_order"),
        ledger.c.book.in_(Book),
    )
    .limit(1)
)
OF_PAYMENT = Statement(
    select(ledger.c.kind, ledger.c.book, func.sum(ledger.c.amount))
    .where(
        ledger.c.order_id == bindparam("of_order"), ledger.c.payment_id == bindparam("of_payment")
    )
    .group_by(ledger.c.kind, ledger.c.book)
)
ENTRIES = select(
    ledger.c.seq, ledger.c.posting, ledger.c.kind, ledger.c.book, ledger.c.order_id,
    ledger.c.user_id, ledger.c.amount, ledger.c.currency, ledger.c.at,
)  # fmt: skip
_IN_BOOK = or_(bindparam("book_is") == "", ledger.c.book == bindparam("book_is"))
_BY_USER = or_(bindparam("user_is") == "", ledger.c.user_id == bindparam("user_is"))
_PAGE = (
    ENTRIES.where(_IN_BOOK, _BY_USER, ledger.c.seq < bindparam("before"))
    .order_by(ledger.c.seq.desc())
    .limit(bindparam("most"))
)
#: One for each index: with an OR, a database would read the whole table.
LIST = Statement(_PAGE)
LIST_OF_ORDER = Statement(_PAGE.where(ledger.c.order_id == bindparam("of_order")))
LIST_OF_USER = Statement(_PAGE.where(ledger.c.user_id == bindparam("of_user")))

_IS_SALE = sales.c.order_id == bindparam("of_order")
INSERT_SALE = Statement(insert(sales))
ADD_OWED = Statement(update(sales).where(_IS_SALE).values(owed=sales.c.owed + bindparam("more")))
#: What was paid out stays paid out.
RESCHEDULE = Statement(
    update(sales)
    .where(sales.c.show_id == bindparam("show"), sales.c.payout_id.is_(None))
    .values(releases_at=bindparam("releases"))
)
MOVE = Statement(
    update(sales).where(sales.c.show_id == bindparam("show")).values(show_id=bindparam("into"))
)
SET_FROZEN = Statement(update(sales).where(_IS_SALE).values(frozen=bindparam("is_frozen")))
SET_REFUNDING = Statement(update(sales).where(_IS_SALE).values(refunding=bindparam("is_refunding")))
SET_REPORTED = Statement(update(sales).where(_IS_SALE).values(reported=bindparam("is_reported")))
PAYOUT_OF = Statement(
    select(payouts.c.id, payouts.c.status)
    .join_from(sales, payouts, payouts.c.id == sales.c.payout_id)
    .where(_IS_SALE)
)

#: Lines of money of a sale that went back to its buyer, in the books that bore it.
_BACK = and_(
    ledger.c.kind.not_in((EntryKind.CAPTURE, EntryKind.PAYOUT, EntryKind.PAYOUT_FAILED)),
    ledger.c.book.in_((Book.SELLER, Book.FEE)),
)
_SALES = (
    select(sales)
    .where(
        sales.c.seller_id == bindparam("by_seller"),
        or_(bindparam("show_is") == "", sales.c.show_id == bindparam("show_is")),
        sales.c.order_id < bindparam("before"),
    )
    .order_by(sales.c.order_id.desc())
    .limit(bindparam("most"))
    .subquery("page")
)
OF_SELLER = Statement(
    select(
        _SALES.c.order_id, _SALES.c.frozen, _SALES.c.payout_id, _SALES.c.sold_at,
        _SALES.c.releases_at, payouts.c.status,
        func.coalesce(func.sum(case((_BACK, ledger.c.amount), else_=0)), 0),
        func.coalesce(
            func.sum(case((and_(_BACK, ledger.c.book == Book.FEE), ledger.c.amount), else_=0)), 0
        ),
    )
    .select_from(
        _SALES.outerjoin(ledger, ledger.c.order_id == _SALES.c.order_id)
        .outerjoin(payouts, payouts.c.id == _SALES.c.payout_id)
    )
    .group_by(
        _SALES.c.order_id, _SALES.c.frozen, _SALES.c.payout_id, _SALES.c.sold_at,
        _SALES.c.releases_at, payouts.c.status,
    )
    .order_by(_SALES.c.order_id.desc())
)  # fmt: skip

#: A payout that can no longer fail, and one that still can.
ARRIVED = (PayoutStatus.SENT, PayoutStatus.PAID)
IN_TRANSIT = (PayoutStatus.DUE, PayoutStatus.PREPARED)
#: Released, neither disputed nor reported, without a refund under way.
_FREE = and_(
    sales.c.payout_id.is_(None),
    sales.c.frozen == 0,
    sales.c.refunding == 0,
    sales.c.reported == 0,
    sales.c.releases_at <= bindparam("now"),
)
#: A debt is recovered only once the payout it comes from can no longer fail.
_DEBT = exists().where(payouts.c.id == sales.c.payout_id, payouts.c.status.in_(ARRIVED))
_PAYABLE = and_(
    sales.c.owed != 0, sales.c.releases_at <= bindparam("now"), or_(_FREE, _DEBT)
)  # fmt: skip
_BANNED = select(accounts.c.id).where(accounts.c.status == AccountStatus.BANNED)
_WAITS = and_(sales.c.payout_id.is_(None), ~_FREE)
BALANCE = Statement(
    select(
        sales.c.currency,
        func.sum(case((_WAITS, sales.c.owed), else_=0)),
        func.sum(case((_WAITS, 0), else_=sales.c.owed)),
    )
    .where(sales.c.seller_id == bindparam("by_seller"), sales.c.owed != 0)
    .group_by(sales.c.currency)
)
PAID_OUT = Statement(
    select(
        payouts.c.currency,
        func.sum(case((payouts.c.status.in_(ARRIVED), payouts.c.amount), else_=0)),
        func.sum(case((payouts.c.status.in_(IN_TRANSIT), payouts.c.amount), else_=0)),
    )
    .where(
        payouts.c.seller_id == bindparam("by_seller"), payouts.c.status != PayoutStatus.FAILED
    )
    .group_by(payouts.c.currency)
)  # fmt: skip
#: Sellers who are owed money now, by currency. Those of banned sellers are frozen.
OWED = Statement(
    select(sales.c.seller_id, sales.c.currency, func.count(), func.sum(sales.c.owed))
    .where(_PAYABLE, sales.c.seller_id.not_in(_BANNED))
    .group_by(sales.c.seller_id, sales.c.currency)
    .having(func.sum(sales.c.owed) > 0)
    .order_by(sales.c.seller_id, sales.c.currency)
    .limit(bindparam("most"))
)
#: Locked: these rows do not change until the payout is committed.
PAYABLE = Statement(
    select(sales.c.order_id, sales.c.owed)
    .where(
        _PAYABLE,
        sales.c.seller_id == bindparam("by_seller"), sales.c.currency == bindparam("in_currency"),
    )
    .order_by(sales.c.order_id)
    .with_for_update(of=sales)
)  # fmt: skip
PAY_OUT = Statement(
    update(sales)
    .where(_IS_SALE)
    .values(owed=0, payout_id=func.coalesce(sales.c.payout_id, bindparam("by_payout")))
)
TAKE_BACK = Statement(
    update(sales)
    .where(_IS_SALE)
    .values(
        owed=sales.c.owed + bindparam("more"),
        payout_id=case(
            (sales.c.payout_id == bindparam("by_payout"), None), else_=sales.c.payout_id
        ),
    )
)

#: The columns of a payout; `payouts.to_contract` reads them.
PAYOUT_COLUMNS = (
    payouts.c.id, payouts.c.seller_id, payouts.c.amount, payouts.c.currency, payouts.c.sales,
    payouts.c.method, payouts.c.account, payouts.c.status, payouts.c.version,
    payouts.c.created_at, payouts.c.batch_id, payouts.c.reason,
)  # fmt: skip
_IS_PAYOUT = payouts.c.id == bindparam("of_payout")
CREATE = Statement(insert(payouts).returning(*PAYOUT_COLUMNS))
PAYOUT = Statement(select(*PAYOUT_COLUMNS).where(_IS_PAYOUT))
_PAYOUTS = (
    select(*PAYOUT_COLUMNS)
    .where(payouts.c.id < bindparam("before"))
    .order_by(payouts.c.id.desc())
    .limit(bindparam("most"))
)
_IN_STATUS = or_(bindparam("status_is") == "", payouts.c.status == bindparam("status_is"))
_IN_BATCH = payouts.c.batch_id == bindparam("of_batch")
PAYOUTS = Statement(_PAYOUTS.where(_IN_STATUS))
PAYOUTS_OF_BATCH = Statement(_PAYOUTS.where(_IN_BATCH, _IN_STATUS))
BATCH = Statement(select(payouts.c.id).where(_IN_BATCH).limit(1))
PAYOUTS_OF = Statement(_PAYOUTS.where(payouts.c.seller_id == bindparam("by_seller")))
FINISH = Statement(
    update(payouts)
    .where(_IS_PAYOUT, payouts.c.status == bindparam("old_status"))
    .values(
        status=bindparam("new_status"), transfer_id=bindparam("transfer"), reason=bindparam("why"),
        version=payouts.c.version + 1, updated_at=bindparam("now"),
    )
    .returning(*PAYOUT_COLUMNS)
)  # fmt: skip
#: What each order contributes, from the seller's book.
LINES = Statement(
    select(ledger.c.order_id, ledger.c.amount, ledger.c.currency)
    .where(
        ledger.c.payout_id == bindparam("of_payout"), ledger.c.kind == EntryKind.PAYOUT,
        ledger.c.book == Book.SELLER,
    )
    .order_by(ledger.c.order_id)
)  # fmt: skip
ACCOUNT = Statement(
    select(payout_accounts.c.account).where(payout_accounts.c.user_id == bindparam("of_user"))
)


def _set_account(kind: object) -> object:
    new = upsert(kind, payout_accounts)  # type: ignore[arg-type]
    return new.on_conflict_do_update(
        index_elements=["user_id"],
        set_={
            "account": new.excluded.account,
            "version": payout_accounts.c.version + 1,
            "updated_at": new.excluded.updated_at,
        },
    )


SET_ACCOUNT = Statement(_set_account)  # type: ignore[arg-type]
