"""The audit of the event log: its events lead to the rows as they are.

Versions run 1, 2, 3 without a gap, and the newest event about a row says what the row says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import text

from contract import ledger, orders, organisers, payments, policies, shows, tickets, transfers
from contract.base import Event
from contract.feed import AnyEvent
from db.statement import Connection, Row, Statement
from db.types import to_us

GAP: Final = "a version is missing from the event log"
DIFFERS: Final = "the event log does not lead to the current state"
UNREADABLE: Final = "an event contradicts itself"
LOG_RULES: Final = (GAP, DIFFERS, UNREADABLE)

_EVENTS = Statement(
    text(
        "SELECT id, type, entity_id, version, order_id, audience, body FROM events "
        "ORDER BY entity_id, version, seq"
    )
)
_decode = msgspec.json.Decoder(AnyEvent).decode
_OUTCOMES: Mapping[type[Event], str] = {
    payments.PaymentDisputed: "open",
    payments.PaymentDisputeWon: "won",
    payments.PaymentDisputeLost: "lost",
}
_Show = Callable[[str], str]


def _about_show(event: Any, _: _Show) -> Row:  # noqa: ANN401  events have no common fields
    """Return what an event says about a show; merging, cancelling and its policy leave these."""
    if isinstance(event, shows.ShowMerged | shows.ShowCancelled | policies.ShowPolicyChanged):
        return ()
    return (event.title, event.category, event.venue, event.city, event.country,
            to_us(event.starts_at))  # fmt: skip


def _about_organiser(event: Any, _: _Show) -> Row:  # noqa: ANN401  as above
    """Return what an event says about an organiser; one about a member says nothing of it."""
    if isinstance(event, organisers.OrganiserMemberAdded | organisers.OrganiserMemberRemoved):
        return ()
    return event.status, event.title, event.owner_id


#: By the noun of an event with a version: the values that its row must have. The second argument
#: returns the show into which a show was merged.
_VALUES: Mapping[str, Callable[[Any, _Show], Row]] = {
    "ticket": lambda e, show: (
        e.status, e.seller_id, e.section, e.row, e.seat, e.price.amount, e.price.currency,
        e.order_id, show(e.show_id),
    ),
    "order": lambda e, _: (
        e.status, e.ticket_id, e.buyer_id, e.price.amount, e.price.currency, to_us(e.expires_at),
        getattr(e, "reason", None),
    ),
    "payment": lambda e, _: (
        e.status, e.order_id, e.buyer_id, e.amount.amount, e.amount.currency,
    ),
    "account": lambda e, _: (e.status, e.role),
    "payout": lambda e, _: (
        e.status, e.seller_id, e.amount.amount, e.amount.currency, e.batch_id, e.reason,
    ),
    "admission": lambda e, show: (
        e.status, e.ticket_id, e.order_id, e.buyer_id, e.gate, to_us(e.admitted_at),
        show(e.show_id), getattr(e, "left_gate", None),
    ),
    "transfer": lambda e, _: (e.status, e.ticket_id),
    "card": lambda e, _: (int(e.name == "card.removed"), e.user_id, e.brand, e.last4),
    "attention": lambda e, _: (int(e.name == "attention.closed"), e.kind, e.subject, e.order_id),
    "show": _about_show,
    "organiser": _about_organiser,
}  # fmt: skip


@dataclass
class _Log:
    """What the log says, by id; `said` has the version and the values of each versioned row."""

    merged: Mapping[str, str]
    said: dict[str, tuple[int, Row]] = field(default_factory=dict)
    withdrawn: dict[str, str] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    codes: dict[tuple[str, int], Row] = field(default_factory=dict)
    refunds: dict[str, Row] = field(default_factory=dict)
    disputes: dict[str, Row] = field(default_factory=dict)
    organisers: dict[str, str | None] = field(default_factory=dict)
    accounts: dict[str, str | None] = field(default_factory=dict)
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    reports: dict[str, Row] = field(default_factory=dict)
    zones: dict[str, str | None] = field(default_factory=dict)
    windows: dict[str, Row] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    policies: dict[str, policies.ShowPolicy] = field(default_factory=dict)
    into: dict[str, str] = field(default_factory=dict)
    givers: dict[str, str | None] = field(default_factory=dict)
    recipients: dict[str, str | None] = field(default_factory=dict)

    def show(self, show_id: str) -> str:
        """Return the show that this one is now."""
        return self.merged.get(show_id, show_id)

    def take_report(self, event: Any) -> None:  # noqa: ANN401  as above
        """Keep what an event says about a report."""
        match event:
            case orders.OrderReported():
                self.reports[event.id] = (event.problem, "open", None)
            case orders.OrderReportResolved():
                self.reports[event.id] = (event.problem, event.status, event.note)

    def take_show(self, event: Any) -> None:  # noqa: ANN401  as above
        """Keep what an event says about a show besides its details."""
        match event:
            case shows.ShowCreated():
                self.zones[event.id] = event.timezone
                self.organisers[event.id] = event.organiser_id
            case shows.ShowUpdated():
                self.zones[event.id] = event.timezone
                window = (event.doors_open_at, event.entry_closes_at, event.refund_until)
                self.windows[event.id] = tuple(None if at is None else to_us(at) for at in window)
            case shows.ShowCancelled():
                self.cancelled.add(event.id)
            case policies.ShowPolicyChanged():
                self.policies[event.id] = event.policy
            case shows.ShowMerged():
                self.into[event.id] = event.into_id

    def take_transfer(self, event: Any) -> None:  # noqa: ANN401  as above
        """Keep whom a transfer is between: an event says the other of the two."""
        match event:
            case transfers.TransferCreated():
                self.recipients[event.id] = event.user_id
            case transfers.TransferAccepted():
                self.givers[event.id] = event.user_id
            case transfers.TransferEnded() if event.status != "cancelled":
                self.givers[event.id] = event.user_id

    def take_member(self, event: Any) -> None:  # noqa: ANN401  as above
        """Keep what an event says about the members of an organiser."""
        match event:
            case organisers.OrganiserCreated():
                self.members[event.id, event.owner_id] = organisers.MemberRole.MANAGER
            case organisers.OrganiserMemberAdded():
                self.members[event.id, event.user_id] = event.role
            case organisers.OrganiserMemberRemoved():
                self.members.pop((event.id, event.user_id), None)

    def take(self, event: Any) -> None:  # noqa: ANN401  as above
        """Keep what an event says about rows that have no versions."""
        match event:
            case tickets.TicketWithdrawn(reason=reason) if reason is not None:
                self.withdrawn[event.id] = reason
            case tickets.TicketCreated() | tickets.TicketUpdated():
                self.withdrawn.pop(event.id, None)
            case policies.TicketSuspended():
                self.suspended.add(event.id)
            case tickets.TicketCodeIssued():
                self.codes[event.id, event.serial] = (event.owner_id, event.order_id, None)
            case tickets.TicketCodeRevoked():
                self.codes[event.id, event.serial] = (event.owner_id, event.order_id, event.reason)
            case ledger.PayoutAccountSet():
                self.accounts[event.id] = event.account
            case _ if event.version and hasattr(event, "refund_id"):
                self.refunds[event.refund_id] = (event.id, event.refunded.amount, event.reason)
            case _ if event.version and hasattr(event, "dispute_id"):
                self.disputes[event.dispute_id] = (event.id, _OUTCOMES[type(event)])


#: By the noun of an event: what it says besides the values of its row.
_TAKERS: Mapping[str, Callable[[_Log, Any], None]] = {
    "ticket": _Log.take,
    "payment": _Log.take,
    "payout": _Log.take,
    "show": _Log.take_show,
    "transfer": _Log.take_transfer,
    "organiser": _Log.take_member,
    "order": _Log.take_report,
}


@dataclass(frozen=True)
class _Table:
    """Rows that events lead to: each begins with its id, its version and the values.

    Some of the rows of an `old` table are older than their events.
    """

    sql: str
    old: bool = False


_TABLES = {
    "tkt_": _Table("""
        SELECT id, version, status, seller_id, section, "row", seat, price_amount, price_currency,
               order_id, show_id FROM tickets"""),
    "ord_": _Table("""
        SELECT id, version, status, ticket_id, buyer_id, price_amount, price_currency, expires_at,
               reason FROM orders"""),
    "pay_": _Table(
        "SELECT id, version, status, order_id, buyer_id, amount, currency FROM payments"
    ),
    "usr_": _Table("SELECT id, version, status, role FROM accounts"),
    "out_": _Table("""
        SELECT id, version, status, seller_id, amount, currency, batch_id, reason FROM payouts"""),
    "adm_": _Table("""
        SELECT id, version, status, ticket_id, order_id, buyer_id, gate, admitted_at, show_id,
               left_gate
        FROM admissions"""),
    "trf_": _Table("SELECT id, version, status, ticket_id FROM transfers"),
    "crd_": _Table("""
        SELECT id, version, CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END, user_id, brand, last4
        FROM cards"""),
    "att_": _Table("""
        SELECT id, version, CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, kind, subject, order_id
        FROM attention""", old=True),
    "org_": _Table("SELECT id, version, status, name, owner_id FROM organisers"),
    "shw_": _Table("""
        SELECT id, version, name, category, venue, city, country, starts_at FROM shows""",
        old=True),
}  # fmt: skip
_STATEMENTS = {prefix: Statement(text(table.sql)) for prefix, table in _TABLES.items()}
_MERGED = Statement(text("SELECT id, merged_into FROM shows WHERE merged_into IS NOT NULL"))
_CODES = Statement(text("SELECT ticket_id, serial, owner_id, order_id, reason FROM entry_codes"))
_REFUNDS = Statement(text("SELECT id, payment_id, amount, reason FROM refunds"))
_DISPUTES = Statement(text("SELECT id, payment_id, outcome FROM disputes"))
_ACCOUNTS = Statement(text("SELECT user_id, account FROM payout_accounts"))
_MEMBERS = Statement(text("SELECT organiser_id, user_id, role FROM organiser_members"))
_REPORTS = Statement(text("SELECT order_id, problem, status, note FROM reports"))
_WITHDRAWALS = Statement(text("SELECT id, status, withdraw_reason, suspended FROM tickets"))
_SHOWS = Statement(
    text("""
    SELECT id, cancelled_at, merged_into, timezone, organiser_id, policy, doors_open_at,
           entry_closes_at, refund_until FROM shows""")
)
_TRANSFERS = Statement(text("SELECT id, from_id, to_id FROM transfers"))


def check_log(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield each rule of the log that is violated, with the id of what violates it."""
    log = _Log({row[0]: row[1] for row in connection.all(_MERGED)})
    yield from _read(connection, log)
    for different in (_rows, _details, _withdrawals, _show_details, _transfers):
        yield from ((DIFFERS, subject) for subject in different(connection, log))


