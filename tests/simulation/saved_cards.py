"""Steps and scripts of those who save a card and pay with it."""

from __future__ import annotations

from contract.cards import ADD_CARD, REMOVE_CARD
from contract.payments import START_PAYMENT, StartPayment
from server.sandbox import hosted_page
from tests.simulation.shop import Shop
from tests.simulation.steps import call, newest_order, step
from tests.world import CARD

#: Saved like any other, and declined whenever it is charged.
FAILS_LATER = "4000000000000341"
#: Its bank asks whenever it is charged, and when it is saved.
ASKS_ALWAYS = "4000002760003184"

#: What the story is about -> its steps.
SCRIPTS: dict[str, str] = {
    "a saved card pays": "lock save-card press jobs",
    "a saved card pays and letters come twice": "lock save-card press letters-twice jobs poll",
    "the button is pressed twice": "lock save-card press press jobs",
    "a saved card is declined, and a page pays":
        "lock save-declining-card press jobs open-page card work",
    "the bank asks, and a page pays": "lock save-asking-card press letters open-page card work",
    "cancelled after the press": "lock save-card press cancel jobs",
    "cancelled before the press arrived": "lock save-card away press back cancel jobs minute",
    "pressed just in time": "lock save-card almost press deadline alarm jobs",
    "a page beside a saved card, both paid": "lock open-page save-card card press letters jobs",
    "the card is removed after the press": "lock save-card press remove-card jobs",
    "the gateway is away when a saved card is charged":
        "lock save-card away press deadline alarm jobs back minute",
    "the hold of a saved card dies, and it is pressed again":
        "lock save-card press bank-cancels jobs press jobs",
}  # fmt: skip


@step
def save_card(shop: Shop) -> None:
    save(shop, CARD)


@step
def save_declining_card(shop: Shop) -> None:
    save(shop, FAILS_LATER)


@step
def save_asking_card(shop: Shop) -> None:
    save(shop, ASKS_ALWAYS)


@step
def press(shop: Shop) -> None:
    call(
        shop, START_PAYMENT, 0, StartPayment(card_id=card_of(shop)), order_id=newest_order(shop, 0)
    )


@step
def remove_card(shop: Shop) -> None:
    call(shop, REMOVE_CARD, 0, card_id=card_of(shop))


def save(shop: Shop, number: str) -> None:
    """Type a card on the page that saves it, and let the house hear of it."""
    call(shop, ADD_CARD, 0)
    ((session,),) = shop.rows("SELECT session_id FROM card_setups ORDER BY id DESC LIMIT 1")
    form = {"card_number": number, "exp": "12/34", "cvc": "123"}
    if hosted_page.submit(shop.sandbox, session, form).state == "challenge":
        hosted_page.challenge(shop.sandbox, session, {"answer": "pass"})
    shop.sandbox.pump()
    shop.all_jobs()


def card_of(shop: Shop) -> str:
    """Return the id of the newest card that is saved, or one that there is not."""
    rows = shop.rows("SELECT id FROM cards WHERE removed_at IS NULL ORDER BY id DESC LIMIT 1")
    return str(rows[0][0]) if rows else "crd_none"
