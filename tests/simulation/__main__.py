"""Replay a history: `python -m tests.simulation 'lock open-page card jobs' crash@7`.

Without an injection the history is played without failures; without a script, every script is.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from tests.simulation import saved_cards, scripts
from tests.simulation.history import HistoryFailed, play
from tests.simulation.mutations import MUTATIONS
from tests.simulation.points import Injection
from tests.simulation.shop import Template, make_template

SCRIPTS = scripts.SCRIPTS | saved_cards.SCRIPTS


def main() -> None:
    """Play what the arguments name, and print how it ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("script", nargs="?", help="steps, as one argument")
    parser.add_argument("injection", nargs="?", default="nothing", help="such as crash@7")
    parser.add_argument("--mutation", choices=MUTATIONS, help="break the protocol first")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="template-") as folder:
        template = make_template(Path(folder))
        with MUTATIONS[given.mutation]() if given.mutation else nullcontext():
            if given.script:
                show_one(template, given.script, Injection.read(given.injection))
            else:
                show_all(template)


def show_all(template: Template) -> None:
    """Play every script without an injection, and count the endings."""
    counts: Counter[str] = Counter()
    for name, script in SCRIPTS.items():
        ending = play(template, script)
        counts += ending.counts
        print(f"{name}: {', '.join(ending.orders)}")
    print(dict(counts))


def show_one(template: Template, script: str, injection: Injection) -> None:
    """Play one history; exit with 1 if it ends badly."""
    try:
        ending = play(template, script, injection)
    except HistoryFailed as failure:
        raise SystemExit(f"failed: {failure}") from None
    print(" > ".join(ending.log))
    print(f"{', '.join(ending.orders)}; {len(ending.points)} points, {ending.refunds} refunds")


main()
