"""Hostile text: no command lets a server's text control the terminal (CWE-150)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract.alerts import Alert, AlertKind
from contract.auth import Account, AccountStatus, Role
from contract.cards import Card
from contract.feed import FeedEntry, Trace
from contract.gate import (
    Admission,
    AdmissionStatus,
    GateCounts,
    GateEntry,
    Refusal,
    Scan,
    ScannedTicket,
    Verdict,
)
from contract.jobs import JobState, JobStatus
from contract.ledger import (
    Balance,
    CurrencyBalance,
    Payout,
    PayoutLine,
    PayoutMethod,
    PayoutRun,
    PayoutStatement,
    PayoutStatus,
    Sale,
    SaleStatus,
)
from contract.orders import WalletTicket
from contract.receipts import Receipt
from contract.reconciliation import (
    Difference,
    Reconciliation,
    ReconciliationAction,
    ReconciliationFinding,
)
from contract.refunds import Refund, RefundReason, RefundStatus
from contract.shows import PastSale, PriceHistory, PriceRange, ShowOnSale
from contract.system import Stats
from contract.tickets import TicketUpdated
from tests.cli.runner import CommandRunner
from tests.hostile import CORPUS, STEERING
from tests.samples import NOON, ORDER, SHOW, TICKET

MARK = "§"
EVENT = TicketUpdated(
    id=TICKET.id, version=2, show_id=SHOW.id, seller_id="usr_1a", section=MARK, row=MARK,
    seat=MARK, price=TICKET.price, status=TICKET.status, order_id=None,
)  # fmt: skip
HOSTILE_SHOW = msgspec.structs.replace(SHOW, name=MARK, venue=MARK, city=MARK, country=MARK)
HOSTILE_TICKET = msgspec.structs.replace(
    TICKET, show=HOSTILE_SHOW, section=MARK, row=MARK, seat=MARK, external_id=MARK
)
HOSTILE_ORDER = msgspec.structs.replace(ORDER, payment_url=MARK)
WALLET = WalletTicket(
    ticket=HOSTILE_TICKET,
    order_id=ORDER.id,
    code=MARK,
    barcode=MARK,
    bought_at=NOON,
    refunded=False,
    live=False,
)
ENTRY = FeedEntry(cursor=MARK, id="evt_1a", at=NOON, actor=MARK, event=EVENT)
JOB = JobStatus(
    id="job_1a", kind=MARK, subject=MARK, order_id=None, state=JobState.FAILED, attempts=1,
    run_at=NOON, last_error=MARK, created_at=NOON, finished_at=None,
)  # fmt: skip
ACCOUNT = Account(
    id="usr_1a", email=MARK, role=Role.MEMBER, status=AccountStatus.ACTIVE, version=1,
    created_at=NOON,
)  # fmt: skip
CARD = Card(
    id="crd_1a", brand=MARK, last4=MARK, exp_month=1, exp_year=2034, live=False, created_at=NOON
)
SALE = Sale(
    order_id=ORDER.id, ticket_id=TICKET.id, show=HOSTILE_SHOW, section=MARK, row=MARK, seat=MARK,
    price=TICKET.price, fee=TICKET.price, refunded=TICKET.price, net=TICKET.price,
    status=SaleStatus.WAITING, sold_at=NOON, releases_at=NOON, payout_id=None, live=False,
)  # fmt: skip
OWED = CurrencyBalance(currency="EUR", waiting=-1, available=1, paid_out=0)
PAYOUT = Payout(
    id="out_1a", seller_id="usr_1a", seller_email=MARK, amount=TICKET.price, sales=1,
    method=PayoutMethod.FILE, status=PayoutStatus.SENT, created_at=NOON, live=False,
)  # fmt: skip
LINE = PayoutLine(order_id=ORDER.id, amount=-1, currency="EUR")
REFUND = Refund(
    id="ref_1a", payment_id="pay_1a", order_id=ORDER.id, amount=TICKET.price,
    reason=RefundReason.ELSEWHERE, status=RefundStatus.FAILED, live=False, created_at=NOON,
)  # fmt: skip
RECEIPT = Receipt(
    order_id=ORDER.id, buyer_email=MARK, seller_id="usr_1a", ticket=HOSTILE_TICKET,
    price=TICKET.price, fee=TICKET.price, card=MARK, paid_at=NOON, refunds=(REFUND,), live=False,
)  # fmt: skip
MATTER = Alert(
    id="att_1a", kind=AlertKind.DISPUTE, subject=MARK, order_id=None, detail=MARK,
    opened_at=NOON, closed_at=NOON, closed_by=MARK, note=MARK,
)  # fmt: skip
FINDING = ReconciliationFinding(
    difference=Difference.AMOUNT, action=ReconciliationAction.TELL_OPERATOR, order_id=None,
    payment_id=None,
    intent=MARK, detail=MARK,
)  # fmt: skip
ENTRY_BEFORE = GateEntry(admission_id="adm_1a", at=NOON, by="usr_1a", gate=MARK)
SCAN = Scan(
    scan_id="0" * 16, show_id="shw_1a", verdict=Verdict.REFUSED, reason=Refusal.ALREADY_INSIDE,
    ticket=ScannedTicket(
        ticket_id=TICKET.id, show=HOSTILE_SHOW, section=MARK, row=MARK, seat=MARK,
    ),
    admission_id=None, first=ENTRY_BEFORE, scanned_at=NOON,
)  # fmt: skip
ADMISSION = Admission(
    id="adm_1a", show_id="shw_1a", ticket_id=TICKET.id, status=AdmissionStatus.UNDONE,
    entry=ENTRY_BEFORE, undone_at=NOON, undone_by="usr_1a", version=2,
)  # fmt: skip
COUNTED = GateCounts(show=HOSTILE_SHOW, sold=1, inside=1, refused=1, digest_prefix=MARK)
PRICES = (PriceRange(lowest=TICKET.price, highest=TICKET.price),)
COUNTS = {MARK: 1}


def page(*items: msgspec.Struct) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(item) for item in items], "next": None, "total": 2}


#: Each command, and the responses of a hostile server.
COMMANDS: dict[tuple[str, ...], Any] = {
    ("list",): page(HOSTILE_TICKET),
    ("view", TICKET.id): HOSTILE_TICKET,
    ("withdraw", TICKET.id): HOSTILE_TICKET,
    ("shows",): page(ShowOnSale(show=HOSTILE_SHOW, on_sale=1, prices=PRICES)),
    ("prices", SHOW.id): PriceHistory(
        sales=(PastSale(at=NOON, section=MARK, price=TICKET.price),), live=False
    ),
    ("orders",): page(HOSTILE_ORDER),
    ("orders", "view", ORDER.id): HOSTILE_ORDER,
    ("lock", TICKET.id): HOSTILE_ORDER,
    ("wallet",): page(WALLET),
    ("wallet", "view", TICKET.id): WALLET,
    ("admin", "users"): page(ACCOUNT),
    ("admin", "orders"): page(HOSTILE_ORDER),
    ("admin", "events"): page(ENTRY),
    ("admin", "trace", ORDER.id): Trace(order_id=ORDER.id, events=(ENTRY,), jobs=(JOB,)),
    ("cards",): page(CARD),
    ("sales",): page(SALE),
    ("balance",): Balance(currencies=(OWED,), live=False),
    ("payouts",): page(PAYOUT),
    ("payouts", "view", "out_1a"): PayoutStatement(payout=PAYOUT, lines=(LINE,)),
    ("orders", "receipt", ORDER.id): RECEIPT,
    ("orders", "receipt", ORDER.id, "--ics", "-"): RECEIPT,
    ("admin", "refunds"): page(REFUND),
    ("admin", "attention"): page(MATTER),
    ("admin", "jobs"): page(JOB),
    ("admin", "jobs", "retry", JOB.id): JOB,
    ("gate", "scan", "shw_1a", "--code", "X"): SCAN,
    ("gate", "status", "shw_1a"): COUNTED,
    ("gate", "undo", "adm_1a"): ADMISSION,
    ("admin", "reconcile"): Reconciliation(
        payments=1, intents=1, findings=(FINDING,), dry_run=True, live=False
    ),
    ("admin", "payouts"): page(PAYOUT),
    ("admin", "payouts", "--file", "-"): page(PAYOUT),
    ("admin", "payouts", "release", "--dry-run"): PayoutRun(
        payouts=(PAYOUT,), more=False, dry_run=True
    ),
    ("admin", "stats"): Stats(
        accounts=COUNTS, tickets=COUNTS, orders=COUNTS, jobs=COUNTS, events=1
    ),
}


@pytest.mark.parametrize("form", [[], ["--json", "all"]], ids=["words", "json"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_lets_the_servers_text_control_the_terminal(
    tmp_path: Path, command: tuple[str, ...], form: list[str]
) -> None:
    written = json.dumps(msgspec.to_builtins(COMMANDS[command]))
    for text in CORPUS.values():
        # Not with our own encoder, which a hostile server does not use.
        reply = written.replace(json.dumps(MARK)[1:-1], json.dumps(text)[1:-1]).encode()

        def answer(_request: httpx.Request, reply: bytes = reply) -> httpx.Response:
            return httpx.Response(200, content=reply)

        for tty in (False,) if form else (False, True):
            cli = CommandRunner(tmp_path, answer=answer, tty=tty, env={"NO_COLOR": "1"})
            ran = cli.run(*command, *form)
            refusing = {6} if "scan" in command else set()
            assert ran.status in ({2} if form and "-" in command else {0, 3} | refusing), ran.err
            assert not STEERING.search((ran.out + ran.err).replace("\r", "")), (command, text)
            assert not [line for line in ran.out.splitlines() if line.startswith("free")]
