"""The circuit breaker: failures that no retry can fix hold jobs back and alert operators once."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.orders import OrderStatus
from contract.payments import START_PAYMENT, PaymentsPaused, PaymentStatus
from server.alerts import service as alerts
from server.jobs import Job, Snooze, claim
from server.payments import service
from server.sandbox.faults import Fault
from server.stripe import AuthRejected, IdempotencyMismatch, RequestRefused
from server.stripe.circuit_breaker import KEY, PAUSE, CircuitBreaker
from tests.clock import MINUTE, SECOND
from tests.server.payments.failures import (
    alert_detail,
    alert_subjects,
    claimed_purchase,
    key_rejected,
)
from tests.server.payments.purchase import (
    captured,
    dashboard,
    held,
    job_states,
    start_purchase,
    unreachable,
)
from tests.server.rows import one
from tests.world import World

pytestmark = pytest.mark.sqlite_only

REFUSES, SLOW = AlertKind.PROVIDER_REFUSES, AlertKind.SLOW_CAPTURE


def test_a_rejected_key_makes_jobs_wait_and_uses_no_attempt(world: World) -> None:
    purchase = claimed_purchase(world)
    with key_rejected(world):
        for _ in range(30):
            world.pass_time(PAUSE * SECOND)
        assert job_states(world)["payment.capture"] == "pending"
        assert one(world, "SELECT max(attempts) FROM jobs WHERE state = 'pending'") == 0
    world.pass_time(PAUSE * SECOND)
    assert purchase.has_ticket()
    assert world.sound()


def test_a_rejected_key_opens_one_alert_that_is_resolved_once_it_is_accepted(
    world: World,
) -> None:
    claimed_purchase(world)
    with key_rejected(world):
        for _ in range(5):
            world.pass_time(PAUSE * SECOND)
        assert alert_subjects(world, REFUSES) == [KEY]
        assert "Invalid API Key" in alert_detail(world, REFUSES)
    world.pass_time(PAUSE * SECOND)
    assert alert_subjects(world, REFUSES) == []
    assert alert_subjects(world, REFUSES, open_only=False) == [KEY]


def test_while_the_key_is_rejected_only_a_probe_is_sent(world: World) -> None:
    claimed_purchase(world)
    with key_rejected(world) as asked:
        world.work()
        del asked[:]
        world.pass_time(PAUSE * SECOND)
        assert len(asked) == 1
        assert "/v1/events" in asked[0]


def test_a_restarted_server_remembers_that_its_key_was_rejected(world: World) -> None:
    claimed_purchase(world)
    with key_rejected(world):
        world.work()
    anew = CircuitBreaker(world.payments.gateway, alerts)
    done: list[str] = []
    job = anew.guard(Job("payment.test", lambda _, subject: done.append(subject)))
    job.run(world.bus, "x")
    assert done == ["x"]
    assert alert_subjects(world, REFUSES) == []


def test_a_key_rejected_for_one_call_holds_only_that_job_back(world: World) -> None:
    purchase = claimed_purchase(world)
    with key_rejected(world, only="/capture"):
        world.work()
        assert alert_subjects(world, REFUSES) == [f"{service.CAPTURE}:{purchase.payment().id}"]
        other = purchase_of_another(world)
        assert other == "paid"
    world.pass_time(PAUSE * SECOND)
    assert purchase.has_ticket()
    assert alert_subjects(world, REFUSES) == []


def purchase_of_another(world: World) -> str:
    """Let another buyer open a page and pay."""
    ticket = world.list_ticket(world.user("another-seller"))
    return world.pay(world.lock(world.user("another-buyer"), ticket))


def test_with_a_rejected_key_no_page_can_be_opened(world: World) -> None:
    purchase = start_purchase(world)
    with key_rejected(world), pytest.raises(PaymentsPaused):
        world.call(START_PAYMENT, purchase.buyer, order_id=purchase.order.id)
    assert purchase.now() == purchase.order


def test_a_job_whose_key_is_rejected_is_snoozed_with_the_reason(world: World) -> None:
    def run(_: object, subject: str) -> None:
        raise AuthRejected(subject)

    job = CircuitBreaker(world.payments.gateway, alerts).guard(Job("payment.test", run, most=1))
    with pytest.raises(Snooze) as later:
        job.run(world.bus, "pay_1")
    assert (later.value.seconds, later.value.why) == (PAUSE, "AuthRejected: pay_1")
    assert job.most == 1


@pytest.mark.parametrize(
    "failure",
    [
        RequestRefused("resource_missing", "intent", "No such payment_intent"),
        IdempotencyMismatch("bug"),
    ],
)
def test_a_missing_object_or_a_bug_opens_an_alert_until_the_job_succeeds(
    world: World, failure: Exception
) -> None:
    fails = [True]

    def run(_: object, subject: str) -> None:
        assert subject == "pay_1"
        if fails:
            raise failure

    job = CircuitBreaker(world.payments.gateway, alerts).guard(Job("payment.test", run))
    for _ in range(2):
        with pytest.raises(type(failure)):
            job.run(world.bus, "pay_1")
    assert alert_subjects(world, AlertKind.MISMATCH, open_only=False) == ["payment.test:pay_1"]
    fails.clear()
    job.run(world.bus, "pay_1")
    assert alert_subjects(world, AlertKind.MISMATCH) == []


def test_an_ordinary_refusal_opens_no_alert(world: World) -> None:
    def run(_: object, subject: str) -> None:
        raise RequestRefused("amount_too_small", "amount", subject)

    job = CircuitBreaker(world.payments.gateway, alerts).guard(Job("payment.test", run))
    with pytest.raises(RequestRefused):
        job.run(world.bus, "pay_1")
    assert alert_subjects(world, AlertKind.MISMATCH, open_only=False) == []


def test_a_key_is_never_accepted_with_other_parameters(world: World) -> None:
    purchase = start_purchase(world)
    purchase.page()
    attempt = purchase.payment()
    changed = attempt.parameters | {"success_url": "http://shop.test/other"}
    with pytest.raises(IdempotencyMismatch):
        world.payments.gateway.create_session(attempt.id, changed)
    assert len(dashboard(world).v1.checkout.sessions.list().data) == 1


@pytest.mark.parametrize("fault", [Fault.BREAK_BEFORE, Fault.BREAK_AFTER])
def test_a_replayed_error_does_not_delay_an_order_for_a_day(world: World, fault: Fault) -> None:
    purchase = claimed_purchase(world)
    world.payments.transport.faults.append(fault)
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert world.names(purchase.payment().id).count("payment.created") == 1


def test_a_fresh_key_with_a_stored_error_is_followed_by_another(world: World) -> None:
    purchase = claimed_purchase(world)
    # The first key, the retrieval (session, charges), and the fresh key.
    world.payments.transport.faults.extend(
        [Fault.BREAK_BEFORE, *[Fault.NONE] * 4, Fault.BREAK_BEFORE]
    )
    world.work()
    assert purchase.now().status is OrderStatus.CONFIRMING
    world.pass_time(MINUTE)
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount


def test_a_lost_reply_is_retried_with_the_same_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = claimed_purchase(world)
    keys: list[int] = []
    original = world.payments.gateway.capture

    def capture(payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        keys.append(retry)
        original(payment_id, intent_id, retry=retry)

    monkeypatch.setattr(world.payments.gateway, "capture", capture)
    world.payments.transport.faults.extend([Fault.LOSE_REQUEST] * 3)
    for _ in range(2):
        world.pass_time(MINUTE)
    assert keys == [0, 0]
    assert purchase.has_ticket()


@pytest.mark.parametrize("fault", [Fault.BREAK_BEFORE, Fault.BREAK_AFTER])
def test_a_replayed_error_does_not_keep_a_buyers_money_on_hold(world: World, fault: Fault) -> None:
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    purchase.cancel()
    original = world.payments.gateway.void
    failed: list[int] = []

    def void(payment_id: str, intent_id: str, *, retry: int = 0) -> None:
        if not failed:
            world.payments.transport.faults.append(fault)
        failed.append(retry)
        original(payment_id, intent_id, retry=retry)

    world.payments.gateway.void = void  # type: ignore[method-assign]
    world.work()
    assert held(world) == 0
    assert purchase.statuses() == [PaymentStatus.VOID]


def test_an_order_that_confirms_for_long_has_one_alert_until_it_completes(
    world: World,
) -> None:
    purchase = claimed_purchase(world)
    with unreachable(world):
        world.pass_time(MINUTE)
        assert alert_subjects(world, SLOW) == []
        for _ in range(4):
            world.pass_time(5 * MINUTE)
        assert alert_subjects(world, SLOW) == [purchase.payment().id]
    world.pass_time(5 * MINUTE)
    assert purchase.has_ticket()
    assert alert_subjects(world, SLOW) == []
    assert alert_subjects(world, SLOW, open_only=False) == [purchase.payment().id]


def test_an_order_that_confirms_quickly_opens_no_alert(world: World) -> None:
    purchase = claimed_purchase(world)
    world.work()
    assert purchase.has_ticket()
    assert alert_subjects(world, SLOW, open_only=False) == []
    assert world.bus.write_now(claim) == []
