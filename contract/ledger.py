"""The ledger: who is owed what. Sellers see it as sales, balance and payouts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from contract.alerts import OPERATORS, Note
from contract.base import Empty, Event, Id, Model, Page, PageQuery, Request
from contract.endpoint import Access, Endpoint
from contract.money import Money
from contract.orders import OrderReport
from contract.organisers import OrganiserNotApproved
from contract.problems import Problem
from contract.shows import NotYourShow, Show


class Book(StrEnum):
    """Whose money an entry is about. `platform` lies at the provider; the others are owed.

    `transit` is on its way to a seller: its payout is prepared, and the bank has yet to pay it.
    """

    PLATFORM = "platform"
    SELLER = "seller"
    FEE = "fee"
    BUYER = "buyer"
    DISPUTE = "dispute"
    TRANSIT = "transit"


class EntryKind(StrEnum):
    """Why money was booked."""

    CAPTURE = "capture"
    LATE = "late"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    REFUND_SETTLED = "refund_settled"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT = "payout"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_PAID = "payout_paid"


class LedgerEntry(Model, frozen=True, kw_only=True):
    """One line of the ledger. The lines of a `posting` sum to zero, and so does every order.

    `amount` is in minor units: above zero for money that came in or that a book owes, below for
    money that went out or is owed to it. `user_id` is the seller or buyer.
    """

    seq: int
    posting: str
    kind: EntryKind
    book: Book
    order_id: Id
    user_id: Id | None
    amount: int
    currency: str
    at: datetime


class SaleStatus(StrEnum):
    """The status of a sale's money. `in_transit` is on a payout that has yet to arrive."""

    WAITING = "waiting"
    FROZEN = "frozen"
    RELEASED = "released"
    IN_TRANSIT = "in_transit"
    PAID_OUT = "paid_out"
    REFUNDED = "refunded"


class Sale(Model, frozen=True, kw_only=True):
    """A ticket that was sold: the price, the marketplace's fee, and the `net` owed to the seller.

    Refunds reduce `net`. From `releases_at` on it can be paid out. A disputed sale is frozen, and
    one whose buyer has reported a problem: `report` says which. `live` is False for test money.
    """

    order_id: Id
    ticket_id: Id
    show: Show
    section: str
    row: str
    seat: str
    price: Money
    fee: Money
    refunded: Money
    net: Money
    status: SaleStatus
    sold_at: datetime
    releases_at: datetime
    payout_id: Id | None
    live: bool
    report: OrderReport | None = None


class CurrencyBalance(Model, frozen=True, kw_only=True):
    """What a seller is owed in one currency, in minor units.

    `waiting` cannot be paid out yet: the show is not over, or a sale is disputed or reported.
    `available` is in the next payout; below zero it is a debt, from refunds of sales that were paid
    out before. `in_transit` is on payouts that are due or prepared.
    """

    currency: str
    waiting: int
    available: int
    paid_out: int
    in_transit: int = 0


class Balance(Model, frozen=True, kw_only=True):
    """What a seller is owed, by currency. `live` is False for test money."""

    currencies: tuple[CurrencyBalance, ...]
    live: bool


class PayoutMethod(StrEnum):
    """How a payout reaches the seller."""

    FILE = "file"
    TRANSFER = "transfer"


class PayoutStatus(StrEnum):
    """The status of a payout.

    By transfer it is `due`, then `sent`. By file it is `prepared` until an operator confirms that
    the bank has paid it, then `paid`. Older ones by file are `sent` without a confirmation. The
    sales of one that `failed` can be paid out again.
    """

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    PREPARED = "prepared"
    PAID = "paid"


class Payout(Model, frozen=True, kw_only=True):
    """What one seller is paid for which sales. By `file` an operator pays it by bank transfer.

    Payouts by file belong to a batch, which is paid with one file. `reason` says why it failed. A
    `frozen` one must not be paid: its seller is banned.
    """

    id: Id
    seller_id: Id
    seller_email: str
    amount: Money
    sales: int
    method: PayoutMethod
    status: PayoutStatus
    created_at: datetime
    live: bool
    batch_id: Id | None = None
    reason: str | None = None
    frozen: bool = False


class PayoutLine(Model, frozen=True, kw_only=True):
    """What one order contributes to a payout; below zero where a refund is deducted."""

    order_id: Id
    amount: int
    currency: str


class PayoutStatement(Model, frozen=True, kw_only=True):
    """A payout with the orders it is for."""

    payout: Payout
    lines: tuple[PayoutLine, ...]


class SalesQuery(PageQuery, frozen=True, kw_only=True):
    """Which of the own sales are wanted."""

    show_id: Id | None = None


class LedgerQuery(PageQuery, frozen=True, kw_only=True):
    """Which entries are wanted."""

    order_id: Id | None = None
    user_id: Id | None = None
    book: Book | None = None


class PayoutsQuery(PageQuery, frozen=True, kw_only=True):
    """Which payouts are wanted: of a batch, in a status, or all."""

    batch_id: Id | None = None
    status: PayoutStatus | None = None


class ReleasePayouts(Request, frozen=True, kw_only=True):
    """Pay out what can be released now. With `dry_run` nothing is changed.

    Payouts by file make a new batch, or join the batch of the run that this one continues.
    """

    dry_run: bool = False
    batch_id: Id | None = None


