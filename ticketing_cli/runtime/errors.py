"""Exits: what a refusal means to the shell, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from client.address import BadAddress
from client.config import BadConfig
from client.transport import Unreachable
from contract.problems import FieldError, Problem


class Exit(IntEnum):
    """How a command ended. Scripts rely on these numbers; they are never given another meaning."""

    OK = 0, "It was done. An empty list is no failure."
    FAILED = 1, "It was not done: another failure, or the answer was no."
    USAGE = 2, "The command line, a field or the configuration is wrong; nothing was changed."
    UNAVAILABLE = 3, "The network or the server failed; the same command may work later."
    NOT_ALLOWED = 4, "Nobody is signed in, or whoever is may not do this."
    NOT_FOUND = 5, "There is no such thing, or it is somebody else's."
    CONFLICT = 6, "Not as things stand: locked, sold, over, changed, above --max-total."
    PAYMENT_FAILED = 7, "The payment was declined or failed; no money was taken."
    PENDING = 8, "It is not decided yet; the order still stands."
    INTERRUPTED = 130, "Ctrl-C was pressed."
    TERMINATED = 143, "The process was asked to end."

    def __new__(cls, number: int, meaning: str) -> Self:
        """Make a member whose docstring is its meaning, for `ticketing help exit-codes`."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.__doc__ = meaning
        return member


class Stop(Exception):
    """End the command with this exit code and message, and say what to do next."""

    def __init__(
        self, status: Exit, message: str, *, hint: str | None = None, code: str | None = None
    ) -> None:
        """`code` names the reason for scripts; by default it is the exit code's name."""
        super().__init__(message)
        self.status = status
        self.hint = hint
        self.code = code or status.name.lower()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the user is told about the end of a command."""

    status: Exit
    code: str
    message: str
    hint: str | None = None
    retryable: bool = False
    errors: tuple[FieldError, ...] = ()
    rule: str | None = None
    retry_after: int | None = None
    request_id: str | None = None


def report(error: Exception) -> Report | None:
    """Say what an exception means to the user; None when it is a bug."""
    if isinstance(error, Stop):
        return Report(status=error.status, code=error.code, message=str(error), hint=error.hint)
    if isinstance(error, Problem):
        return Report(
            status=status_of(type(error)),
            code=error.code,
            message=error.detail,
            hint=HINTS.get(error.code),
            retryable=error.retryable,
            errors=error.errors,
            rule=error.rule,
            retry_after=error.retry_after,
            request_id=error.request_id,
        )
    if isinstance(error, Unreachable):
        return Report(
            status=Exit.UNAVAILABLE, code=error.code, message=error.detail,
            hint="`ticketing doctor` looks for the reason", retryable=True,
        )  # fmt: skip
    if isinstance(error, BadAddress):
        return Report(
            status=Exit.USAGE, code="bad_address", message=str(error),
            hint="use https, or set TICKETING_INSECURE=1 in a network you trust"
            if "plain http" in str(error)
            else "`ticketing config list` shows where the address comes from",
        )  # fmt: skip
    if isinstance(error, BadConfig):
        return Report(
            status=Exit.USAGE, code="bad_config", message=str(error),
            hint="`ticketing doctor` shows which files and variables count",
        )  # fmt: skip
    return None


def status_of(problem: type[Problem]) -> Exit:
    """Return the exit code for a problem."""
    by_class = Exit.UNAVAILABLE if problem.status >= SERVER_FAULTS else Exit.FAILED
    return BY_CODE.get(problem.code) or BY_STATUS.get(problem.status) or by_class


#: HTTP statuses from here on are the server's fault.
SERVER_FAULTS = 500
#: By HTTP status. Whatever is not here is 3 from 500 on, and 1 below.
BY_STATUS = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    410: Exit.CONFLICT,
    412: Exit.CONFLICT,
    422: Exit.USAGE,
    429: Exit.UNAVAILABLE,
}
#: Problems that mean something else than their HTTP status does.
BY_CODE = {
    "malformed": Exit.USAGE,
    "body_too_large": Exit.USAGE,
}

#: The next step for whoever reads the message, by the problem's code.
HINTS = {
    "not_signed_in": "sign in with `ticketing auth login`",
    "bad_credentials": "try again, or open an account with `ticketing auth signup`",
    "email_taken": "sign in with `ticketing auth login`",
    "account_banned": "ask whoever runs this marketplace",
    "forbidden": "`ticketing auth status` shows who you are signed in as",
    "not_your_ticket": "`ticketing list --mine` shows the tickets you sell",
    "ticket_not_found": "`ticketing list` shows what is on sale",
    "ticket_unavailable": "`ticketing list` shows what is on sale",
    "own_ticket": "`ticketing list` shows what others sell",
    "show_started": "`ticketing shows` lists the shows still to come",
    "already_listed": "`ticketing list --mine` shows the tickets you sell",
    "external_id_taken": "`ticketing edit TICKET` changes the ticket you have",
    "order_not_found": "`ticketing orders` shows your orders",
    "order_over": "`ticketing orders` shows your orders",
    "order_confirming": "wait a few seconds, then look with `ticketing orders view ORDER`",
    "too_many_open_orders": "pay or cancel one first; `ticketing orders` shows them",
    "cooling_down": "others go first for a while; `ticketing list` shows what else is on sale",
    "stale_version": "read it again with `ticketing view TICKET`, then repeat the edit",
    "payment_not_started": "open the payment page with `ticketing pay ORDER`",
    "payments_paused": "the ticket stays locked for you; try again in a moment",
    "payment_refused": "the order stands; `ticketing cancel ORDER` gives it back",
    "card_not_found": "`ticketing cards` lists your saved cards",
    "card_setup_not_found": "`ticketing cards add` opens another page",
    "show_is_cancelled": "`ticketing shows` lists the shows that take place",
    "not_paid": "`ticketing orders view ORDER` shows how it stands",
    "nothing_to_refund": "`ticketing admin refunds --order ORDER` shows what went back",
    "refund_too_large": "without --amount all that is left goes back",
    "refund_underway": "`ticketing admin refunds --order ORDER` shows it",
    "under_dispute": "`ticketing admin attention` shows what is disputed",
    "not_confirming": "`ticketing admin trace ORDER` tells what became of it",
    "attention_not_found": "`ticketing admin attention --all` lists every alert",
    "attention_closed_already": "`ticketing admin attention --all` shows what was done",
    "job_not_found": "`ticketing admin jobs` lists what is not done",
    "job_not_failed": "`ticketing admin jobs --state failed` lists what was given up",
    "admission_not_found": "`ticketing gate scan SHOW --json all` names the admission of a scan",
    "not_your_admission": "ask who let the person in, or an operator",
    "payout_not_found": "`ticketing payouts` lists your payouts",
    "key_reused": "leave --idempotency-key out, or give a new one",
    "too_many_attempts": "wait a little, then try again",
    "busy": "try again in a moment",
    "broken": "try again; if it stays, give the request id to whoever runs the server",
}
