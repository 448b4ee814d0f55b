"""The ledger: append-only entries, and what they are about: sales, payouts, sellers' accounts."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    column,
)

from contract.ledger import Book, EntryKind, PayoutMethod, PayoutStatus
from db.dialect import COUNTED, STRICT, WHOLE_NUMBER, partial_index
from db.types import (
    METADATA,
    check,
    enum_check,
    foreign_key,
    integer,
    nullable_foreign_key,
    nullable_text,
    primary_key,
    text,
    timestamp,
)


class LedgerColumns(TypedColumns):
    """One line. The lines of a `posting` sum to zero; no row is ever changed or deleted.

    A `posting` says why and of what it is, such as `refund:ref_9f`, so that the same thing can
    never be booked twice. A payout's lines are of no payment.
    """

    seq = Column(WHOLE_NUMBER, primary_key=True, autoincrement=True)
    posting = text()
    kind = text()
    book = text()
    order_id = foreign_key("orders.id")
    payment_id = nullable_text()
    user_id = nullable_text()
    payout_id = nullable_foreign_key("payouts.id")
    amount = integer()
    currency = text()
    at = timestamp()


class SaleColumns(TypedColumns):
    """A sale as its seller's money sees it.

    It is `frozen` while a bank disputes it, `refunding` while money of it is on its way back.
    `owed` is what its lines in the seller's book come to, kept so that a balance or a payout need
    not add them up again; the audit does. Below zero it is a debt. `payout_id` is the first payout
    it was in that did not fail.
    """

    order_id = Column(Text, ForeignKey("orders.id"), primary_key=True)
    seller_id = foreign_key("accounts.id")
    show_id = foreign_key("shows.id")
    currency = text()
    owed = integer()
    frozen = integer()
    refunding = integer()
    payout_id = nullable_foreign_key("payouts.id")
    sold_at = timestamp()
    releases_at = timestamp()


class PayoutColumns(TypedColumns):
    """A statement of one seller in one currency, over so many `sales`.

    `account` is where a transfer goes.
    """

    id = primary_key()
    seller_id = foreign_key("accounts.id")
    amount = integer()
    currency = text()
    sales = integer()
    method = text()
    account = nullable_text()
    status = text()
    transfer_id = nullable_text(unique=True)
    version = integer()
    created_at = timestamp()
    updated_at = timestamp()


class PayoutAccountColumns(TypedColumns):
    """To which account at the payment provider a seller's payouts go."""

    user_id = Column(Text, ForeignKey("accounts.id"), primary_key=True)
    account = nullable_text()
    version = integer()
    updated_at = timestamp()


ledger = Table(
    "ledger", METADATA, LedgerColumns,
    enum_check("kind", EntryKind), enum_check("book", Book), check("amount", "amount <> 0"),
    check("currency", "length(currency) = 3"),
    UniqueConstraint("posting", "order_id", "book"),
    Index(None, "order_id"), Index(None, "user_id"),
    partial_index("ix_ledger_payout", "payout_id", where=column("payout_id").is_not(None)),
    **COUNTED,
)  # fmt: skip
sales = Table(
    "sales", METADATA, SaleColumns,
    check("frozen", "frozen IN (0, 1)"), check("refunding", "refunding IN (0, 1)"),
    Index(None, "seller_id", "order_id"),
    # What a payout may be made of: no sale that was settled long ago is looked at again.
    partial_index("ix_sales_owed", "releases_at", where=column("owed") != 0),
    partial_index("ix_sales_payout", "payout_id", where=column("payout_id").is_not(None)),
    **STRICT,
)  # fmt: skip
payouts = Table(
    "payouts", METADATA, PayoutColumns,
    enum_check("method", PayoutMethod), enum_check("status", PayoutStatus),
    check("amount", "amount > 0"),
    Index(None, "seller_id", "id"),
    **STRICT,
)  # fmt: skip
payout_accounts = Table("payout_accounts", METADATA, PayoutAccountColumns, **STRICT)
