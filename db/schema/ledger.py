"""The ledger: append-only entries, and the sales, payouts and accounts they are about."""

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

    A `posting` is named for its reason and subject, such as `refund:ref_9f`, so that nothing is
    booked twice. A payout's lines belong to no payment.
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
    """A sale and what its seller is owed for it.

    It is `frozen` while a bank disputes it, `refunding` while a refund of it is under way, and
    `reported` while a report of its buyer is open. `owed`
    is the sum of its lines in the seller's book, stored so that balances and payouts need not add
    them up; the audit does. Below zero it is a debt. `payout_id` is the first payout it was in that
    did not fail.
    """

    order_id = Column(Text, ForeignKey("orders.id"), primary_key=True)
    seller_id = foreign_key("accounts.id")
    show_id = foreign_key("shows.id")
    currency = text()
    owed = integer()
    frozen = integer()
    refunding = integer()
    reported = integer()
    payout_id = nullable_foreign_key("payouts.id")
    sold_at = timestamp()
    releases_at = timestamp()


class PayoutColumns(TypedColumns):
    """A payout to one seller in one currency, for a number of `sales`.

    `account` is the destination of a transfer. Payouts by file belong to a batch. `reason` says why
    the bank did not pay one.
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
    batch_id = nullable_text()
    reason = nullable_text()


class PayoutAccountColumns(TypedColumns):
    """The account at the payment provider to which a seller's payouts go."""

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
    check("reported", "reported IN (0, 1)"),
    Index(None, "seller_id", "order_id"),
    # The sales a payout may contain, without the many that were settled long ago.
    partial_index("ix_sales_owed", "releases_at", where=column("owed") != 0),
    partial_index("ix_sales_payout", "payout_id", where=column("payout_id").is_not(None)),
    **STRICT,
)  # fmt: skip
payouts = Table(
    "payouts", METADATA, PayoutColumns,
    enum_check("method", PayoutMethod), enum_check("status", PayoutStatus),
    check("amount", "amount > 0"),
    check("batch", "status NOT IN ('prepared', 'paid') OR batch_id IS NOT NULL"),
    Index(None, "seller_id", "id"),
    partial_index("ix_payouts_batch", "batch_id", where=column("batch_id").is_not(None)),
    **STRICT,
)  # fmt: skip
payout_accounts = Table("payout_accounts", METADATA, PayoutAccountColumns, **STRICT)
