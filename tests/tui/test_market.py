from __future__ import annotations

import asyncio

from tests.tui.house import Market, dump, until


def test_shows_and_their_tickets_stand_side_by_side(stocked: Market) -> None:
    async def look() -> None:
        async with stocked.app() as (app, pilot):
            await until(pilot, lambda: "1,260.00" in dump(app))
            print(dump(app))

    asyncio.run(look())
