"""Sample responses, for tests that need no server."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from contract.money import Money
from contract.orders import Order, OrderStatus
from contract.problems import Problem
from contract.shows import Category, Show
from contract.tickets import Ticket, TicketStatus

NOON = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
SHOW = Show(
    id="shw_1a", name="Mexico v South Korea", category=Category.SPORTS, venue="Estadio Akron",
    city="Zapopan", country="MX", starts_at=datetime.fromisoformat("2028-06-18T19:00:00-06:00"),
)  # fmt: skip
TICKET = Ticket(
    id="tkt_1a", show=SHOW, section="B118", row="C", seat="8",
    price=Money(amount=126_000, currency="MXN"), status=TicketStatus.AVAILABLE, version=3,
    seller_id="usr_1a", external_id=None, created_at=NOON, updated_at=NOON,
)  # fmt: skip
ORDER = Order(
    id="ord_1a", ticket_id="tkt_1a", buyer_id="usr_2b", status=OrderStatus.AWAITING_PAYMENT,
    reason=None, price=TICKET.price, expires_at=NOON, created_at=NOON, version=1,
    payment_url="http://127.0.0.1/p/7KQ2M9XD", fee=Money(amount=6_300, currency="MXN"),
    refunded=Money(amount=0, currency="MXN"), disputed=False, live=False,
)  # fmt: skip


def body(value: object) -> bytes:
    """Encode a response as the server does."""
    return msgspec.json.encode(value)


def refusal(problem: Problem) -> tuple[int, bytes]:
    """Return the status and body of a problem response."""
    return problem.status, body(problem.document())
