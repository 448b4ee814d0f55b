"""Hosted page: show the link to a payment page, as a QR code or in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from client import browser
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.output import Fields


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How the link to a page and its result are shown."""

    web: bool = False
    qr: bool = True
    wait: bool = True
    quiet: bool = False
    fields: Fields | None = None


def show(run: Run, url: str, output: OutputOptions, *, message: str) -> None:
    """Print the message, and open the page in a browser or draw a QR code of its link."""
    run.out.message(message)
    opened = output.web and browser.open_page(url, run.env)
    if output.web and not opened:
        run.out.message("no browser could be opened; open the link on another device")
    if output.qr and not opened and run.out.human and output.fields is None:
        run.out.qr(url)
