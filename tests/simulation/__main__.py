"""Play one history again: `python -m tests.simulation 'lock open-page card jobs' crash@7`.

Without a mishap the clean history is played; without a script every script is, and counted.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from tests.simulation import saved_cards, scripts
from tests.simulation.breaks import BREAKS
from tests.simulation.history import Wrong, play
from tests.simulation.points import Mishap
from tests.simulation.shop import Stage, set_stage

SCRIPTS = scripts.SCRIPTS | saved_cards.SCRIPTS


def main() -> None:
    """Play what was asked for and say how it ended."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("script", nargs="?", help="steps, in one word")
    parser.add_argument("mishap", nargs="?", default="nothing", help="such as crash@7")
    parser.add_argument("--broken", choices=BREAKS, help="break the protocol first")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stage-") as folder:
        stage = set_stage(Path(folder))
        with BREAKS[given.broken]() if given.broken else nullcontext():
            if given.script:
                show_one(stage, given.script, Mishap.read(given.mishap))
            else:
                show_all(stage)


def show_all(stage: Stage) -> None:
    """Play every script without a mishap, and count how they end."""
    counts: Counter[str] = Counter()
    for name, script in SCRIPTS.items():
        ending = play(stage, script)
        counts += ending.counts
        print(f"{name}: {', '.join(ending.orders)}")
    print(dict(counts))


def show_one(stage: Stage, script: str, mishap: Mishap) -> None:
    """Play one history; leave with 1 if it ends badly."""
    try:
        ending = play(stage, script, mishap)
    except Wrong as wrong:
        raise SystemExit(f"wrong: {wrong}") from None
    print(" > ".join(ending.log))
    print(f"{', '.join(ending.orders)}; {len(ending.points)} points, {ending.refunds} refunds")


main()
