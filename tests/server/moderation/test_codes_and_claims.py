"""Operators replace an entry code that others have seen, and compare who claims one seat."""

from __future__ import annotations

import pytest

from contract.alerts import LIST_ALERTS, Alert, AlertNotFound, AlertQuery
from contract.gate import Refusal
from contract.moderation import ADMIN_REISSUE, VIEW_ALERT
from contract.refunds import REFUND_ORDER, RefundOrder
from contract.shows import CANCEL_SHOW, ShowIsCancelled
from contract.tickets import (
    BarcodeTaken,
    CodeRevocation,
    ReissueCode,
    SeatTaken,
    Ticket,
    TicketCodeIssued,
    TicketCodeRevoked,
    TicketNotFound,
    TicketStatus,
    TicketUnavailable,
    TicketVoid,
)
from server.principal import Principal
from tests.server.custody import buy, code_of, relist, verdict
from tests.server.rows import change
from tests.world import World

WHY = ReissueCode(reason="A picture of the code was posted.")


@pytest.fixture
def operator(world: World) -> Principal:
    return world.user("operator", admin=True)


def bought(world: World) -> tuple[Principal, Ticket]:
    """Return somebody and the ticket they bought."""
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("seller"))
    buy(world, ana, ticket)
    return ana, ticket


def only_alert(world: World, operator: Principal) -> Alert:
    (alert,) = world.call(LIST_ALERTS, operator, AlertQuery()).items
    return alert


def test_a_reissue_replaces_the_code_of_the_same_owner(world: World, operator: Principal) -> None:
    ana, ticket = bought(world)
    old = code_of(world, ana, ticket)
    before = world.ticket(ticket)
    assert world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id) == before
    assert verdict(world, ticket, old) is Refusal.REPLACED
    assert verdict(world, ticket, code_of(world, ana, ticket)) is None
    assert world.sound()


def test_the_owner_is_told_why_the_code_was_replaced_and_nobody_else(
    world: World, operator: Principal
) -> None:
    ana, ticket = bought(world)
    world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id)
    *_, revoked, issued = world.events(ticket.id)
    assert isinstance(revoked, TicketCodeRevoked)
    assert isinstance(issued, TicketCodeIssued)
    assert (revoked.reason, revoked.serial, issued.serial) == (CodeRevocation.REISSUED, 1, 2)
    assert (revoked.note, issued.note) == (WHY.reason, WHY.reason)
    assert (revoked.audience, issued.audience) == (ana.user_id, ana.user_id)


def test_a_code_is_replaced_while_its_ticket_is_on_sale_or_being_paid_for(
    world: World, operator: Principal
) -> None:
    ana, ticket = bought(world)
    relist(world, ana, ticket)
    world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id)
    assert verdict(world, ticket, code_of(world, ana, ticket)) is None
    relist(world, ana, ticket)
    ben = world.user("ben")
    order = world.lock(ben, ticket)
    world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id)
    world.pay(order)
    assert verdict(world, ticket, code_of(world, ben, ticket)) is None
    assert world.sound()


def test_a_code_that_does_not_open_the_gate_is_not_replaced(
    world: World, operator: Principal
) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("seller"))
    for ticket_id, problem in ((ticket.id, TicketUnavailable), ("tkt_none", TicketNotFound)):
        with pytest.raises(problem):
            world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket_id)
    order = buy(world, ana, ticket)
    world.call(REFUND_ORDER, operator, RefundOrder(), order_id=order.id)
    world.work()
    with pytest.raises(TicketVoid):
        world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id)


def test_no_code_of_a_cancelled_show_is_replaced(world: World, operator: Principal) -> None:
    _, ticket = bought(world)
    world.call(CANCEL_SHOW, operator, show_id=ticket.show.id)
    with pytest.raises(ShowIsCancelled):
        world.call(ADMIN_REISSUE, operator, WHY, ticket_id=ticket.id)


def test_an_alert_about_a_seat_shows_the_ticket_and_who_was_refused(
    world: World, operator: Principal
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("seller"), seat="12")
    buy(world, ana, ticket)
    with pytest.raises(SeatTaken):
        world.list_ticket(ben, seat="12")
    alert = only_alert(world, operator)
    viewed = world.call(VIEW_ALERT, operator, alert_id=alert.id)
    held, refused = viewed.claims
    assert held.ticket is not None
    assert held.owner is not None
    assert held.code_issued_at is not None
    assert (held.ticket.id, held.ticket.status) == (ticket.id, TicketStatus.SOLD)
    assert (held.seller.email, held.owner.email) == ("seller@example.org", "ana@example.org")
    assert (refused.ticket, refused.seller.id, refused.owner) == (None, ben.user_id, None)


def test_an_alert_about_a_barcode_shows_both_claims(world: World, operator: Principal) -> None:
    world.list_ticket(world.user("ana"), barcode="ABC-1")
    ben = world.user("ben")
    with pytest.raises(BarcodeTaken):
        world.list_ticket(ben, barcode="abc 1")
    viewed = world.call(VIEW_ALERT, operator, alert_id=only_alert(world, operator).id)
    assert [claim.seller.email for claim in viewed.claims] == ["ana@example.org", "ben@example.org"]


def test_an_alert_of_an_older_release_shows_the_two_tickets_of_a_seat(
    world: World, operator: Principal
) -> None:
    first = world.list_ticket(world.user("ana"), seat="12")
    second = world.list_ticket(world.user("ben"), seat="13")
    change(
        world, "UPDATE tickets SET seat = '12', seat_key = NULL WHERE id = :ticket",
        ticket=second.id,
    )  # fmt: skip
    change(
        world,
        "INSERT INTO attention (id, kind, subject, detail, version, opened_at) "
        "VALUES ('att_1', 'seat_taken', :ticket, 'Two tickets are for one seat.', 1, 1)",
        ticket=second.id,
    )
    viewed = world.call(VIEW_ALERT, operator, alert_id="att_1")
    assert [claim.ticket and claim.ticket.id for claim in viewed.claims] == [second.id, first.id]


def test_an_alert_that_does_not_exist_is_not_shown(world: World, operator: Principal) -> None:
    with pytest.raises(AlertNotFound):
        world.call(VIEW_ALERT, operator, alert_id="att_none")
