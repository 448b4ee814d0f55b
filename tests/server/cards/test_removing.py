"""Removing a card: deleted here at once and at Stripe soon after; its payments stand."""

from __future__ import annotations

import pytest

from contract.cards import REMOVE_CARD, Card, CardRemoved
from contract.orders import OrderStatus
from contract.payments import CardNotFound, PaymentsPaused, PaymentStatus
from db.audit import audit
from server.sandbox import Fault
from tests.clock import MINUTE, SECOND
from tests.server.cards.saved_cards import (
    list_customers,
    list_payment_methods,
    pay_with_card,
    save_card,
    saved_cards,
)
from tests.server.payments.purchase import (
    Purchase,
    captured,
    dashboard,
    held,
    start_purchase,
    unreachable,
)
from tests.server.rows import change, one
from tests.world import World

DETACHED = "SELECT detached_at FROM cards"


def ready(world: World) -> tuple[Purchase, Card]:
    """Let a buyer with a saved card lock a ticket."""
    purchase = start_purchase(world)
    return purchase, save_card(world, purchase.buyer)


def test_a_removed_card_is_deleted_here_at_once_and_at_stripe_soon_after(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    assert world.call(REMOVE_CARD, user, card_id=card.id) == card
    assert saved_cards(world, user) == ()
    (customer,) = list_customers(world)
    assert list_payment_methods(world, customer.id) == ["4242 2034"]
    world.work()
    assert list_payment_methods(world, customer.id) == []
    assert one(world, DETACHED) == world.clock.now()
    (published,) = [event for event in world.events() if isinstance(event, CardRemoved)]
    assert (published.version, published.audience) == (2, user.user_id)
    assert world.sound()


def test_a_card_is_removed_once_and_only_by_its_owner(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    with pytest.raises(CardNotFound):
        world.call(REMOVE_CARD, world.user("other"), card_id=card.id)
    assert saved_cards(world, user) == (card,)
    world.call(REMOVE_CARD, user, card_id=card.id)
    with pytest.raises(CardNotFound):
        world.call(REMOVE_CARD, user, card_id=card.id)


def test_a_card_removed_while_stripe_is_down_is_detached_once_it_is_up(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    world.call(REMOVE_CARD, user, card_id=card.id)
    with unreachable(world):
        world.pass_time(MINUTE)
    assert one(world, DETACHED) is None
    world.pass_time(5 * MINUTE)
    assert one(world, DETACHED) is not None


def test_the_audit_finds_a_removed_card_that_was_not_detached_at_stripe(
    world: World,
) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    world.call(REMOVE_CARD, user, card_id=card.id)
    assert world.sound()
    change(world, "DELETE FROM jobs WHERE kind = 'card.detach'")
    found = world.bus.database.read(audit)
    assert [(f.rule, f.id) for f in found] == [
        ("a removed card has no job that detaches it", card.id)
    ]


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.BREAK_AFTER])
def test_a_detachment_whose_reply_was_lost_counts_as_done(world: World, fault: Fault) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    world.call(REMOVE_CARD, user, card_id=card.id)
    world.payments.transport.faults.append(fault)
    world.pass_time(MINUTE)
    assert one(world, DETACHED) is not None


def test_a_card_detached_in_the_dashboard_can_still_be_removed(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    dashboard(world).v1.payment_methods.detach(one(world, "SELECT method_id FROM cards"))
    world.call(REMOVE_CARD, user, card_id=card.id)
    world.work()
    assert one(world, DETACHED) is not None


def test_a_removed_card_can_be_saved_again_as_a_new_card(world: World) -> None:
    user = world.user("buyer")
    first = save_card(world, user)
    world.call(REMOVE_CARD, user, card_id=first.id)
    second = save_card(world, user)
    assert second.id != first.id
    assert saved_cards(world, user) == (second,)
    (customer,) = list_customers(world)
    assert list_payment_methods(world, customer.id) == ["4242 2034"]


def test_a_removed_card_cannot_pay(world: World) -> None:
    purchase, card = ready(world)
    world.call(REMOVE_CARD, purchase.buyer, card_id=card.id)
    with pytest.raises(CardNotFound):
        pay_with_card(purchase, card)
    assert purchase.payments() == ()


def test_a_card_removed_while_its_charge_is_confirmed_still_pays(world: World) -> None:
    purchase, card = ready(world)
    assert pay_with_card(purchase, card).status is PaymentStatus.AUTHORISED
    world.call(REMOVE_CARD, purchase.buyer, card_id=card.id)
    world.work()
    assert purchase.has_ticket()
    assert captured(world) == purchase.order.price.amount
    assert one(world, DETACHED) is not None
    assert world.sound()


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_REQUEST])
def test_a_card_removed_before_its_charge_is_answered_charges_at_most_once(
    world: World, fault: Fault
) -> None:
    purchase, card = ready(world)
    world.payments.transport.faults.extend([fault] * 3)
    with pytest.raises(PaymentsPaused):
        pay_with_card(purchase, card)
    world.call(REMOVE_CARD, purchase.buyer, card_id=card.id)
    world.work()
    world.pass_time(30 * SECOND)
    if fault is Fault.LOSE_REPLY:
        assert purchase.has_ticket()
        assert captured(world) == purchase.order.price.amount
    else:
        assert purchase.statuses() == [PaymentStatus.VOID]
        assert purchase.now().status is OrderStatus.AWAITING_PAYMENT
        assert (captured(world), held(world)) == (0, 0)
    assert world.sound()
