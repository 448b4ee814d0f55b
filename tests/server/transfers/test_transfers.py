"""Transfers: a ticket is given to somebody, who gets a new code; the giver's is replaced."""

from __future__ import annotations

from typing import Any

import pytest

from contract.gate import Refusal
from contract.orders import LIST_WALLET
from contract.tickets import (
    NotYourTicket,
    TicketInside,
    TicketOffered,
    TicketStatus,
    TicketUnavailable,
)
from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    DECLINE_TRANSFER,
    LIST_TRANSFERS,
    OFFER_TRANSFER,
    AcceptTransfer,
    ClaimCodeNeeded,
    OfferTransfer,
    OwnTransfer,
    TransferNotFound,
    TransferOffer,
    TransferOver,
    TransferStatus,
)
from server.principal import Principal
from tests.server.custody import buy, code_of, give, in_wallet, relist, scan, verdict
from tests.world import DAY, World


def owned(world: World, owner: Principal) -> Any:
    """Return a ticket that somebody has bought."""
    ticket = world.list_ticket(world.user(f"seller{len(world.events())}"))
    buy(world, owner, ticket)
    return ticket


def offer(world: World, owner: Principal, ticket: Any, to: str, **more: Any) -> TransferOffer:
    body = OfferTransfer(to=to, **more)
    return world.call(OFFER_TRANSFER, owner, body, ticket_id=ticket.id)


def test_a_ticket_is_given_away_with_a_new_code(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = owned(world, ana)
    first = code_of(world, ana, ticket)
    made = offer(world, ana, ticket, "Ben@Example.org ")
    assert made.claim_code is None
    accepted = world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=made.transfer.id)
    assert accepted.status is TransferStatus.ACCEPTED
    second = code_of(world, ben, ticket)
    assert verdict(world, ticket, first) is Refusal.REPLACED
    assert verdict(world, ticket, second) is None
    assert world.call(LIST_WALLET, ana).items == ()
    assert world.ticket(ticket).status is TicketStatus.SOLD
    assert world.sound()


def test_a_given_ticket_can_be_sold_by_its_new_owner(world: World) -> None:
    ana, ben, cem = (world.user(name) for name in ("ana", "ben", "cem"))
    ticket = owned(world, ana)
    give(world, ana, ticket, ben, "ben")
    relist(world, ben, ticket)
    buy(world, cem, ticket)
    assert verdict(world, ticket, code_of(world, cem, ticket)) is None
    assert world.sound()


def test_an_address_without_an_account_needs_the_claim_code(world: World) -> None:
    ana = world.user("ana")
    ticket = owned(world, ana)
    made = offer(world, ana, ticket, "dora@example.org")
    assert made.claim_code is not None
    dora = world.user("dora")
    for wrong in (None, "", "0000000000000000", made.claim_code[:-1]):
        with pytest.raises(ClaimCodeNeeded):
            world.call(
                ACCEPT_TRANSFER, dora, AcceptTransfer(claim_code=wrong),
                transfer_id=made.transfer.id,
            )  # fmt: skip
    spelled = f" {made.claim_code[:4].lower()}-{made.claim_code[4:]}"
    world.call(
        ACCEPT_TRANSFER, dora, AcceptTransfer(claim_code=spelled), transfer_id=made.transfer.id
    )
    assert in_wallet(world, dora, ticket).code is not None
    assert world.sound()


def test_only_the_recipient_can_accept_or_decline(world: World) -> None:
    ana, ben, eve = (world.user(name) for name in ("ana", "ben", "eve"))
    made = offer(world, ana, owned(world, ana), "ben@example.org")
    for other in (eve, ana):
        with pytest.raises(TransferNotFound):
            world.call(ACCEPT_TRANSFER, other, transfer_id=made.transfer.id)
        with pytest.raises(TransferNotFound):
            world.call(DECLINE_TRANSFER, other, transfer_id=made.transfer.id)
    for other in (eve, ben):
        with pytest.raises(TransferNotFound):
            world.call(CANCEL_TRANSFER, other, transfer_id=made.transfer.id)
    assert world.call(LIST_TRANSFERS, eve).items == ()
    (listed,) = world.call(LIST_TRANSFERS, ben).items
    assert listed.id == made.transfer.id


@pytest.mark.parametrize("how", ["decline", "cancel", "expire"])
def test_an_offer_that_ends_leaves_the_ticket_with_its_owner(world: World, how: str) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = owned(world, ana)
    code = code_of(world, ana, ticket)
    made = offer(world, ana, ticket, "ben@example.org", lifetime=3600)
    if how == "decline":
        world.call(DECLINE_TRANSFER, ben, transfer_id=made.transfer.id)
    elif how == "cancel":
        world.call(CANCEL_TRANSFER, ana, transfer_id=made.transfer.id)
    else:
        world.pass_time(DAY)
    with pytest.raises(TransferOver):
        world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=made.transfer.id)
    assert code_of(world, ana, ticket) == code
    assert verdict(world, ticket, code) is None
    relist(world, ana, ticket)
    assert world.sound()


def test_an_offer_is_over_at_its_deadline_even_before_anybody_notices(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    made = offer(world, ana, owned(world, ana), "ben@example.org", lifetime=60)
    world.clock.advance(60 * 1_000_000)
    with pytest.raises(TransferOver):
        world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=made.transfer.id)


def test_an_offered_ticket_can_be_neither_sold_nor_offered_again(world: World) -> None:
    ana = world.user("ana")
    world.user("ben")
    ticket = owned(world, ana)
    offer(world, ana, ticket, "ben@example.org")
    with pytest.raises(TicketOffered):
        relist(world, ana, ticket)
    with pytest.raises(TicketOffered):
        offer(world, ana, ticket, "cem@example.org")


def test_what_cannot_be_given_away(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = owned(world, ana)
    with pytest.raises(OwnTransfer):
        offer(world, ana, ticket, "ana@example.org")
    with pytest.raises(NotYourTicket):
        offer(world, ben, ticket, "cem@example.org")
    relist(world, ana, ticket)
    with pytest.raises(TicketUnavailable):
        offer(world, ana, ticket, "ben@example.org")


def test_a_ticket_that_is_inside_cannot_be_given_away(world: World) -> None:
    ana = world.user("ana")
    ticket = owned(world, ana)
    scan(world, ticket, code_of(world, ana, ticket))
    with pytest.raises(TicketInside):
        offer(world, ana, ticket, "ben@example.org")


def test_an_offer_ends_when_its_owner_goes_in_with_the_ticket(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    ticket = owned(world, ana)
    made = offer(world, ana, ticket, "ben@example.org")
    assert scan(world, ticket, code_of(world, ana, ticket)).reason is None
    with pytest.raises(TransferOver):
        world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=made.transfer.id)
    assert world.sound()


def test_the_events_of_a_transfer_tell_the_other_person(world: World) -> None:
    ana, ben = world.user("ana"), world.user("ben")
    made = offer(world, ana, owned(world, ana), "ben@example.org")
    world.call(ACCEPT_TRANSFER, ben, AcceptTransfer(), transfer_id=made.transfer.id)
    created, accepted = world.events(made.transfer.id)
    assert (created.audience, accepted.audience) == (ben.user_id, ana.user_id)
