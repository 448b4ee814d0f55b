"""The endpoints of the ledger."""

from __future__ import annotations

from contract.base import Empty, Page, PageQuery
from contract.ledger import (
    Balance,
    Book,
    EntryKind,
    FailPayout,
    LedgerEntry,
    LedgerQuery,
    Payout,
    PayoutAccount,
    PayoutNotFound,
    PayoutRun,
    PayoutsQuery,
    PayoutStatement,
    ReleasePayouts,
    Sale,
    SalesQuery,
)
from db.statement import Row
from db.types import from_us
from server import cursor, paging
from server.ledger import payouts
from server.ledger import sales as sales_service
from server.ledger import statements as sql
from server.principal import Principal
from server.shows import access
from server.shows import service as shows
from server.tx import Tx

LAST_ORDER, LAST_PAYOUT, LAST_LINE = "ord_~", "out_~", 2**63 - 1


def sales(tx: Tx, principal: Principal, query: SalesQuery) -> Page[Sale]:
    """List the principal's sales, newest first."""
    show_id = shows.current_id(tx, show_id=query.show_id) or ""
    found, following = paging.page(
        lambda limit: sales_service.find(
            tx, seller_id=principal.user_id, show_id=show_id,
            before=query.cursor or LAST_ORDER, most=limit,
        ),
        query.limit,
        lambda sale: sale.order_id,
    )  # fmt: skip
    return Page(items=found, next=following)


def show_sales(tx: Tx, principal: Principal, query: PageQuery, *, show_id: str) -> Page[Sale]:
    """List what the organiser that the principal manages has sold for a show, newest first."""
    show, owner_id = access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    found, following = paging.page(
        lambda limit: sales_service.find(
            tx, seller_id=owner_id, show_id=show.id, before=query.cursor or LAST_ORDER, most=limit
        ),
        query.limit,
        lambda sale: sale.order_id,
    )
    return Page(items=found, next=following)


def balance(tx: Tx, principal: Principal, query: Empty) -> Balance:
    """Show what the principal is owed."""
    return sales_service.balance(tx, seller_id=principal.user_id)


def find_payouts(tx: Tx, principal: Principal, query: PageQuery) -> Page[Payout]:
    """List the principal's payouts, newest first."""
    found, following = paging.page(
        lambda limit: payouts.find_own(
            tx, seller_id=principal.user_id, before=query.cursor or LAST_PAYOUT, most=limit
        ),
        query.limit,
        lambda payout: payout.id,
    )
    return Page(items=found, next=following)


def view_payout(tx: Tx, principal: Principal, query: Empty, *, payout_id: str) -> PayoutStatement:
    """Show one of the principal's payouts; operators may see any."""
    payout = payouts.view(tx, payout_id=payout_id)
    if not principal.is_admin and payout.seller_id != principal.user_id:
        raise PayoutNotFound
    return payouts.statement(tx, payout=payout)


def admin_payouts(tx: Tx, principal: Principal, query: PayoutsQuery) -> Page[Payout]:
    """List all sellers' payouts, newest first."""
    if query.batch_id is not None:
        payouts.require_batch(tx, query.batch_id)
    found, following = paging.page(
        lambda limit: payouts.find(tx, query, before=query.cursor or LAST_PAYOUT, most=limit),
        query.limit,
        lambda payout: payout.id,
    )
    return Page(items=found, next=following)


def release(tx: Tx, principal: Principal, body: ReleasePayouts) -> PayoutRun:
    """Pay out every released sale."""
    return payouts.release(tx, dry_run=body.dry_run, batch_id=body.batch_id)


def confirm_payout(tx: Tx, principal: Principal, body: Empty, *, payout_id: str) -> Payout:
    """Record that the bank has paid a prepared payout."""
    return payouts.confirm(tx, payout_id)


def fail_payout(tx: Tx, principal: Principal, body: FailPayout, *, payout_id: str) -> Payout:
    """Record that the bank did not pay a prepared payout."""
    return payouts.fail(tx, payout_id, reason=body.reason)


def set_account(
    tx: Tx, principal: Principal, body: PayoutAccount, *, user_id: str
) -> PayoutAccount:
    """Set the account to which a seller's payouts go."""
    payouts.set_account(tx, user_id=user_id, account=body.account)
    return body


def admin_ledger(tx: Tx, principal: Principal, query: LedgerQuery) -> Page[LedgerEntry]:
    """List the ledger's lines, newest first."""
    before = LAST_LINE if query.cursor is None else cursor.read(query.cursor, int)[0]
    filters = {"book_is": query.book or "", "user_is": query.user_id or "", "before": before}

    def fetch(limit: int) -> list[Row]:
        if query.order_id is not None:
            return tx.all(sql.LIST_OF_ORDER, of_order=query.order_id, most=limit, **filters)
        if query.user_id is not None:
            return tx.all(sql.LIST_OF_USER, of_user=query.user_id, most=limit, **filters)
        return tx.all(sql.LIST, most=limit, **filters)

    rows, following = paging.page(fetch, query.limit, lambda row: cursor.write(row[0]))
    return Page(items=tuple(map(_entry, rows)), next=following)


def _entry(row: Row) -> LedgerEntry:
    return LedgerEntry(
        seq=row[0], posting=row[1], kind=EntryKind(row[2]), book=Book(row[3]), order_id=row[4],
        user_id=row[5], amount=row[6], currency=row[7], at=from_us(row[8]),
    )  # fmt: skip
