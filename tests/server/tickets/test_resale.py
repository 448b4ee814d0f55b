"""Resale: an owner sells a ticket on; only the last owner's code opens the gate."""

from __future__ import annotations

import msgspec
import pytest

from contract.gate import UNDO_ADMISSION, Refusal
from contract.orders import CANCEL_ORDER, LIST_WALLET
from contract.problems import Invalid, Problem
from contract.shows import CANCEL_SHOW, ShowIsCancelled, ShowStarted
from contract.tickets import (
    EDIT_TICKET,
    WITHDRAW_TICKET,
    CodeRevocation,
    EditTicket,
    NotYourTicket,
    Price,
    TicketInside,
    TicketNotFound,
    TicketStatus,
    TicketUnavailable,
    TicketUpdated,
)
from server.principal import Principal
from server.tickets import resale
from tests.server.custody import STEWARD, buy, code_of, in_wallet, relist, scan, verdict
from tests.world import DAY, World


def test_a_ticket_is_resold_and_only_the_last_code_opens_the_gate(world: World) -> None:
    sofia, ana, ben = world.user("sofia"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(sofia)
    buy(world, ana, ticket)
    first = code_of(world, ana, ticket)
    assert relist(world, ana, ticket).status is TicketStatus.AVAILABLE
    buy(world, ben, ticket)
    second = code_of(world, ben, ticket)
    assert first != second
    assert verdict(world, ticket, first) is Refusal.REPLACED
    assert verdict(world, ticket, second) is None
    assert world.call(LIST_WALLET, ana).items == ()
    with pytest.raises(TicketNotFound):
        in_wallet(world, ana, ticket)
    assert world.sound()


def test_each_sale_has_its_own_seller_and_price(world: World) -> None:
    sofia, ana, ben = world.user("sofia"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(sofia, amount=4500)
    first = buy(world, ana, ticket)
    relist(world, ana, ticket, 6000)
    second = buy(world, ben, ticket)
    assert (first.price.amount, second.price.amount) == (4500, 6000)
    assert world.ticket(ticket).seller_id == ana.user_id
    assert world.sound()


def test_the_owners_code_works_while_the_ticket_is_on_sale_and_entering_ends_the_sale(
    world: World,
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    code = code_of(world, ana, ticket)
    relist(world, ana, ticket)
    assert scan(world, ticket, code).reason is None
    assert world.ticket(ticket).status is TicketStatus.SOLD
    with pytest.raises(TicketUnavailable):
        world.lock(ben, ticket)
    with pytest.raises(TicketInside):
        relist(world, ana, ticket)
    assert world.sound()


def test_an_undone_admission_allows_the_sale_again(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    admission = scan(world, ticket, code_of(world, ana, ticket)).admission_id
    assert admission is not None
    world.call(UNDO_ADMISSION, STEWARD, admission_id=admission)
    assert relist(world, ana, ticket).status is TicketStatus.AVAILABLE


def test_the_code_is_refused_while_somebody_pays_for_the_ticket(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    code = code_of(world, ana, ticket)
    relist(world, ana, ticket)
    order = world.lock(ben, ticket)
    assert verdict(world, ticket, code) is Refusal.BEING_SOLD
    world.call(CANCEL_ORDER, ben, order_id=order.id)
    assert verdict(world, ticket, code) is None


def test_a_resale_is_taken_back_into_the_wallet_with_the_same_code(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    code = code_of(world, ana, ticket)
    relist(world, ana, ticket)
    assert world.call(WITHDRAW_TICKET, ana, ticket_id=ticket.id).status is TicketStatus.SOLD
    again = in_wallet(world, ana, ticket)
    assert (again.code, again.order_id) == (code, order.id)
    assert isinstance(world.events(ticket.id)[-1], TicketUpdated)
    assert world.sound()


def test_a_resale_has_its_price_edited(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    change = EditTicket(price=Price(amount=100, currency="EUR"))
    assert world.call(EDIT_TICKET, ana, change, ticket_id=ticket.id).price.amount == 100


@pytest.mark.parametrize("who", ["sofia", "stranger"])
def test_only_the_owner_can_sell_a_ticket(world: World, who: str) -> None:
    people = {name: world.user(name) for name in ("sofia", "ana", "stranger")}
    ticket = world.list_ticket(people["sofia"])
    buy(world, people["ana"], ticket)
    with pytest.raises(NotYourTicket):
        relist(world, people[who], ticket)
    assert world.ticket(ticket).status is TicketStatus.SOLD


def test_a_former_owner_cannot_sell_again(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    buy(world, ben, ticket)
    with pytest.raises(NotYourTicket):
        relist(world, ana, ticket)


def test_a_ticket_that_is_on_sale_already_cannot_be_relisted(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    with pytest.raises(TicketUnavailable):
        relist(world, ana, ticket, 5001)


def test_a_started_or_cancelled_show_has_no_resale(world: World) -> None:
    operator, ana = world.user("operator", admin=True), world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    other = world.list_ticket(world.user("sergio"), show="Another show")
    for each in (ticket, other):
        buy(world, ana, each)
    world.call(CANCEL_SHOW, operator, show_id=other.show.id)
    with pytest.raises(ShowIsCancelled):
        relist(world, ana, other)
    world.clock.advance(31 * DAY)
    with pytest.raises(ShowStarted):
        relist(world, ana, ticket)


def test_a_resale_that_nobody_paid_for_is_on_sale_again(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    world.lock(world.user("ben"), ticket)
    world.pass_time(world.settings.lock_for)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE
    order = world.lock(world.user("carl"), ticket)
    world.call(CANCEL_ORDER, Principal(user_id=order.buyer_id), order_id=order.id)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE


def test_a_cancelled_show_gives_resales_back_to_their_owners(world: World) -> None:
    operator, ana = world.user("operator", admin=True), world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    world.call(CANCEL_SHOW, operator, show_id=ticket.show.id)
    world.work()
    bought = in_wallet(world, ana, ticket)
    assert bought.ticket.status is TicketStatus.SOLD
    assert bought.refunded
    assert world.sound()


def test_the_first_sellers_own_id_does_not_pass_to_the_next_seller(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"), external_id="inv-1")
    buy(world, ana, ticket)
    assert relist(world, ana, ticket).external_id is None


def test_a_price_that_cannot_be_charged_is_refused(world: World) -> None:
    with pytest.raises((Problem, ValueError)):
        relist(world, world.user("ana"), world.list_ticket(world.user("sofia")), 0)


def test_a_ticket_whose_owner_was_refunded_while_somebody_paid_does_not_go_back_on_sale(
    world: World,
) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    order = world.lock(ben, ticket)
    world.bus.write_now(
        lambda tx: resale.void(
            tx, ticket_id=ticket.id, owner_id=ana.user_id, reason=CodeRevocation.DISPUTED
        )
    )
    world.call(CANCEL_ORDER, ben, order_id=order.id)
    assert world.ticket(ticket).status is TicketStatus.SOLD
    assert in_wallet(world, ana, ticket).code is None


def test_a_refund_of_a_former_owner_does_not_touch_the_new_owners_code(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    buy(world, ben, ticket)
    world.bus.write_now(
        lambda tx: resale.void(
            tx, ticket_id=ticket.id, owner_id=ana.user_id, reason=CodeRevocation.REFUNDED
        )
    )
    assert verdict(world, ticket, code_of(world, ben, ticket)) is None


@pytest.mark.parametrize("field", ["section", "row", "seat", "barcode"])
def test_what_a_bought_ticket_is_for_cannot_be_edited(world: World, field: str) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    with pytest.raises(Invalid) as refused:
        world.call(EDIT_TICKET, ana, msgspec.convert({field: "X"}, EditTicket), ticket_id=ticket.id)
    assert [error.field for error in refused.value.errors] == [field]
    assert world.ticket(ticket).seat == ticket.seat


def test_a_lock_that_ends_leaves_the_ticket_on_sale(world: World) -> None:
    sofia, ana, ben = world.user("sofia"), world.user("ana"), world.user("ben")
    ticket = world.list_ticket(sofia)
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    order = world.lock(ben, ticket)
    world.call(CANCEL_ORDER, ben, order_id=order.id)
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE
