"""Alerts are sent only to operators, on the feed and in the log."""

from __future__ import annotations

import pytest

from contract.alerts import AlertKind
from contract.feed import FeedQuery
from server.alerts import service
from server.principal import Principal
from tests.server.test_feed import listen, names
from tests.world import World


def tell(world: World) -> None:
    """Open an alert, and list a ticket."""
    world.list_ticket(world.user("seller"))
    world.bus.write_now(
        lambda tx: service.open_alert(tx, AlertKind.MISMATCH, "pay_1", detail="Look at it.")
    )


@pytest.mark.parametrize("everything", [True, False])
def test_an_operator_receives_an_alert(world: World, everything: bool) -> None:
    operator = world.user("operator", admin=True)
    tell(world)
    received = names(listen(world, operator, FeedQuery(cursor="0.0", all=everything)))
    assert received.count("attention.opened") == 1


@pytest.mark.parametrize("who", ["member", "nobody"])
def test_nobody_else_receives_an_alert(world: World, who: str) -> None:
    principal = Principal() if who == "nobody" else world.user(who)
    tell(world)
    received = names(listen(world, principal))
    assert "ticket.created" in received
    assert "attention.opened" not in received
