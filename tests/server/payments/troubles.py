"""Troubles: what went wrong, as an operator sees it, and a bank that will not talk to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stripe as sdk

from contract.alerts import AlertKind
from server.jobs import claim
from server.payments.reconciling import Reconciler
from server.sandbox import SandboxTransport
from tests.server.payments.purchase import Purchase, purchase
from tests.server.rows import rows
from tests.world import World

DISPUTED = "4000000000000259"


def open_alerts(world: World, kind: AlertKind, *, open_only: bool = True) -> list[str]:
    """Return the subjects of the alerts of a kind, in order."""
    still = " AND closed_at IS NULL" if open_only else ""
    found = rows(
        world,
        f"SELECT subject FROM attention WHERE kind = :kind{still} ORDER BY id",  # noqa: S608  constants
        kind=kind.value,
    )
    return [row[0] for row in found]


def detail(world: World, kind: AlertKind) -> str:
    """Return what the open alert of a kind says."""
    ((said,),) = rows(
        world,
        "SELECT detail FROM attention WHERE kind = :kind AND closed_at IS NULL",
        kind=kind.value,
    )
    return str(said)


def reconciler(world: World) -> Reconciler:
    """Return the house's own comparison."""
    return world.payments.rounds._reconciler  # noqa: SLF001  there is no other door without a principal


def claimed(world: World) -> Purchase:
    """Let somebody pay until his order is claimed, with the capture still to be done."""
    bought = purchase(world)
    bought.type_card(bought.page())
    world.sandbox.pump()
    for job in world.bus.write_now(claim):
        world.app.runner.perform(job)
    return bought


@contextmanager
def refusing(world: World, *, only: str = "") -> Iterator[list[str]]:
    """Let Stripe refuse our key, or only what is asked at addresses that contain `only`."""
    asked: list[str] = []
    transport = world.payments.transport
    honest = transport.request

    def refuse(
        method: str, url: str, headers: object, post_data: object = None, **said: object
    ) -> object:
        asked.append(url)
        if only in url:
            body = '{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}'
            return body, 401, {}
        return honest(method, url, headers, post_data, **said)  # type: ignore[arg-type]

    transport.request = refuse  # type: ignore[method-assign,assignment]
    try:
        yield asked
    finally:
        transport.request = honest  # type: ignore[method-assign]


def listening(world: World) -> sdk.StripeClient:
    """Return a client of the same bank, for what a dashboard does."""
    return sdk.StripeClient("sk_test_dashboard", http_client=SandboxTransport(world.sandbox))
