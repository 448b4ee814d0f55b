"""Hostile text: whatever a server sends, no command lets it steer a terminal (CWE-150)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract.auth import Account, AccountStatus, Role
from contract.feed import FeedEntry, JobStatus, Trace
from contract.orders import Stats, WalletTicket
from contract.shows import PriceRange, ShowOnSale
from contract.tickets import TicketUpdated
from tests.cli.desk import Desk
from tests.hostile import CORPUS, STEERING
from tests.samples import NOON, ORDER, SHOW, TICKET

MARK = "§"
FACT = TicketUpdated(
    id=TICKET.id, version=2, show_id=SHOW.id, seller_id="usr_1a", section=MARK, row=MARK,
    seat=MARK, price=TICKET.price, status=TICKET.status, order_id=None,
)  # fmt: skip
HOSTILE_SHOW = msgspec.structs.replace(SHOW, name=MARK, venue=MARK, city=MARK, country=MARK)
HOSTILE_TICKET = msgspec.structs.replace(
    TICKET, show=HOSTILE_SHOW, section=MARK, row=MARK, seat=MARK, external_id=MARK
)
HOSTILE_ORDER = msgspec.structs.replace(ORDER, payment_url=MARK)
WALLET = WalletTicket(
    ticket=HOSTILE_TICKET, order_id=ORDER.id, code=MARK, bought_at=NOON, refunded=False, live=False
)
ENTRY = FeedEntry(cursor=MARK, id="evt_1a", at=NOON, actor=MARK, event=FACT)
JOB = JobStatus(
    id="job_1a", kind=MARK, subject=MARK, state=MARK, attempts=1, run_at=NOON, finished_at=None,
    last_error=MARK,
)  # fmt: skip
ACCOUNT = Account(
    id="usr_1a", email=MARK, role=Role.MEMBER, status=AccountStatus.ACTIVE, version=1,
    created_at=NOON,
)  # fmt: skip
PRICES = (PriceRange(lowest=TICKET.price, highest=TICKET.price),)
COUNTS = {MARK: 1}


def page(*items: msgspec.Struct) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(item) for item in items], "next": None, "total": 2}


#: Each command, and what a hostile server answers it.
COMMANDS: dict[tuple[str, ...], Any] = {
    ("list",): page(HOSTILE_TICKET),
    ("view", TICKET.id): HOSTILE_TICKET,
    ("withdraw", TICKET.id): HOSTILE_TICKET,
    ("shows",): page(ShowOnSale(show=HOSTILE_SHOW, on_sale=1, prices=PRICES)),
    ("orders",): page(HOSTILE_ORDER),
    ("orders", "view", ORDER.id): HOSTILE_ORDER,
    ("lock", TICKET.id): HOSTILE_ORDER,
    ("wallet",): page(WALLET),
    ("wallet", "view", TICKET.id): WALLET,
    ("admin", "users"): page(ACCOUNT),
    ("admin", "orders"): page(HOSTILE_ORDER),
    ("admin", "events"): page(ENTRY),
    ("admin", "trace", ORDER.id): Trace(order_id=ORDER.id, facts=(ENTRY,), jobs=(JOB,)),
    ("admin", "stats"): Stats(
        accounts=COUNTS, tickets=COUNTS, orders=COUNTS, jobs=COUNTS, events=1
    ),
}


@pytest.mark.parametrize("form", [[], ["--json", "all"]], ids=["words", "json"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_c20_no_command_lets_a_servers_text_steer_the_terminal(
    tmp_path: Path, command: tuple[str, ...], form: list[str]
) -> None:
    written = json.dumps(msgspec.to_builtins(COMMANDS[command]))
    for text in CORPUS.values():
        # Never through our own encoder: a hostile server has none of its scruples.
        reply = written.replace(json.dumps(MARK)[1:-1], json.dumps(text)[1:-1]).encode()

        def answer(_request: httpx.Request, reply: bytes = reply) -> httpx.Response:
            return httpx.Response(200, content=reply)

        for tty in (False,) if form else (False, True):
            desk = Desk(tmp_path, answer=answer, tty=tty, env={"NO_COLOR": "1"})
            ran = desk.run(*command, *form)
            assert ran.status in {0, 3}, ran.err
            assert not STEERING.search((ran.out + ran.err).replace("\r", "")), (command, text)
            assert not [line for line in ran.out.splitlines() if line.startswith("free")]
