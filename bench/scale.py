"""Scale: what a lock and a start cost as the market grows."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import child, load, stock
from bench.load import Result
from bench.locks import take
from bench.report import Table, middle
from bench.stock import Stock

CONNECTIONS = 32
#: Together these use up almost all of a market of 1,000 tickets.
LOCKS, WARM = 700, 250
STARTS = {"server": child.server, "floor": child.floor}


@dataclass
class MeasuredMarket:
    """A market of one size for one side, copied afresh when too few tickets are left."""

    whole: Stock
    side: str
    found: list[Result] = field(default_factory=list)
    left: int = 0

    def lock_some(self) -> None:
        """Start a server on the market, warm it up, and measure some locks."""
        if self.left < WARM + LOCKS:
            self.own = self.whole.fresh(f"{self.side}-{self.whole.size}.db")
            self.left, self.picks = self.whole.size, self.own.picks()
        self.left -= WARM + LOCKS
        asked = (load.lock(*pick) for pick in self.picks)
        with STARTS[self.side](self.own.path) as process:
            load.ask(process, take(asked, WARM), connections=CONNECTIONS, seconds=60)
            some = take(asked, LOCKS)
            self.found.append(load.ask(process, some, connections=CONNECTIONS, seconds=60))


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Lock the same number of tickets in each size, with sizes and sides in turn."""
    sizes = (1_000, 5_000) if quick else (1_000, 100_000, 1_000_000)
    rounds = 1 if quick else 5
    stocks: dict[int, Stock] = {}
    built: dict[int, float] = {}
    for size in sizes:
        began = time.perf_counter()
        stocks[size] = stock.build(folder / f"scale-{size}.db", size)
        built[size] = time.perf_counter() - began
    markets: dict[str, dict[int, MeasuredMarket]] = defaultdict(dict)
    for side in STARTS:
        for size in sizes:
            markets[side][size] = MeasuredMarket(stocks[size], side)
    for _ in range(rounds):
        for size in sizes:
            for side in STARTS:
                markets[side][size].lock_some()
    yield _costs(markets, rounds)
    yield _starts(stocks, built)


def _costs(markets: dict[str, dict[int, MeasuredMarket]], rounds: int) -> Table:
    table = Table(
        f"Cost of a lock by size of the market, median of {rounds} rounds of {LOCKS} locks",
        ("tickets", "file MB", "CPU us", "to smallest", "wall us", "to smallest", "floor CPU us",
         "to smallest", "floor wall us", "to smallest"),
    )  # fmt: skip
    for size, market in markets["server"].items():
        row: list[str | float] = [f"{size:,}", market.whole.megabytes]
        for side in STARTS:
            ours, least = markets[side][size].found, markets[side][min(markets[side])].found
            row += _grown([r.cost for r in ours], [r.cost for r in least])
            row += _grown([1e6 / r.rate for r in ours], [1e6 / r.rate for r in least])
        table.rows.append(row)
    table.notes += [
        f"{CONNECTIONS} connections; tickets are picked at random from the whole market",
        "each file also holds every ticket's first event and one buyer for every 4 tickets",
        "to smallest: the median of the ratios of the rounds",
    ]
    return table


def _grown(ours: list[float], least: list[float]) -> tuple[float, float]:
    """Return the median cost, and its ratio to the cost in the smallest market."""
    ratios = [a / b for a, b in zip(ours, least, strict=True) if b]
    return middle(ours), middle(ratios or [0.0])


def _starts(stocks: dict[int, Stock], built: dict[int, float]) -> Table:
    table = Table(
        "Starting the server on a market of each size",
        ("tickets", "seconds with audit", "seconds without", "seconds to generate"),
    )
    for size, known in stocks.items():
        spent = []
        for options in ((), ("--skip-check",)):
            began = time.perf_counter()
            with child.audited(known.path, *options):
                spent.append(time.perf_counter() - began)
        table.rows.append((f"{size:,}", *spent, built[size]))
    return table
