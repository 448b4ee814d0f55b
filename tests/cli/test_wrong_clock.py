"""A wrong clock of this machine: deadlines follow the server's."""

from __future__ import annotations

from datetime import timedelta
from email.utils import formatdate

import httpx
import msgspec
import pytest

from contract.orders import PLACE_ORDER
from tests.cli.runner import CommandRunner
from tests.samples import ORDER, body


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=20), timedelta(minutes=-20)])
def test_the_time_to_pay_is_counted_by_the_servers_clock(
    cli: CommandRunner, ahead: timedelta
) -> None:
    now = cli.clock.now() + ahead
    order = msgspec.structs.replace(ORDER, expires_at=now + timedelta(minutes=15))

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Date": formatdate(now.timestamp(), usegmt=True)}
        assert request.url.path == PLACE_ORDER.path
        return httpx.Response(201, content=body(order), headers=headers)

    cli.answer, cli.tty = answer, True
    cli.env["TICKETING_TOKEN"] = "tkt_session_x"
    ran = cli.run("lock", "tkt_1a")
    assert ran.status == 0, ran.err
    assert "15 min" in ran.out + ran.err
