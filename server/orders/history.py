"""History: what tickets of a show were sold for, without who or which."""

from __future__ import annotations

from contract.money import Money
from contract.shows import PastSale, PriceHistory
from db.types import from_us
from server.orders import statements as sql
from server.shows import service as shows
from server.tx import Tx


def prices(tx: Tx, *, show_id: str, most: int) -> PriceHistory:
    """Return the newest sales of a show, at most `most`. Raises NotFound."""
    shows.view(tx, show_id=show_id)
    sales = tuple(
        PastSale(at=from_us(at), section=section, price=Money(amount=amount, currency=currency))
        for at, section, amount, currency in tx.all(sql.SOLD, show=show_id, most=most)
    )
    return PriceHistory(sales=sales, live=tx.settings.live)
