"""The operator compares the claims to one seat, and replaces a code that others have seen."""

from __future__ import annotations

import asyncio

import pytest

from contract.orders import VIEW_WALLET
from contract.tickets import SeatTaken, Ticket
from tests.tui.admin.harness import open_operator
from tests.tui.marketplace import Marketplace, screen_text, wait_for_text


@pytest.fixture
def claimed(marketplace: Marketplace) -> Ticket:
    """Give a ticket that ben has bought and whose seat another seller then tried to list."""
    marketplace.make_admin()
    ticket = marketplace.list_ticket(seat="1")
    marketplace.buy("ben", ticket)
    with pytest.raises(SeatTaken):
        marketplace.list_ticket(seat="1", seller="mallory")
    return ticket


def test_both_claims_are_shown_and_the_code_is_replaced_with_a_reason(
    marketplace: Marketplace, claimed: Ticket
) -> None:
    async def journey() -> None:
        async with marketplace.app("olga", size=(80, 24)) as (app, pilot):
            await open_operator(app, pilot, "Alerts")
            await wait_for_text(pilot, "enter compares both claims")
            await pilot.press("enter")
            await wait_for_text(pilot, "Compare the claims", "Replace the code")
            assert "listing refused" in screen_text(app)
            before = marketplace.call("ben", VIEW_WALLET, ticket_id=claimed.id).code
            await pilot.click("#reissue-0")
            await wait_for_text(pilot, "Enter the reason first")
            await pilot.press(*"seen")
            await pilot.click("#reissue-0")
            await wait_for_text(pilot, "Replace the entry code?")
            await pilot.press("tab", "enter")
            await wait_for_text(pilot, "The owner has a new code")
            assert marketplace.call("ben", VIEW_WALLET, ticket_id=claimed.id).code != before

    asyncio.run(journey())
