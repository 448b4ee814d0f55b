"""The original application's holes in the house itself: each of these would fail there."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from contract.auth import LIST_USERS, EmailTaken, TooManyAttempts
from contract.feed import ADMIN_EVENTS, TRACE_ORDER, EventsQuery
from contract.orders import CANCEL_ORDER, LIST_ORDERS, OrderNotFound, OrdersQuery
from contract.problems import NotSignedIn, Problem
from contract.system import VIEW_STATS
from contract.tickets import (
    EDIT_TICKET,
    LIST_TICKETS,
    EditTicket,
    NotYourTicket,
    TicketSort,
    TicketsQuery,
)
from db.statement import Statement
from server import feed, tx
from server.auth import passwords, service, throttle, tokens
from server.expiration import expire_due
from server.jobs import Job, Runner, claim, enqueue
from server.principal import Principal
from tests.clock import MINUTE
from tests.conftest import Server
from tests.server.payments.purchase import hold_events, start_purchase
from tests.server.restart import restart
from tests.server.rows import one, rows
from tests.world import DAY, World

#: Takes an event and finds no table to put it in.
NOWHERE = Statement(text("INSERT INTO nowhere VALUES (:id)"))


def test_h09_what_cannot_be_told_does_not_happen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = world.user("seller")
    monkeypatch.setattr(tx, "RECORD", NOWHERE)
    with pytest.raises(Exception, match="nowhere"):
        world.list_ticket(seller)
    assert one(world, "SELECT count(*) FROM tickets") == 0
    assert one(world, "SELECT count(*) FROM shows") == 0


def test_h10_timers_events_and_work_outlive_a_restart(world: World) -> None:
    bought = start_purchase(world)
    world.bus.write_now(lambda t: enqueue(t, "payment.void", "pay_none"))
    before = world.names()
    restart(world)
    assert world.names() == before
    assert one(world, "SELECT count(*) FROM jobs WHERE state = 'pending'") == 1
    world.pass_time(15 * MINUTE)
    assert world.order(bought.buyer, bought.order).reason == "expired"


def test_h11_a_deadline_counts_as_done_only_with_what_follows_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = start_purchase(world)
    world.clock.advance(15 * MINUTE)
    with monkeypatch.context() as broken:
        broken.setattr(tx, "RECORD", NOWHERE)
        with pytest.raises(Exception, match="nowhere"):
            world.bus.write_now(expire_due)
    assert world.ticket(bought.ticket).status == "locked"
    world.pass_time(0)
    assert bought.now().reason == "expired"
    assert world.names().count("expiration.complete") == 1


def test_h12_work_that_always_fails_is_given_up_and_says_so(world: World) -> None:
    runs: list[str] = []

    def poison(_: object, subject: str) -> None:
        runs.append(subject)
        raise ZeroDivisionError

    runner = Runner(world.bus, [Job("poison", poison, most=4)])
    world.bus.write_now(lambda t: enqueue(t, "poison", "x"))
    for _ in range(20):
        for job in world.bus.write_now(claim):
            runner.perform(job)
        world.clock.advance(10 * MINUTE)
    runner.close()
    assert len(runs) == 4
    assert rows(world, "SELECT state, last_error FROM jobs") == [("failed", "ZeroDivisionError: ")]


def test_h13_hearing_everything_twice_changes_nothing(world: World) -> None:
    bought = start_purchase(world)
    box = hold_events(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for raw, signature in box * 2:
        world.payments.receive(raw, signature)
    world.work()
    before = world.names()
    for raw, signature in list(box):
        world.payments.receive(raw, signature)
    world.work()
    assert world.names() == before
    assert world.sound()


def test_h14_whoever_missed_a_event_sees_the_gap_and_can_read_it_again(world: World) -> None:
    seller = world.user("seller")
    ticket = world.list_ticket(seller)
    for seat in "123":
        world.call(EDIT_TICKET, seller, EditTicket(seat=seat), ticket_id=ticket.id)
    page = world.call(ADMIN_EVENTS, Principal(), EventsQuery(entity_id=ticket.id)).items
    heard = [page[0], page[1], page[3]]  # the third was lost on the way
    versions = [entry.event.version for entry in heard]
    assert versions == [1, 2, 4]
    again = world.call(ADMIN_EVENTS, Principal(), EventsQuery(cursor=heard[1].cursor)).items
    assert [entry.event.version for entry in again] == [3, 4]


def test_h15_every_step_of_an_order_is_told_so_that_nobodys_copy_drifts(world: World) -> None:
    bought = start_purchase(world)
    world.pay(bought.order)
    told = [(event.name, event.version) for event in world.events(bought.order.id)]
    assert told == [("order.created", 1), ("order.updated", 2), ("order.completed", 3)]
    assert bought.now().version == 3


def test_h20_a_session_ends_can_be_ended_and_is_not_readable_from_the_database(
    world: World,
) -> None:
    token = tokens.new(world.bus.rng)
    signed = world.bus.write_now(
        lambda t: service.sign_up(t, email="a@b.org", password_hash="x", client="", token=token)
    )
    who = world.bus.read_now(lambda t: service.identify(t, token))
    assert one(world, "SELECT token_hash FROM sessions") not in token
    world.clock.advance(30 * DAY)
    with pytest.raises(NotSignedIn):
        world.bus.read_now(lambda t: service.identify(t, token))
    world.bus.write_now(
        lambda t: service.end_session(t, user_id=signed.account.id, session_id=who.session_id)
    )
    assert one(world, "SELECT count(*) FROM sessions") == 0


def test_h20_guessing_is_slowed_down(world: World) -> None:
    for _ in range(10):
        world.bus.write_now(lambda t: throttle.record_failure(t, email="a@b.org", source="x"))
    with pytest.raises(TooManyAttempts):
        world.bus.read_now(lambda t: throttle.check(t, email="a@b.org", source="y"))


def test_h20_an_address_is_one_account_whatever_its_case(world: World) -> None:
    world.user("ana")
    with pytest.raises(EmailTaken):
        world.user("ANA")


def test_h20_a_long_password_counts_to_its_last_letter() -> None:
    long = "correct horse battery staple " * 8
    stored = passwords.hash_password(long)
    assert passwords.verify(stored, long)
    assert not passwords.verify(stored, long[:-1])


def test_h21_whose_a_ticket_is_decides_before_what_state_it_is_in(world: World) -> None:
    bought, other = start_purchase(world), world.user("other")
    with pytest.raises(NotYourTicket) as refused:
        world.call(EDIT_TICKET, other, EditTicket(seat="9"), ticket_id=bought.ticket.id)
    assert refused.value.status == 403
    assert "locked" not in refused.value.detail


def test_h21_somebody_elses_order_is_told_as_none_at_all(world: World) -> None:
    bought, other = start_purchase(world), world.user("other")
    with pytest.raises(OrderNotFound) as refused:
        world.call(CANCEL_ORDER, other, order_id=bought.order.id)
    assert refused.value.status == 404


def test_h21_every_refusal_has_a_status_and_a_name_of_its_own() -> None:
    assert len({kind.code for kind in Problem.named.values()}) == len(Problem.named) > 20
    assert {kind.status for kind in Problem.named.values()} >= {401, 403, 404, 409, 410, 422, 429}


def test_h23_lists_can_be_paged_searched_sorted_and_filtered(world: World) -> None:
    seller = world.user("seller")
    tickets = [world.list_ticket(seller, show=f"Show {n}", amount=100 * n) for n in (3, 1, 2)]
    dear, cheap, middle = (ticket.id for ticket in tickets)

    def found(**query: object) -> list[str]:
        page = world.call(LIST_TICKETS, Principal(), TicketsQuery(**query))  # type: ignore[arg-type]
        return [ticket.id for ticket in page.items]

    assert found(sort=TicketSort.PRICE) == [cheap, middle, dear]
    assert found(q="show 2") == [middle]
    assert found(max_price=200, sort=TicketSort.PRICE) == [cheap, middle]
    first = world.call(LIST_TICKETS, Principal(), TicketsQuery(limit=2, sort=TicketSort.PRICE))
    assert found(cursor=first.next, sort=TicketSort.PRICE) == [dear]
    assert world.call(LIST_ORDERS, seller, OrdersQuery(limit=1)).items == ()


def test_h27_operators_have_an_audit_trail_numbers_and_a_list_of_people(world: World) -> None:
    admin, bought = world.user("admin", admin=True), start_purchase(world)
    story = world.call(TRACE_ORDER, admin, order_id=bought.order.id)
    assert [(e.event.name, e.actor) for e in story.events] == [
        ("ticket.updated", bought.buyer.user_id), ("order.created", bought.buyer.user_id),
    ]  # fmt: skip
    assert world.call(VIEW_STATS, admin).events == world.bus.read_now(feed.count)
    assert len(world.call(LIST_USERS, admin).items) == 3


@pytest.mark.parametrize(
    ("path", "holds"),
    [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "ticketing_requests")],
)
def test_h27_a_running_house_says_how_it_is(server: Server, path: str, holds: str) -> None:
    httpx.get(f"{server.url}/healthz")
    answer = httpx.get(f"{server.url}{path}")
    assert answer.status_code == 200
    assert holds in answer.text


def test_h29_a_deadline_and_a_payment_are_each_told_exactly_once(world: World) -> None:
    lapsed, paid = start_purchase(world), world.user("ben")
    order = world.lock(paid, world.list_ticket(lapsed.seller))
    world.pay(order)
    world.pass_time(15 * MINUTE)
    names = world.names()
    assert (names.count("expiration.complete"), names.count("payment.created")) == (1, 1)
    assert lapsed.now().reason == "expired"


def test_h30_one_process_and_one_file_are_the_whole_house(server: Server, tmp_path: Path) -> None:
    assert httpx.get(f"{server.url}/v1/tickets").json() == {
        "items": [], "next": None, "total": None,
    }  # fmt: skip
    kinds = {path.name.split("-")[0] for path in tmp_path.iterdir() if path.name != "home"}
    assert all(kind.startswith("shop.db") for kind in kinds)
