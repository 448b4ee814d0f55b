"""Random histories of one ticket: sold, resold, given, returned, disputed, scanned; in any order.

Half of the tickets were issued by an organiser, the other half were brought by their seller.

After every step the ticket has at most one code that opens the gate, and it is its owner's. Who the
owner is follows from the event log alone.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import text

from contract.auth import BAN_USER, Ban
from contract.gate import Verdict
from contract.moderation import ADMIN_REISSUE
from contract.orders import CANCEL_ORDER, PLACE_ORDER, Order, PlaceOrder
from contract.policies import SetPolicy
from contract.problems import Problem
from contract.refunds import REFUND_ORDER, RETURN_ORDER, RefundedTicket, RefundOrder
from contract.shows import CANCEL_SHOW, CREATE_SHOW, EDIT_SHOW, SET_POLICY, EditShow
from contract.tickets import WITHDRAW_TICKET, ReissueCode, Ticket, TicketStatus
from contract.transfers import (
    ACCEPT_TRANSFER,
    CANCEL_TRANSFER,
    DECLINE_TRANSFER,
    OFFER_TRANSFER,
    AcceptTransfer,
    OfferTransfer,
)
from db.statement import Row, Statement
from db.types import from_us
from server.principal import Principal
from server.sandbox.disputes import DECIDES_AFTER
from tests.clock import MINUTE, SECOND
from tests.places import local
from tests.server.custody import relist, scan
from tests.server.organisers.people import approved
from tests.server.organisers.shows import DETAILS, issue, on_sale
from tests.server.payments.failures import DISPUTED
from tests.server.payments.purchase import dashboard
from tests.server.rows import rows
from tests.world import World

PEOPLE = ("p0", "p1", "p2", "p3")
STEPS = 14
# Compiled once: they are read after each step.
CODES = Statement(
    text("""
    SELECT code, owner_id, revoked_at, serial, reason FROM entry_codes WHERE ticket_id = :ticket
    ORDER BY serial""")
)
CHANGES = Statement(
    text("""
    SELECT type, body FROM events WHERE entity_id = :ticket
    AND type IN ('ticket.code_issued', 'ticket.code_revoked') ORDER BY seq""")
)
CONFIRMING = "SELECT id FROM orders WHERE ticket_id = :ticket AND status = 'confirming'"
TICKET = Statement(text("SELECT owner_id, status, inside FROM tickets WHERE id = :ticket"))


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
    banned: str = ""
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
        if self.banned:
            self.ban()
        self.world.work()
        self.check()
        # A sale that broke would be tried again for ever.
        assert not rows(self.world, CONFIRMING, ticket=self.ticket.id), self.log

    def check(self) -> None:
        """Check who owns the ticket and which codes are valid."""
        ((owner, status, _),), codes, changes = self.read(TICKET, CODES, CHANGES)
        valid = [row for row in codes if row[2] is None]
        assert len(valid) <= 1, self.log
        assert all(row[1] == owner for row in valid), self.log
        assert not valid or status != TicketStatus.WITHDRAWN, self.log
        said = [(row[0], msgspec.json.decode(row[1])) for row in changes]
        issued = [body["owner_id"] for kind, body in said if kind == "ticket.code_issued"]
        assert [row[1] for row in codes] == issued, self.log
        revoked = [body for kind, body in said if kind == "ticket.code_revoked"]
        assert [(row[3], row[4]) for row in codes if row[2] is not None] == [
            (event["serial"], event["reason"]) for event in revoked
        ], self.log
        if status != TicketStatus.WITHDRAWN:
            assert owner == (issued[-1] if issued else self.ticket.seller_id), self.log

    def read(self, *queries: Statement) -> list[list[Row]]:
        """Return the rows of each query about the ticket, read at once."""
        return self.world.bus.read_now(
            lambda tx: [tx.all(query, ticket=self.ticket.id) for query in queries]
        )

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

    def return_ticket(self) -> None:
        for name, order in self.orders[-1:]:
            self.world.call(RETURN_ORDER, self.people[name], order_id=order.id)
            self.counts["returned"] += 1

    def postpone(self) -> None:
        show = self.world.ticket(self.ticket).show
        body = EditShow(starts_at=show.starts_at + timedelta(days=1))
        self.world.call(EDIT_SHOW, self.operator, body, show_id=show.id)

    def dispute(self) -> None:
        """Buy with a card whose bank takes the money back."""
        self.lock()
        self.world.pay(self.orders[-1][1], DISPUTED)

    def decide(self) -> None:
        """Let the bank decide a dispute."""
        disputes = dashboard(self.world).v1.disputes
        for found in disputes.list({"limit": 10}).data:
            if found.status == "needs_response":
                said = self.rng.choice(("winning_evidence", "losing_evidence"))
                evidence: Any = {"evidence": {"uncategorized_text": said}}
                disputes.update(found.id, evidence)
                self.counts[said] += 1
        self.world.pass_time(DECIDES_AFTER * SECOND)

    def ban(self) -> None:
        """Ban the owner, or who was banned no longer."""
        user_id = self.banned or self.owner().user_id
        self.world.call(BAN_USER, self.operator, Ban(banned=not self.banned), user_id=user_id)
        self.banned = "" if self.banned else user_id

    def reissue(self) -> None:
        """Replace the code: the owner and the ticket are the same, and one code more is void."""
        (((*before, _),),) = self.read(TICKET)
        body = ReissueCode(reason="seen by others")
        self.world.call(ADMIN_REISSUE, self.operator, body, ticket_id=self.ticket.id)
        ((*after, _),), (*_, old, new) = self.read(TICKET, CODES)
        assert (before, old[4], new[2]) == (after, "reissued", None), self.log

    def scan(self) -> None:
        """Scan any code there ever was: only the valid one may be admitted, and only once."""
        ((_, status, inside),), codes = self.read(TICKET, CODES)
        if codes:
            code, _, revoked_at, *_ = self.rng.choice(codes)
            made = scan(self.world, self.ticket, code)
            may_enter = revoked_at is None and not inside and status != TicketStatus.LOCKED
            cancelled = self.world.ticket(self.ticket).show.cancelled
            assert (made.verdict is Verdict.ADMITTED) == (may_enter and not cancelled), self.log

    def owner_name(self) -> str:
        """Return the name of the owner, or of anybody while the seller has the ticket."""
        (((owner, _, _),),) = self.read(TICKET)
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
    "return": CustodyHistory.return_ticket,
    "dispute": CustodyHistory.dispute,
    "decide": CustodyHistory.decide,
    "ban": CustodyHistory.ban,
    "postpone": CustodyHistory.postpone,
    "cancel_show": CustodyHistory.cancel_show,
    "reissue": CustodyHistory.reissue,
    "scan": CustodyHistory.scan,
}
#: What happens often in a market happens often here.
WEIGHTS = {"buy": 5, "relist": 5, "scan": 4, "offer": 3, "accept": 3, "refund": 2, "lock": 2,
           "return": 2, "postpone": 2}  # fmt: skip
MOVES = [name for name in ACTIONS for _ in range(WEIGHTS.get(name, 1))]


class CustodyMarket:
    """A market for many histories: an operator, a seller, and people who trade."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.operator = world.user("operator", admin=True)
        self.seller = world.user("seller")
        self.people = {name: world.user(name) for name in PEOPLE}
        self.organiser = approved(world, self.seller)

    def play(self, seed: int) -> Counter[str]:
        """Play one history of a new ticket; return what was done how often."""
        ticket = self.issued(seed) if seed % 2 else self.imported(seed)
        history = CustodyHistory(
            self.world, self.operator, self.people, random.Random(seed), ticket
        )
        history.play()
        return history.counts

    def imported(self, seed: int) -> Ticket:
        return self.world.list_ticket(self.seller, show=f"Show {seed}")

    def issued(self, seed: int) -> Ticket:
        """Issue the only ticket of a new official show, which takes tickets back."""
        starts_at = local(from_us(self.world.clock.now()) + timedelta(days=30), "CW")
        details = msgspec.structs.replace(DETAILS, name=f"Show {seed}", starts_at=starts_at)
        show = self.world.call(CREATE_SHOW, self.seller, details, organiser_id=self.organiser.id)
        self.world.call(SET_POLICY, self.seller, SetPolicy(refund_until=starts_at), show_id=show.id)
        issue(self.world, self.seller, show, seats=1)
        (ticket,) = on_sale(self.world, show)
        return ticket
