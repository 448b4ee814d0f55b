"""Scale: what a lock costs as the market grows, and how the database grows with it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench import child, load, stock
from bench.load import Result
from bench.locks import take
from bench.report import Table, middle
from bench.stock import Stock

CONNECTIONS = 32
#: A market of a thousand tickets has no more than this to lock after warming up.
LOCKS, WARM = 700, 250


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Lock as many in each size, on a fresh copy each round, sizes in turn."""
    sizes = (1_000, 5_000) if quick else (1_000, 100_000, 1_000_000)
    rounds = 1 if quick else 5
    stocks: dict[int, Stock] = {}
    built: dict[int, float] = {}
    for size in sizes:
        began = time.perf_counter()
        stocks[size] = stock.build(folder / f"scale-{size}.db", size)
        built[size] = time.perf_counter() - began
    results: dict[tuple[str, int], list[Result]] = defaultdict(list)
    for turn in range(rounds):
        for size in sizes:
            for name, start in (("server", child.server), ("floor", child.floor)):
                own = stocks[size].fresh(f"scale-{name}.db")
                asked = (load.lock(*pick) for pick in own.picks(turn))
                with start(own.path) as process:
                    load.ask(process, take(asked, WARM), connections=CONNECTIONS, seconds=30)
                    some = take(asked, LOCKS)
                    found = load.ask(process, some, connections=CONNECTIONS, seconds=30)
                results[name, size].append(found)
    yield _costs(results, stocks, rounds)
    yield _starts(stocks, built)


def _costs(
    results: dict[tuple[str, int], list[Result]],
    stocks: dict[int, Stock],
    rounds: int,
) -> Table:
    table = Table(
        f"Cost of a lock by size of the market, median of {rounds} rounds of {LOCKS} locks",
        ("tickets", "file MB", "CPU us", "to smallest", "us of wall", "to smallest",
         "floor CPU us", "to smallest"),
    )  # fmt: skip
    smallest = min(stocks)
    for size, known in stocks.items():
        ours, floor = results["server", size], results["floor", size]
        cost, wall = ([r.cost for r in ours], [1e6 / r.rate for r in ours])
        base, base_wall = (
            [r.cost for r in results["server", smallest]],
            [1e6 / r.rate for r in results["server", smallest]],
        )
        bottom, base_floor = [r.cost for r in floor], [r.cost for r in results["floor", smallest]]
        table.rows.append(
            (size, known.megabytes, middle(cost), _growth(cost, base), middle(wall),
             _growth(wall, base_wall), middle(bottom), _growth(bottom, base_floor))
        )  # fmt: skip
    table.notes += [
        f"{CONNECTIONS} connections; tickets are picked at random from the whole market",
        "each file also holds every ticket's first fact and a buyer for each 4 tickets",
        "growth is the median of the ratios round by round",
    ]
    return table


def _growth(ours: list[float], smallest: list[float]) -> float:
    return middle([a / b if b else 0.0 for a, b in zip(ours, smallest, strict=True)])


def _starts(stocks: dict[int, Stock], built: dict[int, float]) -> Table:
    table = Table(
        "Starting on a market of that size",
        ("tickets", "seconds with audit", "seconds without", "seconds to generate"),
    )
    for size, known in stocks.items():
        spent = []
        for options in (("--log-level", "error"), ("--skip-check",)):
            began = time.perf_counter()
            with child.audited(known.path, *options):
                spent.append(time.perf_counter() - began)
        table.rows.append((size, *spent, built[size]))
    return table
