"""Similar shows: pointed out to sellers on import and to operators, never merged by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from contract.alerts import LIST_ALERTS, AlertKind, AlertQuery
from contract.shows import Category, Show, ShowDetails
from db.types import from_us
from server.principal import Principal
from server.shows import service
from tests.clock import START
from tests.places import local
from tests.server.tickets.test_imports import ROW, row, take
from tests.world import World

OKAPI = ShowDetails(
    name="The Okapis", category=Category.CONCERT, venue="Halle Tony Garnier", city="Lyon",
    country="FR", starts_at=local(from_us(START) + timedelta(days=30), "FR"),
)  # fmt: skip


def named(world: World, **changes: Any) -> Show:
    """Describe a show, as a seller does."""
    details = msgspec.structs.replace(OKAPI, **changes)
    return world.bus.write_now(lambda tx: service.get_or_create(tx, details))


def pointed_out(world: World) -> list[str]:
    """Return what operators are told about similar shows."""
    query = AlertQuery(kind=AlertKind.SIMILAR_SHOWS)
    return [alert.detail for alert in world.call(LIST_ALERTS, Principal(), query).items]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "OKAPIS"},
        {"name": "Okapis"},
        {"venue": "Halle Tony\u2013Garnier"},
        {"city": " LYON"},
    ],
    ids=ascii,
)
def test_a_show_spelled_otherwise_is_the_same(world: World, change: dict[str, Any]) -> None:
    assert named(world, **change).id == named(world).id
    assert pointed_out(world) == []


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Okapis!"}, {"name": "The Okapis live"}, {"name": "The Okapi's Tour"},
        {"venue": "La Halle Tony Garnier"}, {"city": "Lyon 7e"}, {"venue": "Gerland"},
        {"starts_at": OKAPI.starts_at + timedelta(hours=1)},
    ],
    ids=ascii,
)  # fmt: skip
def test_a_show_that_sounds_alike_is_pointed_out_to_operators(
    world: World, change: dict[str, Any]
) -> None:
    first, second = named(world), named(world, **change)
    (detail,) = pointed_out(world)
    assert f"ticketing admin merge-shows {second.id} {first.id}" in detail
    assert world.sound()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Les Girafes"}, {"city": "Villeurbanne"},
        {"starts_at": OKAPI.starts_at + timedelta(hours=5)},
        {"venue": "Gerland", "starts_at": OKAPI.starts_at + timedelta(hours=1)},
    ],
    ids=ascii,
)  # fmt: skip
def test_a_show_that_is_clearly_another_is_not_pointed_out(
    world: World, change: dict[str, Any]
) -> None:
    named(world)
    named(world, **change)
    assert pointed_out(world) == []


def test_an_import_tells_the_seller_which_other_show_it_may_be(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    take(world, ana, row(1))
    twin = {**ROW["show"], "name": "Curaçao v Haïti (final)"}
    report = take(world, ben, row(2, show=twin), row(3, show=twin))
    for result in report.results:
        assert result.notice is not None
        assert "Curaçao v Haïti at Estadio, Willemstad" in result.notice
    assert [result.notice for result in take(world, ana, row(1)).results] == [None]
