"""Sales: what a seller is owed, for each ticket and in total."""

from __future__ import annotations

from contract.ledger import Balance, CurrencyBalance, Sale, SaleStatus
from contract.money import Money
from contract.orders import OrderReport, ReportStatus
from db.statement import Row
from db.types import from_us
from server.ledger import statements as sql
from server.orders import reports
from server.orders import service as orders
from server.tickets import service as tickets
from server.tx import Tx


def find(tx: Tx, *, seller_id: str, show_id: str, before: str, most: int) -> tuple[Sale, ...]:
    """Return a seller's sales, newest first; an empty `show_id` means every show."""
    rows = tx.all(sql.OF_SELLER, by_seller=seller_id, show_is=show_id, before=before, most=most)
    found = reports.of_orders(tx, [row[0] for row in rows])
    return tuple(_to_contract(tx, row, found.get(row[0])) for row in rows)


def balance(tx: Tx, *, seller_id: str) -> Balance:
    """Return what a seller is owed and was paid out, by currency."""
    owed = {row[0]: row[1:] for row in tx.all(sql.BALANCE, by_seller=seller_id, now=tx.now_us)}
    paid = {row[0]: row[1:] for row in tx.all(sql.PAID_OUT, by_seller=seller_id)}
    currencies = []
    for currency in sorted({*owed, *paid}):
        waiting, available = owed.get(currency, (0, 0))
        arrived, in_transit = paid.get(currency, (0, 0))
        currencies.append(
            CurrencyBalance(
                currency=currency, waiting=int(waiting), available=int(available),
                paid_out=int(arrived), in_transit=int(in_transit),
            )
        )  # fmt: skip
    return Balance(currencies=tuple(currencies), live=tx.settings.live)


def _to_contract(tx: Tx, row: Row, report: OrderReport | None) -> Sale:
    order_id, frozen, payout_id, sold_at, releases_at, payout_status = row[:6]
    refunded, fee_refunded = int(row[6]), int(row[7])
    order = orders.view(tx, order_id=order_id).order
    ticket = tickets.view(tx, ticket_id=order.ticket_id)
    currency, price, fee = order.price.currency, order.price.amount, order.fee.amount
    if refunded == price:
        status = SaleStatus.REFUNDED
    elif frozen or (report is not None and report.status is ReportStatus.OPEN):
        status = SaleStatus.FROZEN
    elif payout_id is not None:
        underway = payout_status in sql.IN_TRANSIT
        status = SaleStatus.IN_TRANSIT if underway else SaleStatus.PAID_OUT
    else:
        status = SaleStatus.WAITING if releases_at > tx.now_us else SaleStatus.RELEASED
    return Sale(
        order_id=order_id, ticket_id=ticket.id, show=ticket.show, section=ticket.section,
        row=ticket.row, seat=ticket.seat, price=order.price, fee=order.fee,
        refunded=Money(amount=refunded, currency=currency),
        net=Money(amount=price - fee - (refunded - fee_refunded), currency=currency), status=status,
        sold_at=from_us(sold_at), releases_at=from_us(releases_at), payout_id=payout_id,
        live=tx.settings.live, report=report,
    )  # fmt: skip
