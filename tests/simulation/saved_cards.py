"""Steps and scripts of buyers who save a card and pay with it."""

from __future__ import annotations

from contract.cards import ADD_CARD, REMOVE_CARD
from contract.payments import START_PAYMENT, StartPayment
from server.sandbox import hosted_page
from tests.simulation.shop import Shop
from tests.simulation.steps import call, newest_order, step
from tests.world import CARD

#: Can be saved, and is declined whenever it is charged.
FAILS_LATER = "4000000000000341"
#: Needs a challenge when it is saved and whenever it is charged.
ASKS_ALWAYS = "4000002760003184"

#: Name -> steps.
SCRIPTS: dict[str, str] = {
    "a saved card pays": "lock save-card charge jobs",
    "a saved card pays and webhooks arrive twice": "lock save-card charge webhooks-twice jobs poll",
    "the saved card is charged twice": "lock save-card charge charge jobs",
    "a saved card is declined, then a page pays":
        "lock save-declining-card charge jobs open-page card work",
    "a saved card needs a challenge, then a page pays":
        "lock save-asking-card charge webhooks open-page card work",
    "cancelled after the charge": "lock save-card charge cancel jobs",
    "cancelled before the charge is sent":
        "lock save-card gateway-down charge gateway-up cancel jobs minute",
    "charged just in time": "lock save-card before-deadline charge deadline expire jobs",
    "a page beside a saved card, both paid": "lock open-page save-card card charge webhooks jobs",
    "the card is removed after the charge": "lock save-card charge remove-card jobs",
    "the gateway is down when a saved card is charged":
        "lock save-card gateway-down charge deadline expire jobs gateway-up minute",
    "the hold of a saved card is released, then it is charged again":
        "lock save-card charge provider-cancels jobs charge jobs",
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
def charge(shop: Shop) -> None:
    call(
        shop, START_PAYMENT, 0, StartPayment(card_id=card_of(shop)), order_id=newest_order(shop, 0)
    )


@step
def remove_card(shop: Shop) -> None:
    call(shop, REMOVE_CARD, 0, card_id=card_of(shop))


def save(shop: Shop, number: str) -> None:
    """Enter a card on the page that saves it, and deliver the webhooks."""
    call(shop, ADD_CARD, 0)
    ((session,),) = shop.rows("SELECT session_id FROM card_setups ORDER BY id DESC LIMIT 1")
    form = {"card_number": number, "exp": "12/34", "cvc": "123"}
    if hosted_page.submit(shop.sandbox, session, form).state == "challenge":
        hosted_page.challenge(shop.sandbox, session, {"answer": "pass"})
    shop.sandbox.pump()
    shop.all_jobs()


def card_of(shop: Shop) -> str:
    """Return the id of the newest saved card, or an unknown id."""
    rows = shop.rows("SELECT id FROM cards WHERE removed_at IS NULL ORDER BY id DESC LIMIT 1")
    return str(rows[0][0]) if rows else "crd_none"
