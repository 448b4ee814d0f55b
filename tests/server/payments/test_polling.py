"""Polling: a server Stripe cannot reach asks for its messages, and hears all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from contract.payments import PaymentStatus
from server.bus import Bus
from server.payments import Payments
from server.payments.background import (
    LONGEST_PAUSE,
    MAX_EVENTS,
    OVERLAP,
    SLOW_PACE,
    EventPoller,
)
from server.settings import Settings
from server.stripe import OutcomeUnknown, inbox
from tests.clock import MINUTE, SECOND
from tests.server.payments.failures import DISPUTED, reconciler
from tests.server.payments.purchase import Purchase, hold_events, start_purchase, unreachable
from tests.server.rows import change, one, rows
from tests.world import World

PACE = 3 * SECOND


def poll(world: World) -> EventPoller:
    """Return a poll over the house's own gateway."""
    return EventPoller(world.payments.gateway)


def typed(world: World) -> Purchase:
    """Let somebody type his card on a page of a shop that no message reaches."""
    purchase = start_purchase(world)
    page = purchase.page()
    hold_events(world)
    purchase.type_card(page)
    change(world, "UPDATE jobs SET run_at = run_at + :later", later=60 * MINUTE)
    return purchase


def test_e6_without_an_address_of_its_own_a_shop_hears_of_a_payment(world: World) -> None:
    purchase = typed(world)
    assert poll(world).poll(world.bus) > 0
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_what_was_heard_is_kept_once_however_often_it_is_listed(world: World) -> None:
    typed(world)
    asking = poll(world)
    first = asking.poll(world.bus)
    assert first > 0
    before = rows(world, "SELECT * FROM inbox ORDER BY id")
    assert [asking.poll(world.bus) for _ in range(3)] == [0, 0, 0]
    assert rows(world, "SELECT * FROM inbox ORDER BY id") == before


def test_it_asks_on_from_where_it_was_with_some_overlap(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = typed(world)
    started = purchase.payment().created_us // SECOND
    asked: list[int] = []
    original = world.payments.gateway.records.events

    def events(*, since: int, most: int) -> object:
        asked.append(since)
        return original(since=since, most=most)

    monkeypatch.setattr(world.payments.gateway.records, "events", events)
    asking = poll(world)
    world.clock.advance(5 * MINUTE)
    asking.poll(world.bus)
    world.clock.advance(5 * MINUTE)
    asking.poll(world.bus)
    assert asked == [started - OVERLAP, started + 5 * 60 - OVERLAP]


def test_a_message_listed_late_is_still_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = typed(world)
    records = world.payments.gateway.records
    original = records.events
    asking = poll(world)
    with monkeypatch.context() as hiding:
        hiding.setattr(
            records, "events",
            lambda **said: tuple(m for m in original(**said) if m.object_type == "checkout.session"),
        )  # fmt: skip
        heard = asking.poll(world.bus)
    change(world, "UPDATE inbox SET handled_at = received_at")
    assert asking.poll(world.bus) > 0
    assert heard > 0
    world.work()
    assert purchase.has_ticket()


def test_with_nothing_open_it_does_not_ask(world: World) -> None:
    purchase = start_purchase(world)
    assert poll(world).pause(world.bus) is None
    world.pay(purchase.order)
    assert poll(world).pause(world.bus) is None


def test_while_a_buyer_pays_it_asks_soon(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    assert purchase.statuses() == [PaymentStatus.OPEN]
    assert poll(world).pause(world.bus) == PACE


def test_while_only_a_bank_is_awaited_it_asks_seldom(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order, DISPUTED)
    world.pass_time(10 * SECOND)
    assert poll(world).pause(world.bus) == SLOW_PACE


def test_the_longer_stripe_is_away_the_longer_it_is_left_alone(world: World) -> None:
    typed(world)
    asking = poll(world)
    pauses = []
    with unreachable(world):
        for _ in range(8):
            asking.poll(world.bus)
            pauses.append(asking.pause(world.bus))
    assert pauses[:3] == [6 * SECOND, 12 * SECOND, 24 * SECOND]
    assert pauses[-1] == LONGEST_PAUSE
    asking.poll(world.bus)
    assert asking.pause(world.bus) == PACE


def test_no_more_than_a_bounded_number_of_messages_is_taken_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(world)
    monkeypatch.setattr("server.payments.background.MAX_EVENTS", 2)
    assert MAX_EVENTS > 100
    assert poll(world).poll(world.bus) == 2


def test_the_newest_messages_come_oldest_first(world: World) -> None:
    typed(world)
    told = world.payments.gateway.records.events(since=0, most=2)
    every = world.payments.gateway.records.events(since=0, most=100)
    assert told == every[-2:]
    assert every[0].type == "payment_intent.amount_capturable_updated"


@pytest.mark.parametrize(
    ("key", "secret", "polls"),
    [("", "", False), ("sk_test_x", "whsec_x", False), ("sk_test_x", "", True)],
)
def test_only_a_shop_that_stripe_cannot_reach_polls(
    world: World, key: str, secret: str, polls: bool
) -> None:
    world.bus.settings = Settings(stripe_key=key, stripe_webhook_secret=secret)
    room = Payments(world.bus, world.app.context, sandbox_path=":memory:")
    names = [run.__name__ for run in room.tasks()]
    room.close()
    assert ("poll" in names) is polls
    assert "compare" in names


def run_round(
    world: World, run: Callable[[], Awaitable[None]], *, until: Callable[[], bool]
) -> None:
    """Let a round go on beside, and time pass, until something is so."""

    async def play() -> None:
        world.bus.attach(asyncio.get_running_loop())
        running = asyncio.ensure_future(run())
        try:
            while not until() and not running.done():
                world.clock.advance(SECOND)
                await asyncio.sleep(0.001)
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            world.bus.detach()

    asyncio.run(asyncio.wait_for(play(), 30))


def test_the_round_asks_by_itself_as_time_passes(world: World) -> None:
    typed(world)
    run_round(
        world, world.payments.background.poll,
        until=lambda: bool(one(world, "SELECT count(*) FROM inbox")),
    )  # fmt: skip
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") > 0


def test_a_comparison_that_stripe_does_not_answer_is_made_at_the_next_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def compare(bus: Bus, *, dry_run: bool) -> None:
        assert not dry_run
        made.append(bus.clock.now())
        raise OutcomeUnknown("away")

    monkeypatch.setattr(reconciler(world), "compare", compare)
    run_round(world, world.payments.background.compare, until=lambda: len(made) == 3)
    assert made[1] - made[0] >= world.settings.reconcile_every


def test_who_is_cancelled_waits_for_what_it_began(world: World) -> None:
    """A thread that writes to a database that is closed would keep the server from ending."""
    began, may_end, ended = threading.Event(), threading.Event(), list[str]()

    def slow() -> None:
        began.set()
        may_end.wait(30)
        world.bus.write_now(inbox.delete_expired)
        ended.append("written")

    async def play() -> None:
        world.bus.attach(asyncio.get_running_loop())
        running = asyncio.ensure_future(world.payments.background.run_to_end(slow, may_end.set))
        await asyncio.to_thread(began.wait, 30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()
        assert ended == ["written"]
        world.bus.detach()

    asyncio.run(play())
