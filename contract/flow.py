"""Flow: which service publishes and handles each event, and which service calls which."""

from __future__ import annotations

from typing import NamedTuple

from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint


class FlowEvent(Model, frozen=True, kw_only=True):
    """An event, the service that publishes it, and those that handle it in the same transaction.

    The subscribers are in the order in which they run. The feed reads every event after commit.
    """

    name: str
    publisher: str
    subscribers: tuple[str, ...]


class FlowCall(Model, frozen=True, kw_only=True):
    """What a service calls in a lower one to change something. A call may refuse."""

    caller: str
    callee: str
    functions: tuple[str, ...]


class FlowJob(Model, frozen=True, kw_only=True):
    """A kind of job, and the service that does it after commit."""

    kind: str
    service: str


class Flow(Model, frozen=True, kw_only=True):
    """How calls and events pass between the services, which are listed from the top layer down."""

    services: tuple[str, ...]
    events: tuple[FlowEvent, ...]
    calls: tuple[FlowCall, ...]
    jobs: tuple[FlowJob, ...]


VIEW_FLOW = Endpoint(
    method="GET", path="/v1/admin/flow", request=Empty, response=Flow,
    summary="Show how calls and events pass between the services.", access=Access.ADMIN,
)  # fmt: skip


# The terminal app still draws from these tables. They go when it reads VIEW_FLOW.
class Told(NamedTuple):
    """Which room publishes an event, and which hear it in the same transaction, in that order."""

    by: str
    to: tuple[str, ...] = ()


#: By the event's name.
FACTS: dict[str, Told] = {
    "account.created": Told("auth"),
    "account.updated": Told("auth"),
    "show.created": Told("shows"),
    "show.cancelled": Told("shows"),
    "ticket.created": Told("tickets"),
    "ticket.updated": Told("tickets"),
    "ticket.withdrawn": Told("tickets"),
    "order.created": Told("orders"),
    "order.updated": Told("orders"),
    "order.completed": Told("orders"),
    "order.cancelled": Told("orders", ("payments",)),
    "payment.started": Told("payments"),
    "payment.updated": Told("payments"),
    "payment.declined": Told("payments"),
    "payment.created": Told("payments", ("ledger",)),
    "payment.failed": Told("payments"),
    "payment.late": Told("payments", ("ledger",)),
    "payment.refund_due": Told("payments", ("ledger",)),
    "payment.refunded": Told("payments", ("ledger",)),
    "payment.refund_failed": Told("payments", ("ledger",)),
    "payment.refund_settled": Told("payments", ("ledger",)),
    "payment.disputed": Told("payments", ("ledger",)),
    "payment.dispute_won": Told("payments", ("cancellation", "ledger")),
    "payment.dispute_lost": Told("payments", ("ledger",)),
    "card.saved": Told("cards"),
    "card.removed": Told("cards"),
    "admission.made": Told("gate"),
    "admission.undone": Told("gate"),
    "payout.created": Told("ledger"),
    "payout.updated": Told("ledger"),
    "payout.account_set": Told("ledger"),
    "attention.opened": Told("alerts"),
    "attention.closed": Told("alerts", ("payments", "cancellation")),
    "job.failed": Told("jobs", ("alerts",)),
    "job.retried": Told("jobs", ("alerts",)),
    "expiration.complete": Told("expiration", ("orders",)),
}
#: By caller and callee.
CALLS: dict[tuple[str, str], tuple[str, ...]] = {
    ("cancellation", "payments"): ("refunds.begin",),
    ("cancellation", "orders"): ("cancel",),
    ("cancellation", "tickets"): ("bulk_withdraw.withdraw_batch",),
    ("cancellation", "shows"): ("cancel",),
    ("cancellation", "alerts"): (
        "open_alert",
        "auto_resolve",
    ),
    ("payments", "orders"): (
        "confirm",
        "complete",
        "release",
        "cancel",
        "refund",
        "dispute",
    ),
    ("payments", "alerts"): (
        "open_alert",
        "auto_resolve",
    ),
    ("ledger", "alerts"): ("open_alert",),
    ("expiration", "orders"): ("list_due",),
    ("orders", "tickets"): (
        "lock",
        "unlock",
        "sell",
    ),
    ("tickets", "shows"): ("get_or_create",),
}
#: By kind of job.
WORK: dict[str, str] = {
    "payment.page": "payments",
    "payment.refresh": "payments",
    "payment.void": "payments",
    "payment.charge": "payments",
    "payment.capture": "payments",
    "payment.dispute": "payments",
    "payment.refund": "payments",
    "payment.refunds": "payments",
    "card.setup": "cards",
    "card.detach": "cards",
    "payout.transfer": "ledger",
    "show.clear": "cancellation",
}
