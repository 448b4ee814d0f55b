"""Saving a card on the hosted page: once for each card, and for its user only."""

from __future__ import annotations

import msgspec
import pytest

from contract.base import PageQuery
from contract.cards import (
    ADD_CARD,
    LIST_CARDS,
    VIEW_CARD_SETUP,
    CardSaved,
    CardSetup,
    CardSetupNotFound,
    CardSetupStatus,
)
from contract.payments import PaymentsPaused
from server import stripe
from server.cards import service
from server.cards.jobs import CardJobs
from server.principal import Principal
from server.sandbox import Fault
from tests.clock import MINUTE, SECOND
from tests.server.cards.saved_cards import (
    CHALLENGES_ALWAYS,
    DECLINED_LATER,
    at_request,
    list_customers,
    list_payment_methods,
    page_url,
    save_card,
    saved_cards,
    type_card,
)
from tests.server.payments.purchase import dashboard, hold_events, job_states, unreachable
from tests.server.rows import change, one, rows
from tests.world import DECLINED, World

MASTERCARD = "5555555555554444"


def begun(world: World) -> tuple[Principal, CardSetup]:
    """Let a user begin to save a card."""
    user = world.user("buyer")
    return user, world.call(ADD_CARD, user)


def again(world: World, user: Principal, setup: CardSetup) -> CardSetup:
    """View a setup again."""
    return world.call(VIEW_CARD_SETUP, user, setup_id=setup.id)


def test_a_saved_card_has_brand_last_digits_and_expiry_but_no_number(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2034)
    assert saved_cards(world, user) == (card,)
    assert not card.live
    assert "424242" not in str(rows(world, "SELECT * FROM cards"))


def test_the_event_of_a_saved_card_is_for_its_owner_only(world: World) -> None:
    user = world.user("buyer")
    card = save_card(world, user)
    (published,) = [event for event in world.events() if isinstance(event, CardSaved)]
    assert (published.id, published.version, published.last4, published.audience) == (
        card.id,
        1,
        "4242",
        user.user_id,
    )


def test_a_finished_setup_shows_its_card_and_its_link_says_saved(world: World) -> None:
    user, setup = begun(world)
    assert (setup.status, setup.card) == (CardSetupStatus.OPEN, None)
    type_card(world, page_url(world, setup))
    world.work()
    done = again(world, user, setup)
    assert (done.status, done.card) == (CardSetupStatus.DONE, saved_cards(world, user)[0])
    answer = world.visit("GET", setup.url)
    assert (answer.status, "saved" in answer.body) == (410, True)


def test_without_an_event_a_setup_is_checked_until_it_is_decided(world: World) -> None:
    user, setup = begun(world)
    hold_events(world)
    page = page_url(world, setup)
    for _ in range(3):
        world.pass_time(20 * SECOND)
        assert job_states(world)["card.setup"] == "pending"
    type_card(world, page)
    world.work()
    assert again(world, user, setup).status is CardSetupStatus.OPEN
    world.pass_time(3 * SECOND)
    assert again(world, user, setup).status is CardSetupStatus.DONE
    assert job_states(world)["card.setup"] == "done"


