"""Payments: what they add to the cost of a lock; they should not be on that path."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench import child, load, stock
from bench.child import Child
from bench.load import Result
from bench.locks import take
from bench.report import Table, middle

CONNECTIONS = 32
PAYING = 40


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Lock on a server without payments and on one with many payments and a fee, in turn."""
    rounds, seconds = (1, 0.3) if quick else (5, 0.8)
    market = stock.build(folder / "payments.db", 2_000 if quick else 60_000)
    quiet, paying = (market.fresh(f"payments-{n}.db") for n in ("quiet", "paying"))
    locks = {name: (load.lock(*pick) for pick in market.picks()) for name in ("quiet", "paying")}
    found: dict[str, list[Result]] = {"quiet": [], "paying": []}
    starts: list[Result] = []
    fee = {"TICKETING_FEE_BASIS_POINTS": "500"}
    with child.server(quiet.path) as first, child.server(paying.path, **fee) as second:
        for _ in range(rounds):
            starts.append(start_payments(second, locks["paying"]))
            # The pages exist now; from here on jobs poll them.
            time.sleep(0.2 if quick else 1.0)
            for name, process in (("quiet", first), ("paying", second)):
                requests = take(locks[name], market.size // (rounds + 2))
                found[name].append(
                    load.ask(process, requests, connections=CONNECTIONS, seconds=seconds)
                )
    yield _compare(found, starts, rounds)


def start_payments(process: Child, locks: Iterator[str]) -> Result:
    """Lock some tickets and start a payment for each."""
    requests = take(locks, PAYING)
    paying: list[str] = []
    for request in requests:
        order = msgspec.json.decode(load.reply(process, request), type=dict[str, object])["id"]
        token = request.partition("Bearer ")[2].partition("\r\n")[0]
        paying.append(load.post(f"/v1/orders/{order}/pay", token, f"pay-{order}", "{}"))
    return load.ask(process, paying, connections=1, seconds=60)


def _compare(found: dict[str, list[Result]], starts: list[Result], rounds: int) -> Table:
    table = Table(
        f"Locks without payments and while {PAYING * rounds} orders are being paid, "
        f"median of {rounds} rounds",
        ("server", "locks/s", "p50 ms", "p99 ms", "CPU us", "to quiet"),
    )
    base = found["quiet"]
    for name, results in found.items():
        ratio = middle([b.rate / a.rate for a, b in zip(base, results, strict=True)])
        table.rows.append(
            (name, middle([r.rate for r in results]),
             *(middle([r.percentile(p) for r in results]) for p in (0.5, 0.99)),
             middle([r.cost for r in results]), ratio)
        )  # fmt: skip
    start = middle([r.percentile(0.5) for r in starts])
    table.notes += [
        f"{CONNECTIONS} connections; the lock runs the same statements on both servers",
        "a job polls each open payment every 3 s: that is what `paying` costs",
        f"starting a payment, its page created through the Stripe library: {start:.1f} ms (p50)",
    ]
    return table
