"""Two servers on one PostgreSQL: neither misses, repeats or waits for the other's work."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from server.expiration import expire_due
from server.jobs import claim, enqueue
from tests import databases
from tests.clock import MINUTE
from tests.db.test_event_log import read_from, show
from tests.world import World


@pytest.fixture
def shared(postgresql_admin: str, postgresql_template: str) -> Iterator[World]:
    """Give a world on a database that another server uses too."""
    with databases.postgresql_url(postgresql_admin, postgresql_template) as url:
        made = World(url)
        yield made
        made.close()


def test_an_event_with_an_earlier_number_that_is_committed_later_is_not_missed(
    shared: World,
) -> None:
    world = shared
    insert = (
        "INSERT INTO events (id, type, entity_id, version, actor, body, at) "
        "SELECT 'evt_slow', type, 'shw_slow', version, actor, replace(body, 'fast', 'slow'), at "
        "FROM events"
    )
    world.bus.write_now(lambda tx: tx.publish(show("fast")))
    names, place = read_from(world, (0, 0))
    assert names == ["shw_fast"]
    with psycopg.connect(world.settings.database) as slow:
        slow.execute(insert)  # it has its number now, and takes its time
        world.bus.write_now(lambda tx: tx.publish(show("next")))
        early, place = read_from(world, place)
        slow.commit()
    late, place = read_from(world, place)
    assert early + late == ["shw_slow", "shw_next"]
    assert read_from(world, place) == ([], place)


def test_a_job_that_another_server_is_claiming_is_skipped(shared: World) -> None:
    for subject in "abc":
        shared.bus.write_now(lambda tx, subject=subject: enqueue(tx, "payment.void", subject))  # type: ignore[misc]
    with psycopg.connect(shared.settings.database) as other:
        other.execute("UPDATE jobs SET attempts = 1 WHERE subject = 'a'")
        assert {job.subject for job in shared.bus.write_now(claim)} == {"b", "c"}


def test_a_deadline_that_another_server_is_processing_is_skipped(shared: World) -> None:
    seller, buyer = shared.user("seller"), shared.user("buyer")
    first, second = (shared.lock(buyer, shared.list_ticket(seller)) for _ in range(2))
    shared.clock.advance(15 * MINUTE)
    with psycopg.connect(shared.settings.database) as other:
        other.execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", (first.id,))
        assert shared.bus.write_now(expire_due) == 1
    assert shared.order(buyer, second).reason == "expired"
    assert shared.bus.write_now(expire_due) == 1
    assert shared.sound()
