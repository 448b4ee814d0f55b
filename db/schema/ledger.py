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
    holds,
    key,
    maybe_ref,
    maybe_text,
    moment,
    number,
    one_of,
    ref,
    text,
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
    order_id = ref("orders.id")
    payment_id = maybe_text()
    user_id = maybe_text()
    payout_id = maybe_ref("payouts.id")
    amount = number()
    currency = text()
    at = moment()


class SaleColumns(TypedColumns):
    """A sale as its seller's money sees it.

    It is `frozen` while a bank disputes it, `refunding` while money of it is on its way back.
    `owed` is what its lines in the seller's book come to, kept so that a balance or a payout need
    not add them up again; the audit does. Below zero it is a debt. `payout_id` is the first payout
    it was in that did not fail.
    """

    order_id = Column(Text, ForeignKey("orders.id"), primary_key=True)
    seller_id = ref("accounts.id")
    show_id = ref("shows.id")
    currency = text()
    owed = number()
    frozen = number()
    refunding = number()
    payout_id = maybe_ref("payouts.id")
    sold_at = moment()
    releases_at = moment()


class PayoutColumns(TypedColumns):
    """A statement of one seller in one currency, over so many `sales`.

    `account` is where a transfer goes.
    """

    id = key()
    seller_id = ref("accounts.id")
    amount = number()
    currency = text()
    sales = number()
    method = text()
    account = maybe_text()
    status = text()
    transfer_id = maybe_text(unique=True)
    version = number()
    created_at = moment()
    updated_at = moment()


class PayoutAccountColumns(TypedColumns):
    """To which account at the payment provider a seller's payouts go."""

    user_id = Column(Text, ForeignKey("accounts.id"), primary_key=True)
    account = maybe_text()
    version = number()
    updated_at = moment()


ledger = Table(
    "ledger", METADATA, LedgerColumns,
    one_of("kind", EntryKind), one_of("book", Book), holds("amount", "amount <> 0"),
    holds("currency", "length(currency) = 3"),
    UniqueConstraint("posting", "order_id", "book"),
    Index(None, "order_id"), Index(None, "user_id"),
    partial_index("ix_ledger_payout", "payout_id", where=column("payout_id").is_not(None)),
    **COUNTED,
)  # fmt: skip
sales = Table(
    "sales", METADATA, SaleColumns,
    holds("frozen", "frozen IN (0, 1)"), holds("refunding", "refunding IN (0, 1)"),
    Index(None, "seller_id", "order_id"),
    # What a payout may be made of: no sale that was settled long ago is looked at again.
    partial_index("ix_sales_owed", "releases_at", where=column("owed") != 0),
    partial_index("ix_sales_payout", "payout_id", where=column("payout_id").is_not(None)),
    **STRICT,
)  # fmt: skip
payouts = Table(
    "payouts", METADATA, PayoutColumns,
    one_of("method", PayoutMethod), one_of("status", PayoutStatus), holds("amount", "amount > 0"),
    Index(None, "seller_id", "id"),
    **STRICT,
)  # fmt: skip
payout_accounts = Table("payout_accounts", METADATA, PayoutAccountColumns, **STRICT)
