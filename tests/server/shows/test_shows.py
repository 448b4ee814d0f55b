"""Shows: one for each name, venue, city and start, however they are spelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from contract.problems import Invalid, NotFound
from contract.shows import VIEW_SHOW, Category, Show, ShowDetails, ShowStarted
from db.types import from_us
from server.principal import Principal
from server.shows import service
from tests.clock import START
from tests.places import local
from tests.world import World

FINAL = ShowDetails(
    name="Curaçao v Haïti", category=Category.SPORTS, venue="Estadio Ergilio Hato",
    city="Willemstad", country="CW", starts_at=local(from_us(START) + timedelta(days=30), "CW"),
)  # fmt: skip


def named(world: World, **changes: object) -> Show:
    """Describe a show, as a seller does."""
    details = msgspec.structs.replace(FINAL, **changes)
    return world.bus.write_now(lambda tx: service.get_or_create(tx, details))


@pytest.mark.parametrize(
    "spelling",
    ["curacao v haiti", "CURAÇAO V HAÏTI", "  Curaçao   v Haïti ", "Curac\u0327ao v Hai\u0308ti"],
)
def test_the_same_show_is_recognised_whatever_its_case_accents_and_spaces(
    world: World, spelling: str
) -> None:
    assert named(world, name=spelling).id == named(world).id
    assert world.names() == ["show.created"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Curaçao v Aruba"},
        {"venue": "Another stadium"},
        {"city": "Oranjestad"},
        {"starts_at": FINAL.starts_at + timedelta(seconds=1)},
    ],
    ids=str,
)
def test_another_name_venue_city_or_start_is_another_show(
    world: World, change: dict[str, object]
) -> None:
    assert named(world, **change).id != named(world).id


def test_an_offset_that_the_country_does_not_use_then_is_refused_with_the_right_one(
    world: World,
) -> None:
    with pytest.raises(Invalid) as refused:
        named(world, starts_at=FINAL.starts_at.astimezone(UTC))
    (error,) = refused.value.errors
    assert error.field == "show.starts_at"
    assert "2027-01-31T00:00:00-04:00 (America/Curacao)" in error.message
    assert world.names() == []


def test_a_show_tells_its_time_zone(world: World) -> None:
    show = named(world)
    assert world.call(VIEW_SHOW, Principal(), show_id=show.id).timezone == "America/Curacao"
    (event,) = world.events(show.id)
    assert getattr(event, "timezone", None) == "America/Curacao"


def test_a_seller_may_name_the_time_zone(world: World) -> None:
    start = datetime.fromisoformat("2027-07-01T19:00:00-07:00")
    place = {"city": "Sedona", "country": "US", "starts_at": start}
    assert named(world, **place, timezone="America/Phoenix").timezone == "America/Phoenix"


def test_an_unknown_time_zone_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        named(world, timezone="America/Atlantis")
    assert [error.field for error in refused.value.errors] == ["show.timezone"]


def test_a_start_keeps_the_offset_of_the_place(world: World) -> None:
    start = datetime.fromisoformat("2027-06-18T19:00:00-04:00")
    show = named(world, starts_at=start)
    shown = world.call(VIEW_SHOW, Principal(), show_id=show.id)
    assert shown.starts_at.isoformat() == "2027-06-18T19:00:00-04:00"


def test_a_show_is_stored_in_normal_form_without_double_spaces(world: World) -> None:
    show = named(world, name="  Hai\u0308ti   v  Aruba ")
    assert world.call(VIEW_SHOW, Principal(), show_id=show.id).name == "Ha\u00efti v Aruba"


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=9000)])
def test_a_show_that_has_started_cannot_be_created(world: World, late: timedelta) -> None:
    with pytest.raises(ShowStarted):
        named(world, starts_at=from_us(START) - late)
    assert world.names() == []


def test_an_unknown_show_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.call(VIEW_SHOW, Principal(), show_id="shw_none")


def test_the_event_of_a_show_has_all_its_details(world: World) -> None:
    show = named(world)
    (event,) = world.events(show.id)
    assert event.name == "show.created"
    assert getattr(event, "starts_at", None) == FINAL.starts_at.astimezone(UTC)
