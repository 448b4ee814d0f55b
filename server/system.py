"""System: health, readiness, metrics, terms, statistics, and the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from functools import cache

from prometheus_client import generate_latest

from contract.base import Empty
from contract.problems import Busy
from contract.system import VIEW_STATS, Stats
from contract.terms import VIEW_TERMS, Terms
from db.errors import FileReplaced
from server import auth, feed, jobs
from server.bus import Bus
from server.clock import SECOND
from server.openapi import document
from server.orders import service as orders
from server.principal import Principal
from server.routing import AnyRoute, HttpRequest, HttpResponse, RawRoute, route
from server.tickets import service as tickets
from server.tx import Tx

#: How long a request whether the server is ready waits at most: a late answer means no.
READY_SECONDS = 2


def terms(tx: Tx, principal: Principal, query: Empty) -> Terms:
    """Return the marketplace's terms."""
    settings = tx.settings
    return Terms(
        fee_basis_points=settings.fee_basis_points, lock_seconds=settings.lock_for // SECOND,
        payout_after_seconds=settings.payout_delay // SECOND, live=settings.live,
    )  # fmt: skip


def stats(tx: Tx, principal: Principal, query: Empty) -> Stats:
    """Count accounts, tickets, orders, jobs and events."""
    return Stats(
        accounts=auth.count(tx), tickets=tickets.count(tx), orders=orders.count(tx),
        jobs=jobs.count(tx), events=feed.count(tx),
    )  # fmt: skip


ROUTES = (route(VIEW_TERMS, terms), route(VIEW_STATS, stats))


def raw_routes(bus: Bus, served: Iterable[AnyRoute]) -> tuple[RawRoute, ...]:
    """Return the routes outside the contract; the OpenAPI document describes those `served`."""
    endpoints = [item.endpoint for item in served if not isinstance(item, RawRoute)]

    @cache  # built when it is first asked for: it costs every start 50 ms and 1 MB otherwise
    def openapi_json() -> str:
        return json.dumps(document(endpoints))

    async def healthy(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, "ok\n", "text/plain")

    async def ready(request: HttpRequest) -> HttpResponse:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await bus.read(feed.newest_position)
                await bus.verify()
        except FileReplaced as replaced:
            raise Busy(f"{replaced}; the server is stopping.") from replaced
        except TimeoutError as late:
            detail = f"The database has not answered for {READY_SECONDS} s."
            raise Busy(detail, retry_after=READY_SECONDS) from late
        return HttpResponse(200, "ready\n", "text/plain")

    async def metrics(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, generate_latest().decode(), "text/plain")

    async def openapi(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, await asyncio.to_thread(openapi_json), "application/json")

    return (
        RawRoute("GET", "/healthz", healthy),
        RawRoute("GET", "/readyz", ready),
        RawRoute("GET", "/metrics", metrics),
        RawRoute("GET", "/openapi.json", openapi),
    )
