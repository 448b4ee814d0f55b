"""What a buyer keeps of a show that was changed says what it was before."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from client.calendar import to_ics
from client.formatting import venue_time
from client.receipts import content
from contract.receipts import Receipt
from contract.shows import ShowBefore
from tests.samples import NOON, ORDER, SHOW, TICKET

LATER = SHOW.starts_at + timedelta(days=60)
POSTPONED = replace(SHOW, starts_at=LATER, before=ShowBefore(starts_at=SHOW.starts_at))
RECEIPT = Receipt(
    order_id=ORDER.id, ticket=TICKET, buyer_email="ana@example.org", seller_id="usr_1a",
    price=TICKET.price, fee=replace(TICKET.price, amount=0), paid_at=NOON, card=None, refunds=(),
    live=True,
)  # fmt: skip
CHANGED = replace(RECEIPT, ticket=replace(TICKET, show=POSTPONED))


def test_a_receipt_shows_the_old_and_the_new_start() -> None:
    assert content.starts(CHANGED) == venue_time(LATER)
    assert ("Before", venue_time(SHOW.starts_at)) in content.identities(CHANGED)
    assert "Before" not in dict(content.identities(RECEIPT))


def test_a_calendar_entry_says_what_changed_and_replaces_the_earlier_one() -> None:
    earlier, now = (to_ics(each, NOON).decode() for each in (RECEIPT, CHANGED))
    unfolded = now.replace("\r\n ", "").replace("\\,", ",")
    assert f"before: {venue_time(SHOW.starts_at)}" in unfolded
    assert ("SEQUENCE:0" in earlier, "SEQUENCE:1" in now) == (True, True)
