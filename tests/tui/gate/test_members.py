"""The gate of the app for people who work for an organiser, and for no other show."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta, timezone

from contract.issuing import ISSUE_TICKETS, IssuedPlace, IssueTickets
from contract.organisers import (
    ADD_MEMBER,
    APPROVE_ORGANISER,
    CREATE_ORGANISER,
    AddMember,
    CreateOrganiser,
    MemberRole,
)
from contract.shows import CREATE_SHOW, Category, Show, ShowDetails
from contract.tickets import Price
from tests.tui.gate.harness import GateHarness, open_gate, scan
from tests.tui.marketplace import LYON, START, Marketplace, wait_for_text


def open_official_show(marketplace: Marketplace) -> Show:
    """Create an organiser's show with one ticket, and a member who works at its gate."""
    marketplace.account("gia")
    marketplace.make_admin()
    with contextlib.closing(marketplace.api("mia")) as mia:
        organiser = mia.call(CREATE_ORGANISER, CreateOrganiser(name="Halle Tony Garnier"))
        with contextlib.closing(marketplace.api("olga")) as olga:
            olga.call(APPROVE_ORGANISER, organiser_id=organiser.id)
        gia = AddMember(email="gia@example.org", role=MemberRole.GATE)
        mia.call(ADD_MEMBER, gia, organiser_id=organiser.id)
        details = ShowDetails(
            name="Faust", category=Category.THEATRE, venue="Odeon", city="Athens", country="GR",
            starts_at=START.astimezone(timezone(timedelta(hours=3))),
        )  # fmt: skip
        show = mia.call(CREATE_SHOW, details, organiser_id=organiser.id)
        price = Price(amount=4500, currency="EUR")
        place = IssuedPlace(section="A", row="1", seat="1", price=price)
        mia.call(ISSUE_TICKETS, IssueTickets(places=(place,)), show_id=show.id)
    return show


def test_a_member_of_an_organiser_has_the_gate_of_its_shows_alone(
    marketplace: Marketplace,
) -> None:
    marketplace.list_ticket(LYON)
    show = open_official_show(marketplace)
    gate = GateHarness(marketplace)

    async def journey() -> None:
        async with gate.app("gia") as (app, pilot):
            screen = await open_gate(app, pilot)
            assert screen.worker is not None
            assert screen.worker.show.id == show.id
            assert [row.show.id for row in screen.show_picker.table.rows] == [show.id]
            await wait_for_text(pilot, "Faust  official")
            await scan(pilot, "NOBODY")
            await wait_for_text(pilot, "unknown code")
            assert screen.check_action("override", ()) is False

    asyncio.run(journey())
