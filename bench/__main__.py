"""Run benchmarks: `python -m bench [NAME …] [--quick]`; without a name, all of them."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import browse, expiry, locks, neighbours, payments, scale, startup, tui
from bench.report import Table, machine

Benchmark = Callable[..., Iterator[Table]]
BENCHMARKS: dict[str, Benchmark] = {
    "locks": locks.run,
    "browse": browse.run,
    "expiry": expiry.run,
    "startup": startup.run,
    "payments": payments.run,
    "scale": scale.run,
    "neighbours": neighbours.run,
    "tui": tui.run,
}


def main() -> None:
    """Run the benchmarks that were named, each in a temporary folder."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the marketplace.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="only check that everything runs")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to keep the app busy")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    print(machine(), flush=True)
    for name in given.names or BENCHMARKS:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="ticketing-bench-") as folder:
            more = {"minutes": given.minutes} if name == "tui" else {}
            for table in BENCHMARKS[name](Path(folder), quick=given.quick, **more):
                print(f"\n{table}", flush=True)
        print(f"  ({name}: {time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
