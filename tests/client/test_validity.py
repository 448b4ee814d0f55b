"""Validity: what a ticket in a wallet or on a receipt is worth."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from client.validity import entry_code, open_offers, wallet_state, why_void
from contract.orders import WalletTicket
from contract.receipts import Receipt
from contract.refunds import Refund, RefundedTicket, RefundReason, RefundStatus
from contract.tickets import TicketStatus
from contract.transfers import Transfer, TransferStatus
from tests.samples import NOON, ORDER, SHOW, TICKET

SOLD = replace(TICKET, status=TicketStatus.SOLD)
OWNED = WalletTicket(
    ticket=SOLD, order_id=ORDER.id, code="7KQ2M9XDB4HT6WRC", barcode=None, bought_at=NOON,
    refunded=False, live=False, paid=TICKET.price,
)  # fmt: skip
OFFER = Transfer(
    id="trf_1a", ticket=SOLD, from_id="usr_1a", to="ana@example.org",
    status=TransferStatus.OFFERED, version=1, created_at=NOON,
    expires_at=NOON + timedelta(days=7), ended_at=None,
)  # fmt: skip


def test_a_ticket_with_a_code_is_valid_even_if_its_money_went_back() -> None:
    assert wallet_state(OWNED) == "valid"
    assert wallet_state(replace(OWNED, refunded=True)) == "valid"
    assert entry_code(OWNED) == OWNED.code


def test_a_ticket_without_a_code_is_void_and_says_why() -> None:
    revoked = replace(OWNED, code=None)
    assert wallet_state(replace(revoked, refunded=True)) == "void: refunded"
    assert wallet_state(revoked) == "void: disputed"
    assert entry_code(revoked) == ""


def test_a_cancelled_show_makes_every_ticket_void() -> None:
    off = replace(OWNED, ticket=replace(SOLD, show=replace(SHOW, cancelled=True)))
    assert wallet_state(off, OFFER) == "void: show cancelled"
    assert entry_code(off) == ""
    assert why_void(replace(off, code=None, refunded=True)) == "show cancelled, refunded"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (TicketStatus.AVAILABLE, "on sale at MXN 1,260.00"),
        (TicketStatus.LOCKED, "being sold at MXN 1,260.00"),
    ],
)
def test_a_ticket_on_sale_says_so_with_its_price(status: TicketStatus, words: str) -> None:
    assert wallet_state(replace(OWNED, ticket=replace(TICKET, status=status))) == words


def test_an_offered_ticket_says_to_whom_and_until_when() -> None:
    assert wallet_state(OWNED, OFFER).startswith("offered to ana@example.org until ")


def test_only_open_offers_count() -> None:
    over = replace(OFFER, id="trf_2b", status=TransferStatus.DECLINED)
    assert open_offers([OFFER, over]) == {SOLD.id: OFFER}
    assert open_offers([over]) == {}


@pytest.mark.parametrize(
    ("ticket", "why"),
    [
        (RefundedTicket.VOID, "refunded"),
        (RefundedTicket.RETURN, "refunded"),
        (RefundedTicket.KEEP, ""),
    ],
)
def test_a_receipt_is_void_unless_only_the_money_went_back(
    ticket: RefundedTicket, why: str
) -> None:
    refund = Refund(
        id="ref_1a", payment_id="pay_1a", order_id=ORDER.id, amount=TICKET.price,
        reason=RefundReason.OPERATOR, status=RefundStatus.DONE, live=False, created_at=NOON,
        ticket=ticket,
    )  # fmt: skip
    receipt = Receipt(
        order_id=ORDER.id, buyer_email="ana@example.org", seller_id="usr_1a", ticket=SOLD,
        price=TICKET.price, fee=ORDER.fee, card=None, paid_at=NOON, refunds=(refund,), live=False,
    )  # fmt: skip
    assert why_void(receipt) == why


def test_a_cancelled_show_alone_is_no_dispute() -> None:
    off = replace(OWNED, code=None, ticket=replace(SOLD, show=replace(SHOW, cancelled=True)))
    assert why_void(off) == "show cancelled"
