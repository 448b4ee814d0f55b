"""Totals of a show: what its organiser has taken, and how many tickets it has sold over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from client.formatting import Marked
from contract.show_overview import SalesHour, ShowOverview

HOUR = timedelta(hours=1)


def income(overview: ShowOverview) -> tuple[Marked, ...]:
    """Return the prices of what was sold without refunds, in each currency."""
    sums: dict[str, int] = {}
    for hour in overview.sales:
        currency = hour.amount.currency
        sums[currency] = sums.get(currency, 0) + hour.amount.amount
    return tuple(Marked(sum_, currency, overview.live) for currency, sum_ in sorted(sums.items()))


def sold_by(sales: Sequence[SalesHour], moments: Sequence[datetime]) -> tuple[int, ...]:
    """Return how many tickets were sold by each of some moments; both are in order.

    Of an hour that is not over, the part that has passed is counted.
    """
    counts, done, position = [], 0, 0
    for moment in moments:
        while position < len(sales) and sales[position].at + HOUR <= moment:
            done += sales[position].tickets
            position += 1
        part = 0
        if position < len(sales) and sales[position].at < moment:
            part = int(sales[position].tickets * ((moment - sales[position].at) / HOUR))
        counts.append(done + part)
    return tuple(counts)