def _read(connection: Connection, log: _Log) -> Iterator[tuple[str, str]]:
    for event_id, kind, entity, version, order, audience, body in connection.all(_EVENTS):
        try:
            event = _decode(body)
        except msgspec.DecodeError:
            yield UNREADABLE, event_id
            continue
        columns = (event.name, event.id, event.version, event.audience)
        # An event without an order of its own belongs to the order that caused it.
        if columns != (kind, entity, version, audience) or event.order not in (None, order):
            yield UNREADABLE, event_id
            continue
        noun = kind.partition(".")[0]
        if version > 0:
            before, values = log.said.get(entity, (0, ()))
            if version != before + 1:
                yield GAP, entity
            said = _VALUES[noun](event, log.show)
            log.said[entity] = (version, said or values)
        if take := _TAKERS.get(noun):
            take(log, event)


def _rows(connection: Connection, log: _Log) -> Iterator[str]:
    for prefix, table in _TABLES.items():
        for subject, version, *values in connection.all(_STATEMENTS[prefix]):
            said = log.said.pop(subject, None)
            if said is None:
                if not table.old:
                    yield subject
            elif said[0] != version or (said[1] and said[1] != tuple(values)):
                yield subject
    yield from log.said  # of these the rows are missing


def _details(connection: Connection, log: _Log) -> Iterator[str]:
    """Yield what differs from the events about rows that have no versions.

    Old rows have no events; that a row has one is all that is asked here.
    """
    codes = {(row[0], row[1]): tuple(row[2:]) for row in connection.all(_CODES)}
    yield from (key[0] for key, said in log.codes.items() if codes.get(key) != said)
    payment_details: tuple[tuple[Statement, dict[str, Row]], ...] = (
        (_REFUNDS, log.refunds), (_DISPUTES, log.disputes),
    )  # fmt: skip
    for statement, said_of in payment_details:
        rows = {row[0]: tuple(row[1:]) for row in connection.all(statement)}
        yield from (subject for subject, said in said_of.items() if rows.get(subject) != said)
    accounts = {row[0]: row[1] for row in connection.all(_ACCOUNTS)}
    yield from (subject for subject, _ in accounts.items() ^ log.accounts.items())
    reports = {row[0]: tuple(row[1:]) for row in connection.all(_REPORTS)}
    yield from (subject for subject, _ in reports.items() ^ log.reports.items())
    members = {(row[0], row[1]): row[2] for row in connection.all(_MEMBERS)}
    yield from (key[0] for key, _ in members.items() ^ log.members.items())


