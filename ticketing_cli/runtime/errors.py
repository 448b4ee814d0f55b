"""Errors: the exit codes, and the message and hint for every error a user can cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from contract.problems import FieldError, Problem


class ExitCode(IntEnum):
    """How a command ended. Scripts rely on these numbers; they are never given another meaning."""

    OK = 0, "Success. An empty list is a success too."
    FAILED = 1, "Another failure, or you answered no."
    USAGE = 2, "The command line, a field or the configuration is not valid; nothing was changed."
    UNAVAILABLE = 3, "The network or the server failed; the same command may work later."
    NOT_ALLOWED = 4, "You are not signed in, or your account may not do this."
    NOT_FOUND = 5, "It does not exist, or it belongs to somebody else."
    CONFLICT = 6, "Not possible now: locked, sold, over, changed, above --max-total."
    PAYMENT_FAILED = 7, "The payment was declined or failed; no money was taken."
    PENDING = 8, "Not finished yet; the order is still open."
    INTERRUPTED = 130, "Ctrl-C was pressed."
    TERMINATED = 143, "The process received SIGTERM."

    def __new__(cls, number: int, meaning: str) -> Self:
        """Make a member whose docstring is its meaning, for `ticketing help exit-codes`."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.__doc__ = meaning
        return member


class CommandError(Exception):
    """End the command with this exit code, message and hint for the next step."""

    def __init__(
        self, status: ExitCode, message: str, *, hint: str | None = None, code: str | None = None
    ) -> None:
        """`code` is the reason for scripts; the default is the exit code's name."""
        super().__init__(message)
        self.status = status
        self.hint = hint
        self.code = code or status.name.lower()


class Terminated(BaseException):
    """SIGTERM was received. No `except Exception` on the way catches it."""


#: What Ctrl-C and SIGTERM raise.
SIGNALS = (KeyboardInterrupt, Terminated)


def interrupted(signal: BaseException, message: str, *, hint: str | None = None) -> CommandError:
    """Return the error for a command that one of `SIGNALS` ended: what stands, and how to go on."""
    ctrl_c = isinstance(signal, KeyboardInterrupt)
    status = ExitCode.INTERRUPTED if ctrl_c else ExitCode.TERMINATED
    return CommandError(status, f"{status.name.lower()}; {message}", hint=hint)


@dataclass(frozen=True, kw_only=True)
class ErrorReport:
    """What is printed when a command ends with an error."""

    status: ExitCode
    code: str
    message: str
    hint: str | None = None
    retryable: bool = False
    errors: tuple[FieldError, ...] = ()
    rule: str | None = None
    retry_after: int | None = None
    request_id: str | None = None


def report_of(error: Exception) -> ErrorReport | None:
    """Return what an exception means to the user; None when it is a bug."""
    # Imported here, so that completion and help start without them.
    from client.address import BadAddress
    from client.config import BadConfig
    from client.transport import Unreachable
    from contract.problems import Problem

    if isinstance(error, CommandError):
        return ErrorReport(
            status=error.status, code=error.code, message=str(error), hint=error.hint
        )
    if isinstance(error, Problem):
        return _report_of_problem(error)
    if isinstance(error, Unreachable):
        return ErrorReport(
            status=ExitCode.UNAVAILABLE, code=error.code, message=error.detail,
            hint="`ticketing doctor` finds the reason", retryable=True,
        )  # fmt: skip
    if isinstance(error, BadAddress):
        return ErrorReport(
            status=ExitCode.USAGE, code="bad_address", message=str(error),
            hint="use https, or set TICKETING_INSECURE=1 on a network you trust"
            if "plain http" in str(error)
            else "`ticketing config list` shows where the address comes from",
        )  # fmt: skip
    if isinstance(error, BadConfig):
        return ErrorReport(
            status=ExitCode.USAGE, code="bad_config", message=str(error),
            hint="`ticketing doctor` shows which files and variables are used",
        )  # fmt: skip
    return None


def _report_of_problem(problem: Problem) -> ErrorReport:
    return ErrorReport(
        status=status_of(type(problem)),
        code=problem.code,
        message=problem.detail,
        hint=HINTS.get(problem.code),
        retryable=problem.retryable,
        errors=problem.errors,
        rule=problem.rule,
        retry_after=problem.retry_after,
        request_id=problem.request_id,
    )


def status_of(problem: type[Problem]) -> ExitCode:
    """Return the exit code for a problem."""
    by_class = ExitCode.UNAVAILABLE if problem.status >= SERVER_FAULTS else ExitCode.FAILED
    return BY_CODE.get(problem.code) or BY_STATUS.get(problem.status) or by_class


