"""The flow diagram: what is drawn, what lights up, and that it goes out again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.alerts import AlertKind, AlertOpened
from contract.auth import AccountStatus, AccountUpdated, Role
from contract.expiration import ExpirationComplete
from contract.feed import AnyEvent, FeedEntry
from contract.flow import VIEW_FLOW, Flow
from contract.money import Money
from contract.orders import CancelReason, OrderCancelled, OrderCreated, OrderStatus
from contract.payments import PaymentDeclined, PaymentStatus, PaymentUpdated
from contract.tickets import TicketStatus, TicketUpdated
from tests.databases import sqlite_url
from tests.world import World
from tui.admin.flow_activity import (
    BLINK,
    FEED,
    GLOW,
    MINUTE,
    SERVICES,
    STRIPE,
    FlowActivity,
    arrows,
    other_services,
)
from tui.admin.flow_diagram import FlowDiagram, counts_text
from tui.admin.flow_layout import HEIGHT, MAX_WIDTH, MIN_WIDTH, layout

AT = datetime(2030, 1, 1, tzinfo=UTC)
EUR = Money(amount=4500, currency="EUR")


@pytest.fixture(scope="module")
def flow(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """Provide the server's own flow."""
    world = World(sqlite_url(tmp_path_factory.mktemp("flow"), sqlite_template))
    yield world.call(VIEW_FLOW, world.user("admin", admin=True))
    world.close()


def entries_of(*events: AnyEvent, at: datetime = AT) -> list[FeedEntry]:
    """Return events as the feed delivers those of one moment."""
    return [
        FeedEntry(cursor=str(n), id=f"evt_{n:04d}", at=at, actor="usr_ana01", event=event)
        for n, event in enumerate(events)
    ]


def order_event(kind: type[OrderCreated | OrderCancelled], **more: CancelReason) -> AnyEvent:
    return kind(
        id="ord_1aaaa", version=1, ticket_id="tkt_1aaaa", buyer_id="usr_ana01",
        status=OrderStatus.AWAITING_PAYMENT, price=EUR, expires_at=AT, **more,
    )  # fmt: skip


LOCKED = TicketUpdated(
    id="tkt_1aaaa", version=2, show_id="shw_1aaaa", seller_id="usr_sof01", section="A", row="1",
    seat="2", price=EUR, status=TicketStatus.LOCKED, order_id="ord_1aaaa",
)  # fmt: skip
PLACED = order_event(OrderCreated)
CANCELLED = order_event(OrderCancelled, reason=CancelReason.EXPIRED)
RANG = ExpirationComplete(
    id="ord_1aaaa", version=0, order_id="ord_1aaaa", buyer_id="usr_ana01", expires_at=AT
)
DECLINED = PaymentDeclined(
    id="pay_1aaaa", version=2, order_id="ord_1aaaa", buyer_id="usr_ana01", amount=EUR,
    status=PaymentStatus.OPEN, declined="no", attempts_left=2,
)  # fmt: skip
VOIDED = PaymentUpdated(
    id="pay_1aaaa", version=2, order_id="ord_1aaaa", buyer_id="usr_ana01", amount=EUR,
    status=PaymentStatus.VOID,
)  # fmt: skip
PROMOTED = AccountUpdated(
    id="usr_ana01", version=2, role=Role.GATE, status=AccountStatus.ACTIVE
)  # fmt: skip
TROUBLE = AlertOpened(
    id="att_1aaaa", version=1, kind=AlertKind.DISPUTE, subject="pay_1aaaa", order_id=None
)


def drawn(activity: FlowActivity, *, now: float, width: int = 118) -> str:
    """Return the diagram as text."""
    diagram = FlowDiagram(activity)
    diagram.refresh_content(now)
    grid = diagram._draw(layout(width, activity.flow))  # noqa: SLF001  as it is drawn, without an app around it
    return "\n".join("".join(letter for letter, _ in line).rstrip() for line in grid)


@pytest.mark.parametrize("width", [MIN_WIDTH, 100, MAX_WIDTH])
def test_the_arrows_are_exactly_those_of_the_flow(flow: Flow, width: int) -> None:
    assert set(layout(width, flow).arrows) == arrows(flow)


def test_every_service_that_publishes_events_is_in_the_diagram(flow: Flow) -> None:
    said = drawn(FlowActivity(flow), now=0)
    for name in (*SERVICES, *other_services(flow)):
        assert name in said


