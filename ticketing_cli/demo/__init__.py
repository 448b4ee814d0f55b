"""Demo: play a complete sale with the real commands, on a temporary server."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from ticketing_cli.demo import scenes
from ticketing_cli.demo.stage import Stage
from ticketing_cli.runtime.context import Run

LISTINGS = Path(__file__).with_name("listings.csv")


def demo(ctx: typer.Context) -> None:
    """Play a sale: list, browse, lock, a refused second buyer, pay, resell, and an expired lock.

    Everything happens on this machine, in a temporary folder; no real money moves. Each line that
    starts with a name and a `$` is a command that is really run.

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
            order, ticket = scenes.sale(stage)
            scenes.trace(stage, order)
            scenes.resale(stage, ticket)
        with stage.server(lock_for="6s"):
            scenes.expiry(stage)
    scenes.closing(stage, LISTINGS)
