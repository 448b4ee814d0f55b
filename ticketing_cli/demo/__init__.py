"""Demo: one whole sale, played by the real commands against a real server of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from ticketing_cli.demo import scenes
from ticketing_cli.demo.stage import Stage
from ticketing_cli.runtime.context import Run

LISTINGS = Path(__file__).with_name("listings.csv")


def demo(ctx: typer.Context) -> None:
    """Play a whole sale: list, browse, lock, be refused, pay, deliver, and let a lock run out.

    Everything happens in a temporary folder and on this machine; no real money moves. Each line
    that starts with a name and a `$` is a command that is really run.

    Examples:
      ticketing demo
      ticketing demo | less
    """
    run = Run.of(ctx)
    with tempfile.TemporaryDirectory(prefix="ticketing-demo-") as folder:
        stage = Stage(run, Path(folder))
        with stage.server(lock_for="15m"):
            scenes.opening(stage)
            scenes.listing(stage, LISTINGS)
            scenes.browsing(stage)
            scenes.inquiry(stage, scenes.sale(stage))
        with stage.server(lock_for="6s"):
            scenes.lapse(stage)
    scenes.curtain(stage, LISTINGS)
