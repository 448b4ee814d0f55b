"""Cards: Stripe's published test numbers and nothing else."""

from __future__ import annotations

import pytest

from server.sandbox.cards import BY_FINGERPRINT, BY_NUMBER, CARDS, NAMED, SHOWN, passes_luhn
from tests.server.sandbox.merchant import Merchant

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
    merchant: Merchant, number: str, code: str | None, decline_code: str | None
) -> None:
    session = merchant.open()
    reply = merchant.submit_card(session.id, number, cvc="1234" if len(number) == 15 else "123")
    if reply.state == "challenge":
        reply = merchant.answer(session.id, "pass")
    intent = merchant.intent(session.id)
    if code is None:
        assert (reply.state, intent.status) == ("paid", "requires_capture")
        return
    assert (reply.state, intent.status) == ("declined", "requires_payment_method")
    refused = intent.last_payment_error
    assert refused is not None
    assert (refused.code, refused.to_dict().get("decline_code")) == (code, decline_code)
    assert reply.message.startswith(str(refused.message))


def test_the_expected_table_lists_every_card() -> None:
    assert [number for number, *_ in TABLE] == [card.number for card in CARDS]


def test_a_declined_charge_has_its_reason(merchant: Merchant) -> None:
    session = merchant.open()
    merchant.submit_card(session.id, "4100000000000019")
    charge = merchant.charge(merchant.intent(session.id))
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")
    assert charge.outcome is not None
    assert (charge.outcome.type, charge.outcome.reason) == ("blocked", "fraudulent")


def test_every_card_number_is_valid_and_unique() -> None:
    assert all(passes_luhn(card.number) for card in CARDS)
    assert len(BY_NUMBER) == len(BY_FINGERPRINT) == len(CARDS)
    assert {*SHOWN, *NAMED.values()} <= set(CARDS)


def test_a_wrong_digit_fails_the_checksum() -> None:
    assert not passes_luhn("4242424242424241")
