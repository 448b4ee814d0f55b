"""Alerts: opened once, open until an operator resolves them or their cause goes away."""

from __future__ import annotations

from typing import Any

import pytest

from contract.alerts import (
    LIST_ALERTS,
    OPERATORS,
    RESOLVE_ALERT,
    Alert,
    AlertAlreadyResolved,
    AlertKind,
    AlertNotFound,
    AlertQuery,
    ResolveAlert,
)
from server.alerts import service
from server.jobs import Job, Runner, claim, enqueue
from server.principal import Principal
from tests.clock import SECOND
from tests.databases import is_integrity_error
from tests.server.rows import change, rows
from tests.world import World

KIND = AlertKind.MISMATCH


@pytest.fixture
def operator(world: World) -> Principal:
    return world.user("operator", admin=True)


def tell(world: World, subject: str = "pay_1", kind: AlertKind = KIND, **fields: Any) -> None:
    """Open an alert."""
    more = {"detail": "It does not add up.", **fields}
    world.bus.write_now(lambda tx: service.open_alert(tx, kind, subject, **more))


def listed(world: World, operator: Principal, **asked: Any) -> list[Alert]:
    """Return the alerts that an operator sees."""
    return list(world.call(LIST_ALERTS, operator, AlertQuery(**asked)).items)


def resolve(world: World, operator: Principal, alert: Alert) -> Alert:
    """Resolve an alert."""
    body = ResolveAlert(note="called the bank")
    return world.call(RESOLVE_ALERT, operator, body, alert_id=alert.id)


def test_an_alert_is_opened_once_however_often_its_cause_is_noticed(
    world: World, operator: Principal
) -> None:
    for _ in range(3):
        tell(world)
    (alert,) = listed(world, operator)
    assert (alert.kind, alert.subject) == (KIND, "pay_1")
    assert (alert.closed_at, alert.closed_by, alert.note) == (None, None, None)
    assert world.names(alert.id) == ["attention.opened"]


def test_another_kind_or_subject_is_another_alert(world: World, operator: Principal) -> None:
    tell(world)
    tell(world, "pay_2")
    tell(world, kind=AlertKind.DISPUTE)
    assert len(listed(world, operator)) == 3


def test_the_database_refuses_a_second_open_alert(world: World) -> None:
    tell(world)
    with pytest.raises(Exception, match="attention") as refused:
        change(
            world,
            "INSERT INTO attention SELECT 'att_2', kind, subject, order_id, detail, version, "
            "opened_at, closed_at, closed_by, note, other_id FROM attention",
        )
    assert is_integrity_error(refused.value)


def test_an_operator_resolves_an_alert_with_a_note(world: World, operator: Principal) -> None:
    tell(world)
    world.clock.advance(SECOND)
    closed = resolve(world, operator, listed(world, operator)[0])
    assert (closed.closed_by, closed.note) == (operator.user_id, "called the bank")
    assert closed.closed_at is not None
    assert closed.closed_at > closed.opened_at
    assert listed(world, operator) == []
    assert listed(world, operator, all=True) == [closed]
    assert world.names(closed.id) == ["attention.opened", "attention.closed"]


def test_a_resolved_alert_cannot_be_resolved_again(world: World, operator: Principal) -> None:
    tell(world)
    (alert,) = listed(world, operator)
    first = resolve(world, operator, alert)
    with pytest.raises(AlertAlreadyResolved):
        resolve(world, world.user("another", admin=True), alert)
    assert listed(world, operator, all=True) == [first]


def test_an_unknown_alert_cannot_be_resolved(world: World, operator: Principal) -> None:
    body = ResolveAlert(note="x")
    with pytest.raises(AlertNotFound):
        world.call(RESOLVE_ALERT, operator, body, alert_id="att_missing")


def test_what_happens_again_after_it_was_resolved_opens_a_new_alert(
    world: World, operator: Principal
) -> None:
    tell(world)
    first = resolve(world, operator, listed(world, operator)[0])
    tell(world)
    (second,) = listed(world, operator)
    assert second.id != first.id


def test_an_alert_whose_cause_goes_away_is_resolved_without_an_operator(
    world: World, operator: Principal
) -> None:
    tell(world)
    for _ in range(2):
        world.bus.write_now(lambda tx: service.auto_resolve(tx, KIND, "pay_1", note="It adds up."))
    (alert,) = listed(world, operator, all=True)
    assert (alert.closed_by, alert.note) == ("system", "It adds up.")
    assert world.names(alert.id) == ["attention.opened", "attention.closed"]


def test_auto_resolving_without_an_open_alert_changes_nothing(world: World) -> None:
    world.bus.write_now(
        lambda tx: service.auto_resolve(tx, KIND, "pay_1", note="Nothing was wrong.")
    )
    assert world.names() == []


def test_alerts_are_listed_newest_first_by_page_and_by_kind(
    world: World, operator: Principal
) -> None:
    for number in range(3):
        world.clock.advance(SECOND)
        tell(world, f"pay_{number}")
    tell(world, "dp_1", AlertKind.DISPUTE)
    page = world.call(LIST_ALERTS, operator, AlertQuery(limit=2, kind=KIND))
    assert [alert.subject for alert in page.items] == ["pay_2", "pay_1"]
    rest = world.call(LIST_ALERTS, operator, AlertQuery(kind=KIND, cursor=page.next))
    assert ([alert.subject for alert in rest.items], rest.next) == (["pay_0"], None)


def test_alerts_are_for_operators_only(world: World, operator: Principal) -> None:
    tell(world)
    resolve(world, operator, listed(world, operator)[0])
    published = rows(world, "SELECT audience FROM events WHERE type LIKE 'attention.%'")
    assert published == [(OPERATORS,)] * 2


def test_a_long_detail_is_truncated(world: World, operator: Principal) -> None:
    tell(world, detail="x" * 5000)
    assert len(listed(world, operator)[0].detail) == 500


def test_a_job_that_fails_for_good_opens_an_alert(world: World, operator: Principal) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("no way")

    runner = Runner(world.bus, [Job("test.breaks", breaks, most=1)])
    world.bus.write_now(lambda tx: enqueue(tx, "test.breaks", "pay_7", order_id="ord_7"))
    for job in world.bus.write_now(claim):
        runner.perform(job)
    runner.close()
    (alert,) = listed(world, operator)
    assert (alert.kind, alert.subject) == (AlertKind.JOB_FAILED, "test.breaks:pay_7")
    assert (alert.order_id, alert.detail) == ("ord_7", "ZeroDivisionError: no way")


def test_a_job_that_will_be_retried_opens_no_alert(world: World, operator: Principal) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    runner = Runner(world.bus, [Job("test.breaks", breaks, most=2)])
    world.bus.write_now(lambda tx: enqueue(tx, "test.breaks", "pay_7"))
    for job in world.bus.write_now(claim):
        runner.perform(job)
    runner.close()
    assert listed(world, operator) == []
