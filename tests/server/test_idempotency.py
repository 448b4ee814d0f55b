"""Stored replies: for a day, one key of one principal has one effect and one reply."""

from __future__ import annotations

import threading

import pytest

from contract.problems import KeyReused
from server.idempotency import RETENTION, StoredReply, delete_expired, find_reply, store_reply
from server.tx import Tx
from tests.server.restart import restart
from tests.server.rows import one
from tests.world import World

REPLY = StoredReply(201, b'{"id":"ord_1"}')


def store(world: World, *, user_id: str = "usr_a", key: str = "k", request: str = "r") -> None:
    """Store a reply."""
    world.bus.write_now(
        lambda tx: store_reply(tx, user_id=user_id, key=key, request=request, reply=REPLY)
    )


def found(
    world: World, *, user_id: str = "usr_a", key: str = "k", request: str = "r"
) -> StoredReply | None:
    """Find a reply."""
    return world.bus.write_now(lambda tx: find_reply(tx, user_id=user_id, key=key, request=request))


def test_a_stored_reply_is_found_under_its_key_byte_for_byte(world: World) -> None:
    assert found(world) is None
    store(world)
    assert found(world) == REPLY


def test_a_key_belongs_to_its_user(world: World) -> None:
    store(world)
    assert found(world, user_id="usr_b", request="another") is None


def test_a_key_used_for_another_request_is_refused(world: World) -> None:
    store(world)
    with pytest.raises(KeyReused):
        found(world, request="another")


def test_a_user_may_use_many_keys(world: World) -> None:
    store(world)
    assert found(world, key="another") is None


def test_a_reply_survives_a_restart(world: World) -> None:
    store(world)
    restart(world)
    assert found(world) == REPLY


def test_a_reply_is_stored_for_a_day_and_then_deleted(world: World) -> None:
    store(world)
    world.clock.advance(RETENTION)
    world.bus.write_now(delete_expired)
    assert found(world) == REPLY
    world.clock.advance(1)
    world.bus.write_now(delete_expired)
    assert found(world) is None


def test_a_reply_is_stored_with_its_effect_or_not_at_all(world: World) -> None:
    def act(tx: Tx) -> None:
        store_reply(tx, user_id="usr_a", key="k", request="r", reply=REPLY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.bus.write_now(act)
    assert found(world) is None


def test_of_concurrent_requests_with_one_key_only_the_first_acts(world: World) -> None:
    effects: list[int] = []

    def act(tx: Tx) -> StoredReply:
        known = find_reply(tx, user_id="usr_a", key="k", request="r")
        if known is not None:
            return known
        effects.append(1)
        store_reply(tx, user_id="usr_a", key="k", request="r", reply=REPLY)
        return REPLY

    answers: list[StoredReply] = []
    threads = [
        threading.Thread(target=lambda: answers.append(world.bus.write_now(act))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [REPLY] * 16
    assert len(effects) == 1
    assert one(world, "SELECT count(*) FROM replies") == 1