def test_an_event_finishes_a_setup_at_once_and_is_marked_handled(world: World) -> None:
    user, setup = begun(world)
    type_card(world, page_url(world, setup))
    world.work()
    assert again(world, user, setup).status is CardSetupStatus.DONE
    assert one(world, "SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0


def test_the_same_card_saved_twice_is_one_card_with_the_newer_expiry(
    world: World,
) -> None:
    user = world.user("buyer")
    first, second = save_card(world, user, exp="12%2F34"), save_card(world, user, exp="01%2F40")
    assert second.id == first.id
    assert saved_cards(world, user) == (second,)
    assert (second.exp_month, second.exp_year) == (1, 2040)
    (customer,) = list_customers(world)
    assert list_payment_methods(world, customer.id) == ["4242 2040"]
    assert [f.version for f in world.events(first.id)] == [1, 2]
    assert world.sound()


def test_two_people_may_save_the_same_card(world: World) -> None:
    ann, bob = world.user("ann"), world.user("bob")
    assert save_card(world, ann).id != save_card(world, bob).id
    assert len(saved_cards(world, ann)) == len(saved_cards(world, bob)) == 1
    assert len(list_customers(world)) == 2


def test_a_user_is_one_customer_at_stripe_with_any_number_of_cards(world: World) -> None:
    user = world.user("buyer")
    save_card(world, user)
    save_card(world, user, MASTERCARD)
    (customer,) = list_customers(world)
    assert customer.metadata.to_dict() == {"user": user.user_id}
    assert list_payment_methods(world, customer.id) == ["4444 2034", "4242 2034"]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_REQUEST, Fault.RATE_LIMIT])
def test_a_lost_reply_creates_no_second_customer_and_no_second_page(
    world: World, fault: Fault, number: int
) -> None:
    user = world.user("buyer")
    world.payments.transport.faults.extend([Fault.NONE] * (number - 1) + [fault] * 3)
    with pytest.raises(PaymentsPaused):
        world.call(ADD_CARD, user)
    world.payments.transport.faults.clear()
    save_card(world, user)
    assert len(list_customers(world)) == 1
    assert len(dashboard(world).v1.checkout.sessions.list().data) == 1
    assert len(saved_cards(world, user)) == 1


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("fault", [Fault.BREAK_BEFORE, Fault.BREAK_AFTER])
def test_a_replayed_error_does_not_prevent_saving_a_card(
    world: World, fault: Fault, number: int
) -> None:
    user = world.user("buyer")
    world.payments.transport.faults.extend([Fault.NONE] * (number - 1) + [fault] * 3)
    if number == 2:
        with pytest.raises(PaymentsPaused):
            world.call(ADD_CARD, user)
    save_card(world, user)
    assert len(saved_cards(world, user)) == 1


def test_two_concurrent_customer_creations_agree_on_one(world: World) -> None:
    user = world.user("buyer")
    work = CardJobs(world.payments.gateway)

    def rival() -> None:
        change(
            world,
            "INSERT INTO customers (user_id, stripe_id, created_at) VALUES (:user, 'cus_first', 1)",
            user=user.user_id,
        )  # fmt: skip

    at_request(world, number=1, before=lambda: None, after=rival)
    setup = world.bus.write_now(lambda tx: service.begin(tx, user_id=user.user_id))
    with pytest.raises(stripe.RequestRefused, match="cus_first"):  # Stripe knows no such customer
        work.open_page(world.bus, setup.id)
    assert one(world, "SELECT stripe_id FROM customers") == "cus_first"


def test_two_requests_return_the_same_page(world: World) -> None:
    user, setup = begun(world)
    assert world.call(ADD_CARD, user) == setup
    assert len(dashboard(world).v1.checkout.sessions.list().data) == 1


def test_a_page_that_expires_soon_is_not_returned_again(world: World) -> None:
    user, setup = begun(world)
    world.clock.advance(31 * MINUTE)
    assert world.call(ADD_CARD, user).id != setup.id


def test_a_decline_on_the_page_saves_nothing_and_leaves_it_open(world: World) -> None:
    user, setup = begun(world)
    page = page_url(world, setup)
    assert type_card(world, page, DECLINED) == "declined"
    world.work()
    assert (again(world, user, setup).status, saved_cards(world, user)) == (
        CardSetupStatus.OPEN,
        (),
    )
    assert type_card(world, page) == "saved"
    world.work()
    assert len(saved_cards(world, user)) == 1


@pytest.mark.parametrize("number", [DECLINED_LATER, CHALLENGES_ALWAYS])
def test_a_card_that_fails_later_can_be_saved(world: World, number: str) -> None:
    assert save_card(world, world.user("buyer"), number).last4 == number[-4:]


