"""The feed: committed events for those who may receive them, from any position."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from contract.auth import LIST_USERS
from contract.feed import ADMIN_EVENTS, TRACE_ORDER, EventsQuery, FeedEntry, FeedQuery
from contract.orders import OrderNotFound
from contract.problems import Forbidden, Invalid
from contract.system import VIEW_STATS
from contract.tickets import (
    EDIT_TICKET,
    EditTicket,
)
from server import feed
from server.principal import Principal
from tests.clock import SECOND
from tests.server.payments.purchase import start_purchase
from tests.world import World

WHOLE = FeedQuery(cursor="0.0")
FROM_NOW_ON = FeedQuery()
PRIVATE = ("order.", "payment.", "account.", "expiration.")


def listen(
    world: World,
    who: Principal,
    query: FeedQuery = WHOLE,
    *,
    last: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[FeedEntry]:
    """Read the feed until nothing more comes; `meanwhile` runs once it is open."""

    async def receive() -> list[FeedEntry]:
        world.bus.attach(asyncio.get_running_loop())
        lines = world.app.feed.follow(world.app.context, lambda _: who, query, last)
        try:
            await anext(lines)
            await asyncio.to_thread(meanwhile)
            return [entry async for entry in _until_quiet(world, lines)]
        finally:
            await lines.aclose()
            world.bus.detach()

    return asyncio.run(receive())


async def _until_quiet(world: World, lines: AsyncIterator[bytes]) -> AsyncIterator[FeedEntry]:
    """Yield entries until the next one would take a second on the clock."""
    while True:
        line = asyncio.ensure_future(anext(lines))
        asyncio.get_running_loop().call_later(0.2, world.clock.advance, 20 * SECOND)
        text = (await line).decode()
        if text.startswith(":"):
            return
        for message in text.removesuffix("\n\n").split("\n\n"):
            yield msgspec.json.decode(message.partition("data: ")[2], type=FeedEntry)


def names(entries: list[FeedEntry]) -> list[str]:
    """Return the names of the events, in order."""
    return [entry.event.name for entry in entries]


def sale(world: World) -> tuple[Principal, Principal, str]:
    """Let one ticket be sold; return seller, buyer and order."""
    seller, buyer = world.user("seller"), world.user("buyer")
    order = world.lock(buyer, world.list_ticket(seller))
    world.pay(order)
    return seller, buyer, order.id


def test_a_buyer_receives_the_order_and_everybody_the_ticket(world: World) -> None:
    _, buyer, order_id = sale(world)
    received = listen(world, buyer)
    mine = [entry.event.name for entry in received if entry.event.id == order_id]
    assert mine == ["order.created", "order.updated", "order.completed"]
    assert names(received).count("ticket.updated") == 2


@pytest.mark.parametrize("who", ["seller", "stranger", "nobody"])
def test_nobody_receives_orders_payments_or_accounts_of_others(world: World, who: str) -> None:
    seller, _, _ = sale(world)
    listener = {"seller": seller, "stranger": world.user("stranger"), "nobody": Principal()}[who]
    received = listen(world, listener)
    private = [e for e in received if e.event.name.startswith(PRIVATE)]
    assert all(entry.event.id == listener.user_id for entry in private)
    assert "ticket.updated" in names(received)


def test_operators_receive_everything_on_request(world: World) -> None:
    admin = world.user("admin", admin=True)
    sale(world)
    assert names(listen(world, admin, FeedQuery(cursor="0.0", all=True))) == world.names()


def test_operators_receive_what_everybody_does_by_default(world: World) -> None:
    admin = world.user("admin", admin=True)
    sale(world)
    assert "order.created" not in names(listen(world, admin))


def test_only_operators_may_receive_everything(world: World) -> None:
    with pytest.raises(Forbidden):
        listen(world, world.user("buyer"), FeedQuery(all=True))


def test_without_a_cursor_a_stream_begins_now(world: World) -> None:
    seller = world.user("seller")
    world.list_ticket(seller)
    received = listen(
        world, Principal(), FROM_NOW_ON, meanwhile=lambda: world.list_ticket(seller, show="New")
    )
    assert names(received) == ["show.created", "ticket.created"]


@pytest.mark.parametrize("way", ["cursor", "last"])
def test_resuming_after_any_event_sends_the_rest_without_gap_or_repeat(
    world: World, way: str
) -> None:
    _, buyer, _ = sale(world)
    whole = listen(world, buyer)
    assert len(whole) > 5
    for n in (0, len(whole) // 2, len(whole) - 1):
        place = whole[n].cursor
        cursor, last = (place, None) if way == "cursor" else (None, place)
        rest = listen(world, buyer, FeedQuery(cursor=cursor), last=last)
        assert rest == whole[n + 1 :]


@pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "-1.0", "1.2.3", "9" * 19 + ".0", "1 .0"])
def test_an_invalid_cursor_is_refused_by_name(world: World, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        listen(world, Principal(), FeedQuery(cursor=cursor))
    assert [error.field for error in refused.value.errors] == ["cursor"]


def test_an_event_has_its_actor_and_time(world: World) -> None:
    seller, buyer, order_id = sale(world)
    admin = world.user("admin", admin=True)
    events = world.call(TRACE_ORDER, admin, order_id=order_id).events
    actors = {entry.event.name: entry.actor for entry in events}
    assert actors["order.created"] == buyer.user_id
    assert actors["payment.created"] == "payments"
    assert seller.user_id not in actors.values()


def test_the_trace_of_an_order_has_its_events_in_order_and_its_jobs(
    world: World,
) -> None:
    _, _, order_id = sale(world)
    story = world.call(TRACE_ORDER, world.user("admin", admin=True), order_id=order_id)
    assert names(list(story.events)) == [
        "ticket.updated", "order.created", "payment.started", "payment.updated", "order.updated",
        "payment.updated", "ticket.updated", "ticket.code_issued", "order.completed",
        "payment.created",
    ]  # fmt: skip
    assert {job.kind: job.state for job in story.jobs} == {
        "payment.page": "done", "payment.refresh": "done", "payment.capture": "done",
    }  # fmt: skip


def test_the_trace_of_an_expired_order_shows_what_ended_it(world: World) -> None:
    admin, seller, buyer = world.user("admin", admin=True), world.user("s"), world.user("b")
    order = world.lock(buyer, world.list_ticket(seller))
    world.pass_time(900 * SECOND)
    story = world.call(TRACE_ORDER, admin, order_id=order.id)
    assert [(e.event.name, e.actor) for e in story.events[2:]] == [
        ("expiration.complete", "expiration"), ("ticket.updated", "expiration"),
        ("order.cancelled", "expiration"),
    ]  # fmt: skip


def test_an_unknown_order_has_no_trace(world: World) -> None:
    with pytest.raises(OrderNotFound):
        world.call(TRACE_ORDER, world.user("admin", admin=True), order_id="ord_none")


def test_there_is_nothing_after_the_newest_event(world: World) -> None:
    assert world.bus.read_now(feed.newest_position) == (0, 0)
    sale(world)
    place = world.bus.read_now(feed.newest_position)
    assert world.bus.read_now(lambda tx: feed.after(tx, position=place)) == []


def test_a_client_that_missed_an_event_sees_the_gap_and_can_read_it_again(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    for seat in "123":
        world.call(EDIT_TICKET, seller, EditTicket(seat=seat), ticket_id=ticket.id)
    page = world.call(ADMIN_EVENTS, Principal(), EventsQuery(entity_id=ticket.id)).items
    received = [page[0], page[1], page[3]]  # the third was lost on the way
    versions = [entry.event.version for entry in received]
    assert versions == [1, 2, 4]
    again = world.call(ADMIN_EVENTS, Principal(), EventsQuery(cursor=received[1].cursor)).items
    assert [entry.event.version for entry in again] == [3, 4]


def test_every_version_of_an_order_has_an_event(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    told = [(event.name, event.version) for event in world.events(bought.order.id)]
    assert told == [("order.created", 1), ("order.updated", 2), ("order.completed", 3)]
    assert bought.now().version == 3


def test_operators_have_a_trace_statistics_and_a_list_of_accounts(world: World) -> None:
    admin, bought = world.user("admin", admin=True), start_purchase(world)
    story = world.call(TRACE_ORDER, admin, order_id=bought.order.id)
    assert [(e.event.name, e.actor) for e in story.events] == [
        ("ticket.updated", bought.buyer.user_id), ("order.created", bought.buyer.user_id),
    ]  # fmt: skip
    assert world.call(VIEW_STATS, admin).events == world.bus.read_now(feed.count)
    assert len(world.call(LIST_USERS, admin).items) == 3
