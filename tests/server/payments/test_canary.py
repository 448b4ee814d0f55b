"""Canaries: secrets that go through failing purchases come out nowhere."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import structlog

from contract.auth import SIGN_UP, SignUp
from contract.payments import START_PAYMENT, VIEW_PAYMENT
from contract.problems import Problem
from contract.reconciliation import RECONCILE, Reconcile
from contract.refunds import REFUND_ORDER, RefundOrder
from db.types import METADATA
from server.principal import Principal
from server.sandbox import Fault
from tests.clock import MINUTE
from tests.server.payments.failures import key_rejected
from tests.server.payments.purchase import Purchase
from tests.server.rows import rows
from tests.world import CARD, World

pytestmark = pytest.mark.sqlite_only

KEY, PASSWORD = "sk_test_canary51Hf0", "canary horse battery staple"
JOB_ERRORS = "SELECT last_error FROM jobs WHERE last_error IS NOT NULL"
#: More requests than a purchase and its refund make.
CALLS = 12


@dataclass
class Watched:
    """A world, and everything it outputs."""

    world: World
    log: io.StringIO
    secrets: list[str]
    problems: list[str] = field(default_factory=list)
    job_errors: list[str] = field(default_factory=list)

    def attempt(self, act: object, *args: object, **path: object) -> None:
        """Call an endpoint; keep the problem it raises."""
        try:
            self.world.call(act, *args, **path)  # type: ignore[arg-type]
        except Problem as problem:
            self.problems.append(msgspec.json.encode(problem.document()).decode())

    def work(self) -> None:
        """Run the due jobs; keep the errors they store until they are done."""
        self.world.work()
        self.job_errors += [row[0] for row in rows(self.world, JOB_ERRORS)]


@pytest.fixture
def watched(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Watched]:  # fmt: skip
    """Return a world whose secrets the test knows, and whose log is captured."""
    monkeypatch.setattr("server.payments.SANDBOX_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    world = World(database_url, sandbox=tmp_path / "sandbox")
    log, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(log),
    )
    spaced = " ".join(CARD[at : at + 4] for at in range(0, 16, 4))
    yield Watched(world, log, [KEY, PASSWORD, CARD, spaced, world.sandbox.webhook_secret])
    structlog.configure(**before)
    world.close()


def buyer(watched: Watched, number: int) -> Principal:
    """Sign a user up with the canary password; the token is a canary too."""
    signed = watched.world.call(
        SIGN_UP, Principal(), SignUp(email=f"buyer{number}@example.org", password=PASSWORD)
    )
    watched.secrets.append(signed.token)
    return Principal(user_id=signed.account.id, session_id="ses_test")


def go_wrong(watched: Watched, who: Principal, operator: Principal, faults: list[Fault]) -> None:
    """Buy a ticket and refund it, with one call of all these failing."""
    world = watched.world
    ticket = world.list_ticket(operator)
    purchase = Purchase(world, operator, who, ticket, world.lock(who, ticket))
    waiting = world.payments.transport.faults
    waiting.extend(faults)
    watched.attempt(START_PAYMENT, who, order_id=purchase.order.id)
    watched.work()
    answer = world.visit("GET", purchase.order.payment_url)
    if "Location" in answer.headers:
        purchase.type_card(answer.headers["Location"])
    else:
        watched.problems.append(answer.body)
    watched.work()
    watched.attempt(VIEW_PAYMENT, who, order_id=purchase.order.id)
    watched.attempt(REFUND_ORDER, operator, RefundOrder(), order_id=purchase.order.id)
    watched.attempt(RECONCILE, operator, Reconcile())
    watched.work()
    waiting.clear()
    world.pass_time(20 * MINUTE)


def everything(watched: Watched) -> dict[str, str]:
    """Return every row of every table, every problem and every line of the log."""
    texts = {
        f"table {name}": "\n".join(map(str, rows(watched.world, f"SELECT * FROM {name}")))  # noqa: S608
        for name in METADATA.tables
    }
    collected = {"problems": watched.problems, "job_errors": watched.job_errors}
    return (
        texts
        | {name: "\n".join(lines) for name, lines in collected.items()}
        | {"log": watched.log.getvalue()}
    )


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.BREAK_BEFORE, Fault.RATE_LIMIT], ids=str)
def test_no_secret_is_shown_or_stored_whichever_call_fails(
    watched: Watched, fault: Fault, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    operator = watched.world.user("operator", admin=True)
    who = buyer(watched, 1)
    for call in range(CALLS):
        go_wrong(watched, who, operator, [Fault.NONE] * call + [fault] * 3)
    with key_rejected(watched.world):
        go_wrong(watched, who, operator, [])
    webhook = watched.world.payments._webhook  # noqa: SLF001  called without a request
    assert webhook.verify(b"{}", "t=1,v1=" + "0" * 64, now=watched.world.clock.now()) is None
    found = everything(watched) | {"other logs": caplog.text}
    assert "it will run again" in found["log"]
    assert found["problems"]
    assert "AuthRejected" in found["job_errors"]
    assert "AuthRejected" in found["table attention"]
    for secret in watched.secrets:
        assert [place for place, texts in found.items() if secret in texts] == []
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("sandbox*"))
    assert b"4242" in kept  # the last digits are for people
    assert CARD.encode() not in kept
