"""Shows: cancel one, and follow the refunds of its buyers."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from client.formatting import marked
from client.transport import Unreachable
from contract.base import Empty
from contract.endpoint import Endpoint
from contract.refunds import RefundStatus
from contract.shows import CANCEL_SHOW, VIEW_CANCELLATION, VIEW_SHOW, Show, ShowCancellation
from contract.tickets import VIEW_TICKET
from ticketing_cli.admin.log import counts
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import SIGNALS, CommandError, ExitCode, interrupted
from ticketing_cli.runtime.formats import OutputColumn
from ticketing_cli.runtime.output import as_json

#: Seconds between two requests for the progress.
POLL_EVERY = 1.0
#: How many times in a row an unreachable server is tried again; a restart takes seconds.
MAX_RETRIES = 60
UNDERWAY = (RefundStatus.DUE, RefundStatus.SENT)


@dataclass(frozen=True)
class WayToCancel:
    """How a show is cancelled: by an operator, or by a manager of its organiser."""

    cancel: Endpoint[Empty, ShowCancellation]
    progress: Endpoint[Empty, ShowCancellation]
    command: str
    if_failed: str


BY_OPERATOR = WayToCancel(
    CANCEL_SHOW, VIEW_CANCELLATION, "ticketing admin cancel-show",
    "`ticketing admin alerts` lists them",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """The progress of a cancellation: its state at the first request, and now.

    `whole` is True if this command started it; else the total at the start is not known.
    """

    first: ShowCancellation
    now: ShowCancellation
    whole: bool

    @property
    def total(self) -> int:
        """How many steps there are, as far as that is known."""
        return max(_remaining(self.first), _remaining(self.now))

    @property
    def withdrawn(self) -> int | None:
        """How many tickets were withdrawn."""
        return self.first.tickets_left - self.now.tickets_left if self.whole else None

    @property
    def ended(self) -> int | None:
        """How many orders were cancelled or are being refunded."""
        return self.first.orders_left - self.now.orders_left if self.whole else None

    @property
    def done(self) -> int:
        """How many steps are done."""
        return self.total - _remaining(self.now)


COLUMNS = (
    OutputColumn[Change](title="Show", of=lambda c: c.now.show.name),
    OutputColumn[Change](title="Tickets withdrawn", of=lambda c: c.withdrawn),
    OutputColumn[Change](title="Orders ended", of=lambda c: c.ended),
    OutputColumn[Change](title="Refunds", of=lambda c: counts(c.now.refunds)),
    OutputColumn[Change](title="Refunded", of=lambda c: _refunded(c.now)),
)


def cancel_show(
    ctx: typer.Context,
    show: options.ShowId,
    confirm: options.Confirm = None,
    yes: options.Yes = False,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> ExitCode:
    """Cancel a show: withdraw its tickets, end its orders, refund its buyers. Cannot be undone.

    It continues on the server if you stop this command; run it again to see the progress. Exit
    code 1 if a refund failed: those buyers must be paid in another way.

    Examples:
      ticketing admin cancel-show shw_2d
      ticketing admin cancel-show tkt_9f
      ticketing admin cancel-show shw_2d --confirm "L'Arlésienne" --json all
    """
    run = Run.of(ctx)
    return cancel(run, BY_OPERATOR, show, confirm=confirm, yes=yes, no_wait=no_wait, json=json)


def cancel(
    run: Run,
    way: WayToCancel,
    show: str,
    *,
    confirm: str | None,
    yes: bool,
    no_wait: bool,
    json: str | None,
) -> ExitCode:
    """Cancel a show through one of the two ways, and follow its refunds."""
    fields = run.fields(json, ShowCancellation)
    known = find_show(run, show)
    if not (known.cancelled or yes):
        run.confirm_name(f"Cancel {known.name}?", known.name, confirm, flag="--confirm")
    first = run.api.call(way.cancel, show_id=known.id)
    change = Change(first, first, whole=not known.cancelled)
    if not no_wait:
        change = _follow(run, way, change)
    if fields is not None:
        run.out.line(as_json(change.now, fields))
    else:
        run.out.blocks([change], COLUMNS, noun="change")
    return _finish(run, way, change.now)


def find_show(run: Run, name: str) -> Show:
    """Return a show by its id, or by a ticket's: a sold-out show is in no list."""
    if name.startswith("tkt_"):
        return run.api.call(VIEW_TICKET, ticket_id=name).show
    return run.api.call(VIEW_SHOW, show_id=name)


def _follow(run: Run, way: WayToCancel, change: Change) -> Change:
    """Show the progress until it is done; on Ctrl-C say that it continues."""
    show = change.now.show
    missed = 0
    try:
        while not change.now.done:
            run.out.progress_line.progress("cancelling", change.done, change.total)
            run.clock.sleep(POLL_EVERY)
            try:
                now = run.api.call(way.progress, show_id=show.id)
            except Unreachable:
                missed += 1
                if missed > MAX_RETRIES:
                    raise
                continue
            missed = 0
            change = Change(change.first, now, whole=change.whole)
    except SIGNALS as signal:
        message = f"the cancellation of {show.name} continues on the server"
        hint = f"`{way.command} {show.id}` shows the progress"
        raise interrupted(signal, message, hint=hint) from None
    finally:
        run.out.progress_line.clear()
    return change


def _finish(run: Run, way: WayToCancel, now: ShowCancellation) -> ExitCode:
    """Return the exit code; raise CommandError when a refund failed."""
    if failed := now.refunds.get(RefundStatus.FAILED, 0):
        message = f"{failed} refund{'s' if failed > 1 else ''} failed; pay them in another way"
        hint = way.if_failed
        raise CommandError(ExitCode.FAILED, message, hint=hint, code="refunds_failed")
    if not now.done:
        again = f"`{way.command} {now.show.id}` shows the progress"
        run.out.message(f"it continues on the server; {again}")
        return ExitCode.PENDING
    return ExitCode.OK


def _remaining(now: ShowCancellation) -> int:
    """Count what is still to do: tickets, orders, and refunds that are not finished."""
    return now.tickets_left + now.orders_left + sum(now.refunds.get(s, 0) for s in UNDERWAY)


def _refunded(now: ShowCancellation) -> str:
    return ", ".join(str(marked(money, live=now.live)) for money in now.refunded) or "nothing"
