"""QR codes on the screen: what a phone needs to read them, in every theme."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import segno
from rich.color import Color

from tests.tui.checkout.harness import VISA, at_checkout
from tests.tui.marketplace import AZTECA, Marketplace, wait_until
from tui.widgets.qr_code import QrCode

#: Which halves of a cell are dark: the upper, the lower.
HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def modules(app: Any) -> list[list[int]]:
    """Read the dark modules off the screen, and check that they are black on white."""
    region = app.screen.query_one(QrCode).region
    assert app.screen.region.contains_region(region)
    rows: list[list[int]] = []
    for strip in app.screen._compositor.render_strips()[region.y : region.bottom]:  # noqa: SLF001  what is drawn
        cells: list[tuple[int, int]] = []
        for segment in strip.crop(region.x, region.right):
            assert segment.style is not None
            assert segment.style.color == Color.parse("#000000")
            assert segment.style.bgcolor == Color.parse("#ffffff")
            cells += [HALVES[letter] for letter in segment.text]
        rows += [[upper for upper, _ in cells], [lower for _, lower in cells]]
    return rows


def expected(text: str) -> list[list[int]]:
    """Return the modules with a white border of two, as segno makes them."""
    code = segno.make(text, error="m", micro=False)
    rows = [[int(bool(module)) for module in row] for row in code.matrix_iter(border=2)]
    return rows if len(rows) % 2 == 0 else [*rows, [0] * len(rows[0])]


@pytest.mark.parametrize("theme", ["night", "day", "monochrome", "ansi-dark"])
def test_the_link_is_a_complete_black_on_white_code_at_80x24(
    marketplace: Marketplace, theme: str
) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket, size=(80, 24), theme=theme) as (app, pilot, at):
            await wait_until(pilot, lambda: app.screen.query_one(QrCode).region.height)
            assert modules(app) == expected(at.order.payment_url)

    asyncio.run(look())


def test_after_payment_the_code_is_the_entry_code(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket, size=(80, 24)) as (app, pilot, at):
            await asyncio.to_thread(marketplace.type_card, at.order.payment_url, VISA)
            await wait_until(pilot, lambda: at.bought)
            await pilot.pause()
            assert at.bought is not None
            assert at.bought.code is not None
            assert modules(app) == expected(at.bought.code)

    asyncio.run(look())


def test_a_code_that_does_not_fit_is_left_out(marketplace: Marketplace) -> None:
    ticket = marketplace.list_ticket(AZTECA)

    async def look() -> None:
        async with at_checkout(marketplace, ticket, size=(60, 20)) as (app, pilot, _):
            await pilot.pause()
            assert not app.screen.query_one("#right").display

    asyncio.run(look())
