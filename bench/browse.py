"""Browse: how many read requests a second the server answers in a market of 5,200 tickets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench import child, load, stock
from bench.report import Table, middle

TICKETS = 5_200
CONNECTIONS = (1, 32)


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Request each page again and again."""
    rounds, seconds = (1, 0.2) if quick else (5, 0.8)
    market = stock.build(folder / "browse.db", 500 if quick else TICKETS)
    pages = {
        "first page of 50": ["/v1/tickets"],
        "search curacao": ["/v1/tickets?q=curacao"],
        "view a ticket": [f"/v1/tickets/{ticket}" for ticket, _ in market.picks()],
        "coming shows": ["/v1/shows"],
        "health (no database)": ["/healthz"],
    }
    table = Table(
        f"Browse requests per second, {market.size:,} tickets, median of {rounds} rounds",
        ("page", "connections", "per second", "p50 ms", "p99 ms", "CPU us"),
    )
    with child.server(market.path) as process:
        for name, paths in pages.items():
            requests = [load.get(path) for path in paths] * (20_000 // len(paths))
            for connections in CONNECTIONS:
                load.ask(process, requests[:50], connections=connections, seconds=5)
                results = [
                    load.ask(process, requests, connections=connections, seconds=seconds)
                    for _ in range(rounds)
                ]
                table.rows.append(
                    (name, connections, middle([r.rate for r in results]),
                     middle([r.percentile(0.5) for r in results]),
                     middle([r.percentile(0.99) for r in results]),
                     middle([r.cost for r in results]))
                )  # fmt: skip
    yield table
