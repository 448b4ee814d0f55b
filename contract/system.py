"""System: statistics for operators."""

from __future__ import annotations

from contract.base import Empty, Model
from contract.endpoint import Access, Endpoint


class Stats(Model, frozen=True, kw_only=True):
    """Counts by status, and the number of events in the log."""

    accounts: dict[str, int]
    tickets: dict[str, int]
    orders: dict[str, int]
    jobs: dict[str, int]
    events: int


VIEW_STATS = Endpoint(
    method="GET", path="/v1/admin/stats", request=Empty, response=Stats,
    summary="Count accounts, tickets, orders, jobs and events.", access=Access.ADMIN,
)  # fmt: skip
