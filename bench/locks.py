"""Locks: how many a second and at which latency, compared with the hand-written floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from bench import child, load, stock
from bench.child import Child
from bench.load import Result
from bench.report import Table, middle

CONNECTIONS = (1, 32, 128)
WARM = 400
#: Tickets per round at most, however fast the machine is.
MAX_REQUESTS = 20_000


def run(folder: Path, *, quick: bool) -> Iterator[Table]:
    """Measure both in turn, round by round, on copies of the same market."""
    rounds, seconds = (1, 0.3) if quick else (7, 1.0)
    market = stock.build(folder / "locks.db", 5_000 if quick else 160_000)
    results: dict[tuple[str, int], list[Result]] = defaultdict(list)
    with ExitStack() as stack:
        sides: dict[str, tuple[Child, Iterator[str]]] = {}
        for name, start in (("server", child.server), ("floor", child.floor)):
            own = market.fresh(f"locks-{name}.db")
            asked = iter([load.lock(*pick) for pick in own.picks()])
            sides[name] = stack.enter_context(start(own.path)), asked
            load.ask(sides[name][0], take(asked, WARM), connections=32, seconds=10)
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for name, (process, asked) in sides.items():
                    some = take(asked, min(MAX_REQUESTS, market.size // (3 * rounds + 1)))
                    found = load.ask(process, some, connections=connections, seconds=seconds)
                    results[name, connections].append(found)
    yield _rates(results, rounds)


def take(requests: Iterator[str], count: int) -> list[str]:
    """Return the next requests."""
    return list(islice(requests, count))


def _rates(results: dict[tuple[str, int], list[Result]], rounds: int) -> Table:
    table = Table(
        f"Locks per second, server and floor in turn, median of {rounds} rounds",
        ("connections", "server/s", "floor/s", "ratio", "p50 ms", "p99 ms", "floor p50",
         "floor p99", "CPU us", "floor CPU", "CPU ratio"),
    )  # fmt: skip
    for connections in CONNECTIONS:
        ours, floor = results["server", connections], results["floor", connections]
        pairs = list(zip(ours, floor, strict=True))
        table.rows.append(
            (connections, middle([r.rate for r in ours]), middle([r.rate for r in floor]),
             middle([a.rate / b.rate for a, b in pairs]),
             *(middle([r.percentile(p) for r in side]) for side in (ours, floor)
               for p in (0.5, 0.99)),
             middle([r.cost for r in ours]), middle([r.cost for r in floor]),
             middle([b.cost / a.cost for a, b in pairs if a.cost] or [0.0])),
        )  # fmt: skip
    busy = max(result.busy for side in results.values() for result in side)
    table.notes += [
        f"servers on core {child.SERVER_CORE}, load on {child.LOAD_CORE} (at most {busy:.0%} busy)",
        "CPU us: processor time of one lock. Its ratio, floor/server, holds on a busy machine too",
        f"at most {stock.EACH} locks per buyer, each with its own idempotency key",
        "the floor checks only what its statements check, and takes no SAVEPOINT",
    ]
    return table