class FailPayout(Request, frozen=True, kw_only=True):
    """Say why the bank did not pay a payout; its seller reads it."""

    reason: Note


class PayoutRun(Model, frozen=True, kw_only=True):
    """What a payout run did, or with `dry_run` would do; then the payouts' ids mean nothing.

    `more` means that another run is needed. `batch_id` is the batch of the payouts by file.
    """

    payouts: tuple[Payout, ...]
    more: bool
    dry_run: bool
    batch_id: Id | None = None


class PayoutAccount(Request, frozen=True, kw_only=True):
    """The seller's account at the payment provider; without one payouts go by file."""

    account: (
        Annotated[
            str,
            Meta(
                pattern=r"^acct_[0-9A-Za-z]{1,60}$",
                description="an account id such as acct_1Nv0FGQ9RKHgCVdK, or null",
            ),
        ]
        | None
    )


class _PayoutEvent(Event, frozen=True, kw_only=True):
    seller_id: Id
    amount: Money
    status: PayoutStatus
    batch_id: Id | None = None
    reason: str | None = None

    @property
    def audience(self) -> str | None:
        return self.seller_id


class PayoutCreated(_PayoutEvent, frozen=True, kw_only=True, tag="payout.created"):
    """A payout of a seller's released sales was created."""

    name: ClassVar[str] = "payout.created"


class PayoutUpdated(_PayoutEvent, frozen=True, kw_only=True, tag="payout.updated"):
    """A payout was sent or paid, or it failed; `reason` says why."""

    name: ClassVar[str] = "payout.updated"


class PayoutAccountSet(Event, frozen=True, kw_only=True, tag="payout.account_set"):
    """An operator set the account to which a seller's payouts go."""

    name: ClassVar[str] = "payout.account_set"
    account: str | None

    @property
    def audience(self) -> str | None:
        """Operators alone."""
        return OPERATORS


class PayoutNotFound(Problem, status=404):
    """There is no such payout."""


class PayoutBatchNotFound(Problem, status=404):
    """There is no such batch of payouts."""


class PayoutNotPrepared(Problem, status=409):
    """The payout is not prepared, so it can be neither confirmed nor failed."""


LIST_SALES = Endpoint(
    method="GET", path="/v1/sales", request=SalesQuery, response=Page[Sale],
    summary="List your sales, newest first, with fee, net and release date.",
)  # fmt: skip
LIST_SHOW_SALES = Endpoint(
    method="GET", path="/v1/shows/{show_id}/sold", request=PageQuery, response=Page[Sale],
    summary="List what your organiser has sold for a show, newest first.",
    errors=(NotYourShow, OrganiserNotApproved),
)  # fmt: skip
VIEW_BALANCE = Endpoint(
    method="GET", path="/v1/balance", request=Empty, response=Balance,
    summary="Show what you are owed for sales.",
)  # fmt: skip
LIST_PAYOUTS = Endpoint(
    method="GET", path="/v1/payouts", request=PageQuery, response=Page[Payout],
    summary="List your payouts, newest first.",
)  # fmt: skip
VIEW_PAYOUT = Endpoint(
    method="GET", path="/v1/payouts/{payout_id}", request=Empty, response=PayoutStatement,
    summary="Show one of your payouts, order by order; operators see any.",
    errors=(PayoutNotFound,),
)  # fmt: skip
ADMIN_LEDGER = Endpoint(
    method="GET", path="/v1/admin/ledger", request=LedgerQuery, response=Page[LedgerEntry],
    summary="List the ledger's entries, newest first.", access=Access.ADMIN,
)  # fmt: skip
ADMIN_PAYOUTS = Endpoint(
    method="GET", path="/v1/admin/payouts", request=PayoutsQuery, response=Page[Payout],
    summary="List the payouts of all sellers, newest first.", access=Access.ADMIN,
    errors=(PayoutBatchNotFound,),
)  # fmt: skip
RELEASE_PAYOUTS = Endpoint(
    method="POST", path="/v1/admin/payouts", request=ReleasePayouts, response=PayoutRun,
    summary="Pay out every released sale: by transfer, or by a file that is to be paid.",
    access=Access.ADMIN, errors=(PayoutBatchNotFound,),
)  # fmt: skip
CONFIRM_PAYOUT = Endpoint(
    method="POST", path="/v1/admin/payouts/{payout_id}/confirm", request=Empty, response=Payout,
    summary="Record that the bank has paid a prepared payout.", access=Access.ADMIN,
    errors=(PayoutNotFound, PayoutNotPrepared),
)  # fmt: skip
FAIL_PAYOUT = Endpoint(
    method="POST", path="/v1/admin/payouts/{payout_id}/fail", request=FailPayout, response=Payout,
    summary="Record that the bank did not pay a prepared payout; its sales are owed again.",
    access=Access.ADMIN, errors=(PayoutNotFound, PayoutNotPrepared),
)  # fmt: skip
SET_PAYOUT_ACCOUNT = Endpoint(
    method="PUT", path="/v1/admin/users/{user_id}/payee", request=PayoutAccount,
    response=PayoutAccount, summary="Set the account to which a seller's payouts go.",
    access=Access.ADMIN,
)  # fmt: skip