@pytest.mark.parametrize("width", range(MIN_WIDTH, MAX_WIDTH + 1))
def test_boxes_and_arrows_do_not_overlap_at_any_width(flow: Flow, width: int) -> None:
    picture = layout(width, flow)
    taken = set[tuple[int, int]]()
    for box in picture.boxes.values():
        cells = {(x, y) for x in range(box.x, box.right) for y in range(box.y, box.y + 4)}
        assert not cells & taken
        assert all(0 <= x < width and 0 <= y < HEIGHT - 1 for x, y in cells)
        taken |= cells
    crossing = [
        (arrow, x, y)
        for arrow, spots in picture.arrows.items()
        for x, y, letter in spots
        if (x, y) in taken and letter not in "┬┤"
    ]
    assert not crossing


def test_an_arrow_is_lit_by_an_event_and_goes_out_again(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(PROMOTED), now=100.0)
    assert activity.lit(100.0 + GLOW / 2) == {("auth", FEED)}
    assert activity.lit(100.0 + GLOW) == frozenset()


def test_a_lit_arrow_is_also_heavier(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(LOCKED, PLACED), now=0)
    assert "◄━━━" in drawn(activity, now=0.1)
    assert "◄━━━" not in drawn(activity, now=1.0)


def test_the_arrow_to_a_subscriber_is_lit_too(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(RANG), now=0)
    assert activity.lit(0) == {("expiration", FEED), ("expiration", "orders")}


def test_a_call_is_lit_when_both_services_publish_at_one_moment(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(LOCKED, PLACED), now=0)
    assert ("orders", "tickets") in activity.lit(0)


def test_events_of_two_moments_are_no_call(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(
        [*entries_of(LOCKED), *entries_of(PLACED, at=AT + timedelta(microseconds=1))], now=0
    )
    assert ("orders", "tickets") not in activity.lit(0)


def test_a_subscriber_of_an_event_did_not_call_its_publisher(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(CANCELLED, VOIDED), now=0)
    assert ("orders", "payments") in activity.lit(0)
    assert ("payments", "orders") not in activity.lit(0)


def test_an_event_of_payments_lights_the_arrow_to_stripe(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(VOIDED), now=0)
    assert ("payments", STRIPE) in activity.lit(0)


@pytest.mark.parametrize(("event", "service"), [(DECLINED, "payments"), (TROUBLE, "alerts")])
def test_a_service_with_a_failure_is_marked_for_a_second(
    flow: Flow, event: AnyEvent, service: str
) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(event), now=0)
    assert activity.failing(BLINK / 2) == {service}
    assert activity.failing(BLINK) == frozenset()
    assert "!" in drawn(activity, now=BLINK / 2)
    assert "!" not in drawn(activity, now=BLINK)


def test_success_marks_no_service(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(LOCKED, PLACED, CANCELLED, VOIDED), now=0)
    assert activity.failing(0) == frozenset()


def test_boxes_count_the_last_minute_only(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(LOCKED, PLACED), now=0)
    activity.handle_events(entries_of(LOCKED), now=30)
    assert activity.per_minute(30) == {"tickets": 2, "orders": 1, FEED: 3}
    assert activity.per_minute(MINUTE) == {"tickets": 1, FEED: 1}
    assert activity.per_minute(2 * MINUTE)[FEED] == 0


def test_the_counts_are_available_as_one_line(flow: Flow) -> None:
    activity = FlowActivity(flow)
    activity.handle_events(entries_of(LOCKED, PLACED, TROUBLE), now=0)
    assert counts_text(activity, 0) == "per minute: tickets 1 · orders 1 · alerts 1"
    assert counts_text(activity, 2 * MINUTE) == "per minute: nothing"


def test_nothing_is_redrawn_while_nothing_changes(flow: Flow) -> None:
    activity = FlowActivity(flow)
    diagram = FlowDiagram(activity)
    activity.handle_events(entries_of(LOCKED), now=0)
    diagram.refresh_content(0.1)
    first = diagram.state
    diagram.refresh_content(0.2)
    assert diagram.state is first
    diagram.refresh_content(GLOW + 0.1)
    assert diagram.state != first


def test_before_the_flow_is_loaded_only_the_feed_is_counted() -> None:
    activity = FlowActivity()
    activity.handle_events(entries_of(LOCKED, PLACED), now=0)
    assert activity.per_minute(0) == {FEED: 2}
    assert activity.lit(0) == frozenset()
