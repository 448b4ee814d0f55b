"""What owners and former owners of a ticket see of its history, without names."""

from __future__ import annotations

from contract.moderation import ADMIN_REISSUE
from contract.orders import LIST_ORDERS, VIEW_ORDER, CustodyChange, OrdersQuery
from contract.refunds import REFUND_ORDER, RefundedTicket, RefundOrder
from contract.tickets import (
    LIST_TICKETS,
    VIEW_TICKET,
    WITHDRAW_TICKET,
    CodeRevocation,
    ReissueCode,
    TicketsQuery,
)
from contract.transfers import LIST_TRANSFERS, OFFER_TRANSFER, OfferTransfer
from server.principal import Principal
from tests.clock import MINUTE
from tests.server.custody import buy, give, in_wallet, relist
from tests.world import World


def test_the_history_says_how_a_ticket_came_to_its_owners_without_names(world: World) -> None:
    ana, ben, carl = (world.user(name) for name in ("ana", "ben", "carl"))
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    world.pass_time(MINUTE)
    relist(world, ana, ticket)
    buy(world, ben, ticket)
    world.pass_time(MINUTE)
    give(world, ben, ticket, carl, "carl")
    world.pass_time(MINUTE)
    operator = world.user("operator", admin=True)
    world.call(ADMIN_REISSUE, operator, ReissueCode(reason="seen"), ticket_id=ticket.id)
    owned = in_wallet(world, carl, ticket)
    assert [(step.how, step.to_you) for step in owned.history] == [
        (CustodyChange.SOLD, False), (CustodyChange.SOLD, False), (CustodyChange.GIVEN, True),
        (CustodyChange.REISSUED, True),
    ]  # fmt: skip
    assert [step.at for step in owned.history] == sorted({step.at for step in owned.history})
    assert owned.bought_at == owned.history[2].at


def test_a_given_ticket_does_not_claim_the_givers_order(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    order = buy(world, ana, ticket)
    assert in_wallet(world, ana, ticket).order_id == order.id
    give(world, ana, ticket, ben, "ben")
    owned = in_wallet(world, ben, ticket)
    assert (owned.order_id, owned.paid) == (None, None)


def test_an_order_says_since_when_a_newer_owner_has_its_ticket(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    kept, given, sold = (world.list_ticket(world.user(f"sofia{n}")) for n in range(3))
    orders = [buy(world, ana, ticket) for ticket in (kept, given, sold)]
    world.pass_time(MINUTE)
    give(world, ana, given, ben, "ben")
    relist(world, ana, sold)
    buy(world, ben, sold)
    listed = world.call(LIST_ORDERS, ana, OrdersQuery()).items
    found = {order.id: order for order in listed}
    assert [found[order.id].replaced_by for order in orders] == [
        None, CodeRevocation.TRANSFERRED, CodeRevocation.SOLD,
    ]  # fmt: skip
    assert found[orders[1].id].replaced_at == in_wallet(world, ben, given).bought_at
    assert world.call(VIEW_ORDER, ana, order_id=orders[2].id) == found[orders[2].id]


def test_a_ticket_that_came_back_with_a_refund_is_not_passed_on(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    operator = world.user("operator", admin=True)
    ticket = world.list_ticket(world.user("sofia"))
    first = buy(world, ana, ticket)
    relist(world, ana, ticket)
    second = buy(world, ben, ticket)
    body = RefundOrder(ticket=RefundedTicket.RETURN)
    world.call(REFUND_ORDER, operator, body, order_id=second.id)
    world.work()
    assert world.call(VIEW_ORDER, ana, order_id=first.id).replaced_at is None
    assert in_wallet(world, ana, ticket).history[-1].how is CustodyChange.RETURNED


def test_a_ticket_that_was_taken_back_is_its_owners_own_and_nobody_elses(world: World) -> None:
    ana = world.user("ana")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    relist(world, ana, ticket)
    world.call(WITHDRAW_TICKET, ana, ticket_id=ticket.id)
    (mine,) = world.call(LIST_TICKETS, ana, TicketsQuery(mine=True)).items
    assert mine.owned
    assert world.call(VIEW_TICKET, ana, ticket_id=ticket.id).owned
    for other in (world.user("ben"), Principal()):
        assert not world.call(VIEW_TICKET, other, ticket_id=ticket.id).owned
    relist(world, ana, ticket)
    buy(world, world.user("carl"), ticket)
    (sold,) = world.call(LIST_TICKETS, ana, TicketsQuery(mine=True)).items
    assert not sold.owned


def test_a_recipient_sees_enough_of_the_givers_address_to_recognise_it(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = world.list_ticket(world.user("sofia"))
    buy(world, ana, ticket)
    body = OfferTransfer(to="ben@example.org")
    made = world.call(OFFER_TRANSFER, ana, body, ticket_id=ticket.id)
    assert made.transfer.giver == "ana@example.org"
    (seen,) = world.call(LIST_TRANSFERS, ben).items
    assert seen.giver == "a…@example.org"
