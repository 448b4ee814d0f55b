"""Polling: a server that Stripe cannot reach asks for its events."""

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
    """Return a poller with the server's own gateway."""
    return EventPoller(world.payments.gateway)


def typed(world: World) -> Purchase:
    """Let a buyer submit a card while no event reaches the server."""
    purchase = start_purchase(world)
    page = purchase.page()
    hold_events(world)
    purchase.type_card(page)
    change(world, "UPDATE jobs SET run_at = run_at + :later", later=60 * MINUTE)
    return purchase


def test_a_server_without_a_public_address_learns_of_a_payment(world: World) -> None:
    purchase = typed(world)
    assert poll(world).poll(world.bus) > 0
    world.work()
    assert purchase.has_ticket()
    assert world.sound()


def test_an_event_is_kept_once_however_often_it_is_listed(world: World) -> None:
    typed(world)
    poller = poll(world)
    first = poller.poll(world.bus)
    assert first > 0
    before = rows(world, "SELECT * FROM inbox ORDER BY id")
    assert [poller.poll(world.bus) for _ in range(3)] == [0, 0, 0]
    assert rows(world, "SELECT * FROM inbox ORDER BY id") == before


def test_polling_continues_from_the_newest_event_with_some_overlap(
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
    poller = poll(world)
    world.clock.advance(5 * MINUTE)
    poller.poll(world.bus)
    world.clock.advance(5 * MINUTE)
    poller.poll(world.bus)
    assert asked == [started - OVERLAP, started + 5 * 60 - OVERLAP]


def test_an_event_listed_late_is_still_received(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = typed(world)
    records = world.payments.gateway.records
    original = records.events
    poller = poll(world)

    def sessions_only(**range_: int) -> object:
        return tuple(e for e in original(**range_) if e.object_type == "checkout.session")

    with monkeypatch.context() as hiding:
        hiding.setattr(records, "events", sessions_only)
        received = poller.poll(world.bus)
    change(world, "UPDATE inbox SET handled_at = received_at")
    assert poller.poll(world.bus) > 0
    assert received > 0
    world.work()
    assert purchase.has_ticket()


def test_with_nothing_open_there_is_no_polling(world: World) -> None:
    purchase = start_purchase(world)
    assert poll(world).pause(world.bus) is None
    world.pay(purchase.order)
    assert poll(world).pause(world.bus) is None


def test_while_a_buyer_pays_polling_is_fast(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    assert purchase.statuses() == [PaymentStatus.OPEN]
    assert poll(world).pause(world.bus) == PACE


def test_while_only_a_bank_is_awaited_polling_is_slow(world: World) -> None:
    purchase = start_purchase(world)
    world.pay(purchase.order, DISPUTED)
    world.pass_time(10 * SECOND)
    assert poll(world).pause(world.bus) == SLOW_PACE


def test_the_pause_doubles_while_stripe_is_down(world: World) -> None:
    typed(world)
    poller = poll(world)
    pauses = []
    with unreachable(world):
        for _ in range(8):
            poller.poll(world.bus)
            pauses.append(poller.pause(world.bus))
    assert pauses[:3] == [6 * SECOND, 12 * SECOND, 24 * SECOND]
    assert pauses[-1] == LONGEST_PAUSE
    poller.poll(world.bus)
    assert poller.pause(world.bus) == PACE


def test_the_number_of_events_taken_at_once_is_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(world)
    monkeypatch.setattr("server.payments.background.MAX_EVENTS", 2)
    assert MAX_EVENTS > 100
    assert poll(world).poll(world.bus) == 2


def test_the_newest_events_come_oldest_first(world: World) -> None:
    typed(world)
    newest = world.payments.gateway.records.events(since=0, most=2)
    every = world.payments.gateway.records.events(since=0, most=100)
    assert newest == every[-2:]
    assert every[0].type == "payment_intent.amount_capturable_updated"


@pytest.mark.parametrize(
    ("key", "secret", "polls"),
    [("", "", False), ("sk_test_x", "whsec_x", False), ("sk_test_x", "", True)],
)
def test_only_a_server_that_stripe_cannot_reach_polls(
    world: World, key: str, secret: str, polls: bool
) -> None:
    world.bus.settings = Settings(stripe_key=key, stripe_webhook_secret=secret)
    payments = Payments(world.bus, world.app.context, sandbox_path=":memory:")
    names = [run.__name__ for run in payments.tasks()]
    payments.close()
    assert ("poll" in names) is polls
    assert "compare" in names


def run_task(
    world: World, run: Callable[[], Awaitable[None]], *, until: Callable[[], bool]
) -> None:
    """Run a background task while time passes, until a condition holds."""

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


def test_the_polling_task_polls_as_time_passes(world: World) -> None:
    typed(world)
    run_task(
        world, world.payments.background.poll,
        until=lambda: bool(one(world, "SELECT count(*) FROM inbox")),
    )  # fmt: skip
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") > 0


def test_a_comparison_that_stripe_does_not_answer_is_made_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def compare(bus: Bus, *, dry_run: bool) -> None:
        assert not dry_run
        made.append(bus.clock.now())
        raise OutcomeUnknown("away")

    monkeypatch.setattr(reconciler(world), "compare", compare)
    run_task(world, world.payments.background.compare, until=lambda: len(made) == 3)
    assert made[1] - made[0] >= world.settings.reconcile_every


def test_a_cancelled_task_waits_for_its_thread(world: World) -> None:
    """A thread that writes to a closed database would keep the server from stopping."""
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
