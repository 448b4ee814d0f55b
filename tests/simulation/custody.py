"""Random histories of one ticket: sold, resold, given, refunded, cancelled, scanned; in any order.

After every step the ticket has at most one code that opens the gate, and it is its owner's. Who the
owner is follows from the event log alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from contract.gate import Verdict
from contract.moderation import ADMIN_REISSUE
from contract.orders import CANCEL_ORDER, PLACE_ORDER, Order, PlaceOrder
from contract.problems import Problem
from contract.refunds import REFUND_ORDER, RefundedTicket, RefundOrder
from contract.shows import CANCEL_SHOW
from contract.tickets import WITHDRAW_TICKET, ReissueCode, Ticket, TicketStatus
from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    DECLINE_TRANSFER,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
)
from server.principal import Principal
from tests.clock import MINUTE
from tests.server.custody import relist, scan
from tests.server.rows import rows
from tests.world import World

PEOPLE = ("p0", "p1", "p2", "p3")
STEPS = 14
CODES = """
    SELECT code, owner_id, revoked_at, serial, reason FROM entry_codes WHERE ticket_id = :ticket
    ORDER BY serial"""
ISSUED = """
    SELECT body FROM events WHERE entity_id = :ticket AND type = 'ticket.code_issued'
    ORDER BY seq"""
REVOKED = """
    SELECT body FROM events WHERE entity_id = :ticket AND type = 'ticket.code_revoked'
    ORDER BY seq"""
CONFIRMING = "SELECT id FROM orders WHERE ticket_id = :ticket AND status = 'confirming'"
TICKET = "SELECT owner_id, status, inside FROM tickets WHERE id = :ticket"


@dataclass
class CustodyHistory:
    """One ticket and the people who pass it on; `log` is what they did."""

    world: World
    operator: Principal
    people: dict[str, Principal]
    rng: random.Random
    ticket: Ticket
    orders: list[tuple[str, Order]] = field(default_factory=list)
    transfers: list[tuple[str, str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def play(self) -> None:
        """Take random steps, and check after each."""
        for _ in range(STEPS):
            name = self.rng.choice(MOVES)
            try:
                ACTIONS[name](self)
            except Problem as problem:
                self.log.append(f"{name}: {problem.code}")
                self.counts["refused"] += 1
            else:
                self.log.append(name)
                self.counts[name] += 1
            # Sometimes the process ends here, and what was to follow has to wait.
            if self.rng.random() < 0.8:
                self.world.work()
            self.check()
        self.world.work()
        self.check()
        # A sale that broke would be tried again for ever.
        assert not rows(self.world, CONFIRMING, ticket=self.ticket.id), self.log

    def check(self) -> None:
        """Check who owns the ticket and which codes are valid."""
        ((owner, status, _),) = rows(self.world, TICKET, ticket=self.ticket.id)
        codes = rows(self.world, CODES, ticket=self.ticket.id)
        valid = [row for row in codes if row[2] is None]
        assert len(valid) <= 1, self.log
        assert all(row[1] == owner for row in valid), self.log
        assert not valid or status != TicketStatus.WITHDRAWN, self.log
        events = rows(self.world, ISSUED, ticket=self.ticket.id)
        issued = [msgspec.json.decode(row[0])["owner_id"] for row in events]
        assert [row[1] for row in codes] == issued, self.log
        events = rows(self.world, REVOKED, ticket=self.ticket.id)
        revoked = [msgspec.json.decode(row[0]) for row in events]
        assert [(row[3], row[4]) for row in codes if row[2] is not None] == [
            (event["serial"], event["reason"]) for event in revoked
        ], self.log
        if status != TicketStatus.WITHDRAWN:
            assert owner == (issued[-1] if issued else self.ticket.seller_id), self.log

    def anyone(self) -> str:
        return self.rng.choice(PEOPLE)

    def lock(self) -> None:
        name = self.anyone()
        body = PlaceOrder(ticket_id=self.ticket.id)
        self.orders.append((name, self.world.call(PLACE_ORDER, self.people[name], body)))

    def buy(self) -> None:
        self.lock()
        self.world.pay(self.orders[-1][1])

    def pay(self) -> None:
        for _, order in self.orders[-1:]:
            try:
                self.world.pay(order)
            except KeyError:  # the page says that the order is over
                self.counts["too late"] += 1

    def cancel(self) -> None:
        for name, order in self.orders[-1:]:
            self.world.call(CANCEL_ORDER, self.people[name], order_id=order.id)

    def expire(self) -> None:
        self.world.pass_time(16 * MINUTE)

    def relist(self) -> None:
        relist(self.world, self.owner(), self.ticket, 4000 + self.rng.randrange(3000))

    def take_back(self) -> None:
        self.world.call(WITHDRAW_TICKET, self.owner(), ticket_id=self.ticket.id)

    def offer(self) -> None:
        to = self.anyone()
        body = OfferTransfer(to=f"{to}@example.org", lifetime=self.rng.choice((60, 86400)))
        giver = self.owner_name()
        made = self.world.call(OFFER_TRANSFER, self.people[giver], body, ticket_id=self.ticket.id)
        self.transfers.append((giver, to, made.transfer.id))

    def accept(self) -> None:
        for _, to, transfer_id in self.transfers[-1:]:
            body = AcceptTransfer()
            self.world.call(ACCEPT_TRANSFER, self.people[to], body, transfer_id=transfer_id)

    def decline(self) -> None:
        for _, to, transfer_id in self.transfers[-1:]:
            self.world.call(DECLINE_TRANSFER, self.people[to], transfer_id=transfer_id)

    def take_offer_back(self) -> None:
        for giver, _, transfer_id in self.transfers[-1:]:
            self.world.call(CANCEL_TRANSFER, self.people[giver], transfer_id=transfer_id)

    def refund(self) -> None:
        if self.orders:
            _, order = self.rng.choice(self.orders)
            amount = self.rng.choice((None, None, 500))
            body = RefundOrder(ticket=self.rng.choice([*RefundedTicket]), amount=amount)
            self.world.call(REFUND_ORDER, self.operator, body, order_id=order.id)

    def cancel_show(self) -> None:
        self.world.call(CANCEL_SHOW, self.operator, show_id=self.ticket.show.id)

    def reissue(self) -> None:
        """Replace the code: the owner and the ticket are the same, and one code more is void."""
        ((*before, _),) = rows(self.world, TICKET, ticket=self.ticket.id)
        body = ReissueCode(reason="seen by others")
        self.world.call(ADMIN_REISSUE, self.operator, body, ticket_id=self.ticket.id)
        ((*after, _),) = rows(self.world, TICKET, ticket=self.ticket.id)
        *_, old, new = rows(self.world, CODES, ticket=self.ticket.id)
        assert (before, old[4], new[2]) == (after, "reissued", None), self.log

    def scan(self) -> None:
        """Scan any code there ever was: only the valid one may be admitted, and only once."""
        codes = rows(self.world, CODES, ticket=self.ticket.id)
        if codes:
            ((_, status, inside),) = rows(self.world, TICKET, ticket=self.ticket.id)
            code, _, revoked_at, *_ = self.rng.choice(codes)
            made = scan(self.world, self.ticket, code)
            may_enter = revoked_at is None and not inside and status != TicketStatus.LOCKED
            cancelled = self.world.ticket(self.ticket).show.cancelled
            assert (made.verdict is Verdict.ADMITTED) == (may_enter and not cancelled), self.log

    def owner_name(self) -> str:
        """Return the name of the owner, or of anybody while the seller has the ticket."""
        ((owner, _, _),) = rows(self.world, TICKET, ticket=self.ticket.id)
        known = {principal.user_id: name for name, principal in self.people.items()}
        return known.get(owner) or self.anyone()

    def owner(self) -> Principal:
        return self.people[self.owner_name()]


ACTIONS: dict[str, Callable[[CustodyHistory], None]] = {
    "lock": CustodyHistory.lock,
    "buy": CustodyHistory.buy,
    "pay": CustodyHistory.pay,
    "cancel": CustodyHistory.cancel,
    "expire": CustodyHistory.expire,
    "relist": CustodyHistory.relist,
    "take_back": CustodyHistory.take_back,
    "offer": CustodyHistory.offer,
    "accept": CustodyHistory.accept,
    "decline": CustodyHistory.decline,
    "take_offer_back": CustodyHistory.take_offer_back,
    "refund": CustodyHistory.refund,
    "cancel_show": CustodyHistory.cancel_show,
    "reissue": CustodyHistory.reissue,
    "scan": CustodyHistory.scan,
}
#: What happens often in a market happens often here.
WEIGHTS = {"buy": 5, "relist": 5, "scan": 4, "offer": 3, "accept": 3, "refund": 2, "lock": 2}
MOVES = [name for name in ACTIONS for _ in range(WEIGHTS.get(name, 1))]


class CustodyMarket:
    """A market for many histories: an operator, a seller, and people who trade."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.operator = world.user("operator", admin=True)
        self.seller = world.user("seller")
        self.people = {name: world.user(name) for name in PEOPLE}

    def play(self, seed: int) -> Counter[str]:
        """Play one history of a new ticket; return what was done how often."""
        ticket = self.world.list_ticket(self.seller, show=f"Show {seed}")
        history = CustodyHistory(
            self.world, self.operator, self.people, random.Random(seed), ticket
        )
        history.play()
        return history.counts
