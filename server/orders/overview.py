"""Overview: what an organiser's managers see of its show, counted: its seats and its sales."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from contract.base import Empty
from contract.money import Money
from contract.orders import OrderStatus
from contract.show_overview import SalesHour, ShowOverview
from db.schema.orders import orders
from db.statement import Statement
from db.types import from_us
from server.clock import SECOND
from server.principal import Principal
from server.shows import access
from server.tickets import seat_counts
from server.tx import Tx

HOUR = 3600 * SECOND
MOST_HOURS = 2000
_HOUR_OF_SALE = orders.c.ended_at - orders.c.ended_at % HOUR
#: What somebody has sold for a show, hour by hour. Refunds are taken off.
SALES_BY_HOUR = Statement(
    select(
        _HOUR_OF_SALE, orders.c.price_currency, func.count(),
        func.sum(orders.c.price_amount - orders.c.refunded_amount),
    )
    .where(
        orders.c.show_id == bindparam("show"), orders.c.seller_id == bindparam("by_seller"),
        orders.c.status == OrderStatus.COMPLETE,
    )
    .group_by(_HOUR_OF_SALE, orders.c.price_currency)
    .order_by(_HOUR_OF_SALE.desc(), orders.c.price_currency)
    .limit(bindparam("limit"))
)  # fmt: skip


def view(tx: Tx, principal: Principal, query: Empty, *, show_id: str) -> ShowOverview:
    """Count the seats and the sales of a show that the principal manages."""
    show, owner_id = access.require_manager(tx, show_id=show_id, user_id=principal.user_id)
    found = tx.all(SALES_BY_HOUR, show=show.id, by_seller=owner_id, limit=MOST_HOURS)
    sales = (
        SalesHour(
            at=from_us(at), tickets=sold, amount=Money(amount=int(amount), currency=currency)
        )
        for at, currency, sold, amount in reversed(found)
    )  # fmt: skip
    return ShowOverview(
        show=show, sections=seat_counts.by_section(tx, show_id=show.id, owner_id=owner_id),
        sales=tuple(sales), live=tx.settings.live,
    )  # fmt: skip