def test_an_abandoned_page_expires_and_is_not_checked_again(world: World) -> None:
    user, setup = begun(world)
    page = page_url(world, setup)
    world.pass_time(20 * MINUTE)
    assert again(world, user, setup).status is CardSetupStatus.OPEN
    world.pass_time(26 * MINUTE)
    assert again(world, user, setup).status is CardSetupStatus.VOID
    assert type_card(world, page) == "expired"
    assert job_states(world)["card.setup"] == "done"
    assert world.visit("GET", setup.url).status == 410


def test_a_late_replay_creates_the_page_with_the_same_parameters(world: World) -> None:
    user = world.user("buyer")
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(ADD_CARD, user)
    world.pass_time(14 * MINUTE)
    (session,) = dashboard(world).v1.checkout.sessions.list().data
    assert session.expires_at == world.clock.now() // SECOND + 31 * 60
    assert world.call(ADD_CARD, user).status is CardSetupStatus.OPEN


def test_a_page_that_could_not_be_created_in_time_is_never_created(world: World) -> None:
    user = world.user("buyer")
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(ADD_CARD, user)
    with unreachable(world):
        world.pass_time(20 * MINUTE)
    world.pass_time(10 * MINUTE)
    assert rows(world, "SELECT status FROM card_setups") == [("void",)]
    assert dashboard(world).v1.checkout.sessions.list().data == []


def test_the_link_creates_the_page_if_needed(world: World) -> None:
    user = world.user("buyer")
    with unreachable(world), pytest.raises(PaymentsPaused):
        world.call(ADD_CARD, user)
    code = one(world, "SELECT code FROM card_setups")
    with unreachable(world):
        assert world.visit("GET", f"http://shop.test/c/{code}").status == 503
    assert world.visit("GET", f"http://shop.test/c/{code}").status == 303


def test_an_unknown_link_is_not_found(world: World) -> None:
    assert world.visit("GET", "http://shop.test/c/nothing0").status == 404


def test_a_setup_is_visible_to_its_user_only(world: World) -> None:
    _, setup = begun(world)
    with pytest.raises(CardSetupNotFound):
        world.call(VIEW_CARD_SETUP, world.user("other"), setup_id=setup.id)
    with pytest.raises(CardSetupNotFound):
        world.call(VIEW_CARD_SETUP, world.user("third"), setup_id="set_none0")


def test_a_session_of_the_other_mode_is_rejected(world: World) -> None:
    user, setup = begun(world)
    type_card(world, page_url(world, setup))
    world.payments.gateway.cards._live = True  # noqa: SLF001  as if our key were a live one
    world.work()
    assert saved_cards(world, user) == ()
    assert "AuthRejected" in one(world, "SELECT last_error FROM jobs WHERE kind = 'card.setup'")


def test_cards_are_listed_newest_first_a_page_at_a_time(world: World) -> None:
    user = world.user("buyer")
    numbers = ("4242424242424242", MASTERCARD, DECLINED_LATER)
    saved = []
    for number in numbers:
        saved.append(save_card(world, user, number))
        world.clock.advance(SECOND)
    first = world.call(LIST_CARDS, user, PageQuery(limit=2))
    rest = world.call(LIST_CARDS, user, PageQuery(limit=2, cursor=first.next))
    assert (*first.items, *rest.items) == tuple(reversed(saved))
    assert rest.next is None
    assert world.call(LIST_CARDS, world.user("other"), PageQuery()).items == ()


def test_repeated_events_save_no_second_card(world: World) -> None:
    user, setup = begun(world)
    events = hold_events(world)
    type_card(world, page_url(world, setup))
    world.sandbox.pump()
    for raw, signature in [*events, *events]:
        world.payments.receive(raw, signature)
    world.work()
    assert len(saved_cards(world, user)) == 1
    assert world.names().count("card.saved") == 1
    assert msgspec.json.encode(saved_cards(world, user)[0])