def _withdrawals(connection: Connection, log: _Log) -> Iterator[str]:
    """Yield the tickets that are off sale for another reason than their newest event says."""
    for subject, status, reason, suspended in connection.all(_WITHDRAWALS):
        said = log.withdrawn.get(subject)
        if (reason != said if said is not None else reason and status != "withdrawn") or (
            suspended and subject not in log.suspended
        ):
            yield subject


def _show_details(connection: Connection, log: _Log) -> Iterator[str]:
    """Yield the shows that differ from their events in more than their details."""
    for subject, cancelled, into, timezone, organiser, policy, *window in connection.all(_SHOWS):
        target = log.into.get(subject)
        while target in log.into:
            target = log.into[target]
        zone = log.zones.get(subject)
        if (
            (cancelled is not None, into) != (subject in log.cancelled, target)
            or (zone is not None and zone != timezone)
            or log.organisers.get(subject, organiser) != organiser
            or log.windows.get(subject, (None, None, None)) != tuple(window)
            or log.policies.get(subject, policies.ShowPolicy()) != _policy(policy)
        ):
            yield subject


def _policy(stored: str | None) -> policies.ShowPolicy | None:
    """Return a policy as the database has it; None if it cannot be read."""
    try:
        return msgspec.json.decode(stored or "{}", type=policies.ShowPolicy)
    except msgspec.DecodeError:
        return None


def _transfers(connection: Connection, log: _Log) -> Iterator[str]:
    """Yield the transfers whose giver or recipient is another one than their events say."""
    for subject, from_id, to_id in connection.all(_TRANSFERS):
        giver, recipient = log.givers.get(subject), log.recipients.get(subject)
        if giver not in (None, from_id) or recipient not in (None, to_id):
            yield subject