#: HTTP statuses from here on are server errors.
SERVER_FAULTS = 500
#: By HTTP status. Any other status is 3 from 500 on, and 1 below.
BY_STATUS = {
    401: ExitCode.NOT_ALLOWED,
    403: ExitCode.NOT_ALLOWED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    410: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
    422: ExitCode.USAGE,
    429: ExitCode.UNAVAILABLE,
}
#: Problems whose exit code differs from that of their HTTP status.
BY_CODE = {
    "malformed": ExitCode.USAGE,
    "body_too_large": ExitCode.USAGE,
}

#: The next step for the user, by the problem's code.
HINTS = {
    "not_signed_in": "sign in with `ticketing auth login`",
    "bad_credentials": "try again, or create an account with `ticketing auth signup`",
    "email_taken": "sign in with `ticketing auth login`",
    "account_banned": "contact the operator of this marketplace",
    "forbidden": "`ticketing auth status` shows who you are signed in as",
    "not_your_ticket": "`ticketing wallet` lists yours, `ticketing list --mine` what you sell",
    "ticket_not_found": "`ticketing list` shows what is on sale",
    "ticket_unavailable": "`ticketing list` shows what is on sale",
    "own_ticket": "`ticketing list` shows what others sell",
    "show_started": "`ticketing shows` lists upcoming shows",
    "already_listed": "`ticketing list --mine` shows the tickets you sell",
    "ticket_inside": "`ticketing wallet view TICKET` shows the ticket",
    "ticket_offered": "`ticketing transfers` shows the offer, `ticketing transfers cancel` ends it",
    "ticket_void": "`ticketing wallet view TICKET` shows why",
    "barcode_taken": "check the code printed on the ticket; a barcode can be listed only once",
    "transfer_not_found": "`ticketing transfers` lists those of the address you signed in with",
    "transfer_over": "`ticketing transfers` shows how it ended",
    "own_transfer": "name somebody else with --to",
    "claim_code_needed": "ask the giver for it, then add --claim-code CODE",
    "ticket_passed_on": "--money-only refunds the buyer and leaves the ticket with its new owner",
    "external_id_taken": "`ticketing edit TICKET` changes the existing ticket",
    "organiser_not_found": "`ticketing organisers` lists those that you act for",
    "organiser_not_approved": "`ticketing organisers` shows its status; an operator approves it",
    "organiser_name_taken": "`ticketing admin organisers --status approved` lists the names",
    "not_your_show": "`ticketing organisers` lists those that you manage",
    "issued_by_organiser": "if you bought it here, `ticketing resell` sells it on",
    "not_a_manager": "`ticketing organisers` shows your role; a manager can change it",
    "order_not_found": "`ticketing orders` shows your orders",
    "order_over": "`ticketing orders` shows your orders",
    "order_confirming": "wait a few seconds, then run `ticketing orders view ORDER`",
    "too_many_open_orders": "pay or cancel one first; `ticketing orders` lists them",
    "cooling_down": "wait, or run `ticketing list` to see other tickets on sale",
    "stale_version": "check it with `ticketing view TICKET`, then repeat the edit",
    "payment_not_started": "open the payment page with `ticketing pay ORDER`",
    "payments_paused": "the ticket stays reserved for you; try again in a moment",
    "payment_refused": "the order is still open; `ticketing cancel ORDER` releases the ticket",
    "card_not_found": "`ticketing cards` lists your saved cards",
    "card_setup_not_found": "`ticketing cards add` opens a new page",
    "show_is_cancelled": "`ticketing shows` lists upcoming shows",
    "not_paid": "`ticketing orders view ORDER` shows its status",
    "nothing_to_refund": "`ticketing admin refunds --order ORDER` lists its refunds",
    "refund_too_large": "leave --amount out to refund the rest",
    "refund_underway": "`ticketing admin refunds --order ORDER` shows it",
    "under_dispute": "`ticketing admin alerts` shows the dispute",
    "not_confirming": "`ticketing admin trace ORDER` shows what happened",
    "attention_not_found": "`ticketing admin alerts --all` lists every alert",
    "attention_closed_already": "`ticketing admin alerts --all` shows how it was resolved",
    "job_not_found": "`ticketing admin jobs` lists unfinished jobs",
    "job_not_failed": "`ticketing admin jobs --state failed` lists the failed jobs",
    "admission_not_found": "`ticketing gate scan SHOW --json all` shows the admission of a scan",
    "not_your_admission": "ask whoever admitted the person, or an operator",
    "payout_not_found": "`ticketing payouts` lists your payouts",
    "payout_batch_not_found": "`ticketing admin payouts` shows the batch of each payout",
    "payout_not_prepared": "`ticketing admin payouts --status prepared` lists those that are",
    "key_reused": "leave --idempotency-key out, or use a new one",
    "too_many_attempts": "wait a moment, then try again",
    "too_many_requests": "wait a moment, then try again",
    "busy": "try again in a moment",
    "broken": "try again; if it persists, send the request id to the server's operator",
}
