"""Page: show the way to a page on which a card is typed: its link, a QR code, or a browser."""

from __future__ import annotations

from dataclasses import dataclass

from client import browser
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.output import Fields


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How somebody wants to be led to a page, and told what comes of it."""

    web: bool = False
    qr: bool = True
    wait: bool = True
    quiet: bool = False
    fields: Fields | None = None


def show(run: Run, url: str, manner: OutputOptions, *, sentence: str) -> None:
    """Say where the page is; open it in a browser, or draw its link for a telephone."""
    run.out.say(sentence)
    opened = manner.web and browser.open_page(url, run.env)
    if manner.web and not opened:
        run.out.say("no browser could be opened; open the link on any device")
    if manner.qr and not opened and run.out.human and manner.fields is None:
        run.out.qr(url)
