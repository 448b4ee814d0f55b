"""Rules of resale: when and for how much owners may sell a ticket on; what becomes of listings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.money import Money
from contract.orders import CANCEL_ORDER
from contract.policies import (
    PriceAboveCap,
    ResaleNotAllowed,
    SetPolicy,
    TicketSuspended,
    TransferNotAllowed,
    highest_price,
)
from contract.tickets import (
    EDIT_TICKET,
    EditTicket,
    Price,
    Ticket,
    TicketStatus,
    TicketUnavailable,
)
from contract.transfers import (
    ACCEPT_TRANSFER,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
)
from db.types import from_us
from server.clock import SECOND
from server.principal import Principal
from tests.clock import START
from tests.server.custody import buy, give, in_wallet, relist
from tests.server.organisers.policies import set_policy, sold_tickets
from tests.server.organisers.shows import issue, on_sale
from tests.world import World

DAY = timedelta(days=1)
NOW = from_us(START)


def edit(world: World, owner: Principal, ticket: Ticket, amount: int) -> Ticket:
    """Ask another price for a ticket."""
    body = EditTicket(price=Price(amount=amount, currency="EUR"))
    return world.call(EDIT_TICKET, owner, body, ticket_id=ticket.id, if_match=None)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("rules", "rule", "says"),
    [
        (SetPolicy(resale=False), "resale", "does not allow tickets for this show to be sold on"),
        (SetPolicy(resale_from=NOW + DAY), "resale_from", "can be sold on from 20"),
        (SetPolicy(resale_until=NOW - DAY), "resale_until", "could be sold on until 20"),
    ],
)
def test_a_ticket_is_sold_on_only_while_the_organiser_allows_it(
    world: World, rules: SetPolicy, rule: str, says: str
) -> None:
    mia, show, ana, (ticket,) = sold_tickets(world)
    set_policy(world, mia, show, rules)
    with pytest.raises(ResaleNotAllowed, match=says) as refused:
        relist(world, ana, ticket)
    assert refused.value.rule == rule
    assert world.ticket(ticket).status is TicketStatus.SOLD
    issue(world, mia, show, first=2)  # what the organiser sells is no resale
    buy(world, world.user("ben"), on_sale(world, show)[0])


def test_a_price_above_the_cap_is_refused_with_the_highest_allowed(world: World) -> None:
    mia, show, ana, (ticket,) = sold_tickets(world)
    set_policy(world, mia, show, SetPolicy(resale_cap=110))
    with pytest.raises(PriceAboveCap, match=r"limit for a resale is EUR 49\.50, 110%") as refused:
        relist(world, ana, ticket, 4951)
    assert refused.value.rule == "resale_cap"
    relist(world, ana, ticket, 4950)
    with pytest.raises(PriceAboveCap):
        edit(world, ana, ticket, 4951)
    ben = world.user("ben")
    buy(world, ben, ticket)
    with pytest.raises(PriceAboveCap):
        relist(world, ben, ticket, 4951)  # the face value is that of the first sale
    assert world.sound()


def test_a_cap_is_rounded_down_to_what_can_be_charged() -> None:
    highest = {
        (4999, "EUR", 100): 4999, (4999, "EUR", 50): 2499, (1999, "JPY", 105): 2098,
        (10_005, "KWD", 100): 10_000, (150, "EUR", 1): 1,
    }  # fmt: skip
    for (amount, currency, cap), most in highest.items():
        found = highest_price(Money(amount=amount, currency=currency), cap)
        assert found == Money(amount=most, currency=currency)


def test_a_tightened_cap_suspends_the_listings_above_it_and_tells_their_sellers(
    world: World,
) -> None:
    mia, show, ana, (dear, cheap) = sold_tickets(world, seats=2)
    relist(world, ana, dear, 9000)
    relist(world, ana, cheap, 4500)
    set_policy(world, mia, show, SetPolicy(resale_cap=100))
    ben = world.user("ben")
    with pytest.raises(TicketUnavailable, match="organiser's limit") as refused:
        world.lock(ben, dear)  # before the job has run
    assert refused.value.rule == "resale_cap"
    world.work()
    assert [ticket.id for ticket in on_sale(world, show)] == [cheap.id]
    held = in_wallet(world, ana, dear)
    assert held.code is not None
    assert held.ticket.suspended
    (told,) = [event for event in world.events() if isinstance(event, TicketSuspended)]
    assert (told.id, told.audience, told.rule) == (dear.id, ana.user_id, "resale_cap")
    with pytest.raises(PriceAboveCap):
        edit(world, ana, dear, 4501)
    assert edit(world, ana, dear, 4400).status is TicketStatus.AVAILABLE
    assert not world.ticket(dear).suspended
    assert world.sound()


def test_an_open_lock_is_honoured_and_its_end_suspends_the_listing(world: World) -> None:
    mia, show, ana, tickets = sold_tickets(world, seats=2)
    ben = world.user("ben")
    orders = [world.lock(ben, relist(world, ana, ticket, 9000)) for ticket in tickets]
    set_policy(world, mia, show, SetPolicy(resale_cap=100))
    world.work()
    assert world.pay(orders[0]) == "paid"
    world.call(CANCEL_ORDER, ben, order_id=orders[1].id)
    assert world.ticket(tickets[1]).suspended
    assert not world.ticket(tickets[0]).suspended
    assert world.sound()


@pytest.mark.sqlite_only
def test_listings_leave_the_market_when_the_resale_ends(world: World) -> None:
    mia, show, ana, (ticket,) = sold_tickets(world)
    relist(world, ana, ticket)
    set_policy(world, mia, show, SetPolicy(resale_until=NOW + 2 * DAY))
    world.work()
    assert world.ticket(ticket).status is TicketStatus.AVAILABLE
    for _ in range(3):
        world.pass_time(24 * 3600 * SECOND)
        world.work()
    assert world.ticket(ticket).suspended
    give(world, ana, ticket, world.user("ben"), "ben")
    assert not world.ticket(ticket).suspended
    assert world.sound()


@pytest.mark.sqlite_only
def test_a_ticket_is_given_away_only_if_the_organiser_allows_it(world: World) -> None:
    mia, show, ana, tickets = sold_tickets(world, seats=2)
    ben, to = world.user("ben"), OfferTransfer(to="ben@example.org")
    open_offer = world.call(OFFER_TRANSFER, ana, to, ticket_id=tickets[0].id)
    set_policy(world, mia, show, SetPolicy(transfers=False))
    with pytest.raises(TransferNotAllowed) as refused:
        world.call(OFFER_TRANSFER, ana, to, ticket_id=tickets[1].id)
    assert refused.value.rule == "transfers"
    # Who was offered a ticket before may still have it, like who had locked one.
    world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=open_offer.transfer.id)
    assert world.sound()
