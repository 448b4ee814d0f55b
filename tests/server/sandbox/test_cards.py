"""Cards: the table of `payments.md` section 8, and nothing but test numbers."""

from __future__ import annotations

import pytest

from server.sandbox.cards import BY_FINGERPRINT, BY_NUMBER, CARDS, NAMED, SHOWN, luhn
from tests.server.sandbox.till import Till

#: number, code, decline_code; None where it pays, perhaps after a challenge.
TABLE = [
    ("4242424242424242", None, None),
    ("5555555555554444", None, None),
    ("378282246310005", None, None),
    ("4000000000000002", "card_declined", "generic_decline"),
    ("4000000000009995", "card_declined", "insufficient_funds"),
    ("4000000000009987", "card_declined", "lost_card"),
    ("4000000000009979", "card_declined", "stolen_card"),
    ("4000000000000069", "expired_card", None),
    ("4000000000000127", "incorrect_cvc", None),
    ("4000000000000119", "processing_error", None),
    ("4000000000000341", "card_declined", "generic_decline"),
    ("4100000000000019", "card_declined", "fraudulent"),
    ("4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("4000000000003220", None, None),
    ("4000002760003184", None, None),
    ("4000002500003155", None, None),
    ("4000008400001629", "card_declined", "generic_decline"),
    ("4000008260003178", "card_declined", "insufficient_funds"),
    ("4000000000005126", None, None),
    ("4000000000007726", None, None),
    ("4000000000000259", None, None),
    ("4000000000002685", None, None),
]


@pytest.mark.parametrize(("number", "code", "decline_code"), TABLE)
def test_each_card_does_what_stripe_says_it_does(
    till: Till, number: str, code: str | None, decline_code: str | None
) -> None:
    session = till.open()
    reply = till.type_in(session.id, number, cvc="1234" if len(number) == 15 else "123")
    if reply.state == "challenge":
        reply = till.answer(session.id, "pass")
    intent = till.intent(session.id)
    if code is None:
        assert (reply.state, intent.status) == ("paid", "requires_capture")
        return
    assert (reply.state, intent.status) == ("declined", "requires_payment_method")
    refused = intent.last_payment_error
    assert refused is not None
    assert (refused.code, refused.to_dict().get("decline_code")) == (code, decline_code)
    assert reply.message.startswith(str(refused.message))


def test_the_table_and_the_cards_are_the_same() -> None:
    assert [number for number, *_ in TABLE] == [card.number for card in CARDS]


def test_a_declined_charge_says_why(till: Till) -> None:
    session = till.open()
    till.type_in(session.id, "4100000000000019")
    charge = till.charge(till.intent(session.id))
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")
    assert charge.outcome is not None
    assert (charge.outcome.type, charge.outcome.reason) == ("blocked", "fraudulent")


def test_every_card_passes_the_checksum_and_can_be_told_apart() -> None:
    assert all(luhn(card.number) for card in CARDS)
    assert len(BY_NUMBER) == len(BY_FINGERPRINT) == len(CARDS)
    assert {*SHOWN, *NAMED.values()} <= set(CARDS)


def test_a_wrong_digit_fails_the_checksum() -> None:
    assert not luhn("4242424242424241")
