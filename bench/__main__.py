"""Measure: `python -m bench [NAME …] [--quick]`; without a name, everything."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import browse, expiry, locks, payments, scale, slow_provider, startup, tui
from bench.report import Table, machine

Question = Callable[..., Iterator[Table]]
QUESTIONS: dict[str, Question] = {
    "locks": locks.run,
    "browse": browse.run,
    "expiry": expiry.run,
    "startup": startup.run,
    "payments": payments.run,
    "scale": scale.run,
    "slow_provider": slow_provider.run,
    "tui": tui.run,
}


def main() -> None:
    """Answer the questions that were asked, in a folder that is thrown away."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the marketplace.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(QUESTIONS)}")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the app is kept busy")
    given = parser.parse_args()
    unknown = set(given.names) - set(QUESTIONS)
    if unknown:
        parser.error(f"no question is called {', '.join(sorted(unknown))}")
    print(machine(), flush=True)
    for name in given.names or QUESTIONS:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="ticketing-bench-") as folder:
            more = {"minutes": given.minutes} if name == "tui" else {}
            for table in QUESTIONS[name](Path(folder), quick=given.quick, **more):
                print(f"\n{table}", flush=True)
        print(f"  ({name}: {time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
