"""Failures: the alerts an operator sees, and a Stripe that rejects our key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contract.alerts import AlertKind
from server.jobs import claim
from server.payments.reconciliation import Reconciler
from tests.server.payments.purchase import Purchase, start_purchase
from tests.server.rows import rows
from tests.world import World

DISPUTED = "4000000000000259"


def alert_subjects(world: World, kind: AlertKind, *, open_only: bool = True) -> list[str]:
    """Return the subjects of the alerts of a kind, in order."""
    still = " AND closed_at IS NULL" if open_only else ""
    found = rows(
        world,
        f"SELECT subject FROM attention WHERE kind = :kind{still} ORDER BY id",  # noqa: S608  constants
        kind=kind.value,
    )
    return [row[0] for row in found]


def alert_detail(world: World, kind: AlertKind) -> str:
    """Return the detail of the open alert of a kind."""
    ((said,),) = rows(
        world,
        "SELECT detail FROM attention WHERE kind = :kind AND closed_at IS NULL",
        kind=kind.value,
    )
    return str(said)


def reconciler(world: World) -> Reconciler:
    """Return the server's own reconciler."""
    return world.payments.background.reconciler


def claimed_purchase(world: World) -> Purchase:
    """Start a purchase and pay until the order is claimed; the capture is still to be done."""
    purchase = start_purchase(world)
    purchase.type_card(purchase.page())
    world.sandbox.pump()
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
    return purchase


@contextmanager
def key_rejected(world: World, *, only: str = "") -> Iterator[list[str]]:
    """Let Stripe reject our key, for every call or for URLs that contain `only`; yield the URLs."""
    asked: list[str] = []
    transport = world.payments.transport
    original = transport.request

    def refuse(
        method: str, url: str, headers: object, post_data: object = None, **said: object
    ) -> object:
        asked.append(url)
        if only in url:
            body = '{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}'
            return body, 401, {}
        return original(method, url, headers, post_data, **said)  # type: ignore[arg-type]

    transport.request = refuse  # type: ignore[method-assign,assignment]
    try:
        yield asked
    finally:
        transport.request = original  # type: ignore[method-assign]
