"""Shows that do not take place: cancel one, and watch its buyers get their money back."""

from __future__ import annotations

from dataclasses import dataclass

import typer

from client.formatting import marked
from client.transport import Unreachable
from contract.refunds import RefundStatus
from contract.shows import CANCEL_SHOW, VIEW_CANCELLATION, VIEW_SHOW, Show, ShowCancellation
from contract.tickets import VIEW_TICKET
from ticketing_cli.admin.log import counts
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import Column
from ticketing_cli.runtime.output import as_json

#: Between two looks, in seconds.
PACE = 1.0
#: How often in a row a server that is away is asked again; a restart takes seconds.
PATIENCE = 60
UNDERWAY = (RefundStatus.DUE, RefundStatus.SENT)


@dataclass(frozen=True)
class Change:
    """What was to do when we began to look, and how it stands now.

    `whole` says that we looked from the start; else nobody knows how much there was to do.
    """

    first: ShowCancellation
    now: ShowCancellation
    whole: bool

    @property
    def total(self) -> int:
        """How many steps there are, as far as one can know."""
        return max(_left(self.first), _left(self.now))

    @property
    def withdrawn(self) -> int | None:
        """How many tickets have left the market."""
        return self.first.tickets_left - self.now.tickets_left if self.whole else None

    @property
    def ended(self) -> int | None:
        """How many orders were ended or are being refunded."""
        return self.first.orders_left - self.now.orders_left if self.whole else None

    @property
    def done(self) -> int:
        """How many of them are done."""
        return self.total - _left(self.now)


COLUMNS = (
    Column[Change](title="Show", of=lambda c: c.now.show.name),
    Column[Change](title="Tickets withdrawn", of=lambda c: c.withdrawn),
    Column[Change](title="Orders ended", of=lambda c: c.ended),
    Column[Change](title="Refunds", of=lambda c: counts(c.now.refunds)),
    Column[Change](title="Went back", of=lambda c: _refunded(c.now)),
)


def cancel_show(
    ctx: typer.Context,
    show: options.ShowId,
    confirm: options.Confirm = None,
    no_wait: options.NoWait = False,
    json: options.Json = None,
) -> Exit:
    """Cancel a show: withdraw its tickets, end its orders, refund its buyers. It cannot be undone.

    It goes on by itself when you stop looking; the same command looks again. Exit code 1 when a
    refund failed: those buyers must be paid in another way.

    Examples:
      ticketing admin cancel-show shw_2d
      ticketing admin cancel-show tkt_9f
      ticketing admin cancel-show shw_2d --confirm "L'Arlésienne" --json all
    """
    run = Run.of(ctx)
    fields = run.fields(json, ShowCancellation)
    known = _named(run, show)
    if not known.cancelled:
        run.confirm_name(f"Cancel {known.name}?", known.name, confirm, flag="--confirm")
    first = run.api.call(CANCEL_SHOW, show_id=known.id)
    change = Change(first, first, whole=not known.cancelled)
    if not no_wait:
        change = _watched(run, change)
    if fields is not None:
        run.out.line(as_json(change.now, fields))
    else:
        run.out.blocks([change], COLUMNS, noun="change")
    return _end(run, change.now)


def _named(run: Run, name: str) -> Show:
    """Return a show by its id, or by a ticket's: of what is sold out no list tells the show."""
    if name.startswith("tkt_"):
        return run.api.call(VIEW_TICKET, ticket_id=name).show
    return run.api.call(VIEW_SHOW, show_id=name)


def _watched(run: Run, change: Change) -> Change:
    """Look until it is done; on Ctrl-C say that it goes on."""
    show = change.now.show
    missed = 0
    try:
        while not change.now.done:
            run.out.live.progress("cancelling", change.done, change.total)
            run.clock.sleep(PACE)
            try:
                now = run.api.call(VIEW_CANCELLATION, show_id=show.id)
            except Unreachable:
                missed += 1
                if missed > PATIENCE:
                    raise
                continue
            missed = 0
            change = Change(change.first, now, whole=change.whole)
    except KeyboardInterrupt:
        message = f"interrupted; the cancelling of {show.name} goes on by itself"
        hint = f"`ticketing admin cancel-show {show.id}` looks again"
        raise Stop(Exit.INTERRUPTED, message, hint=hint, code="interrupted") from None
    finally:
        run.out.live.clear()
    return change


def _end(run: Run, now: ShowCancellation) -> Exit:
    """Say how it stands, as an exit code too; raise Stop when a refund failed."""
    if failed := now.refunds.get(RefundStatus.FAILED, 0):
        message = f"{failed} refund{'s' if failed > 1 else ''} failed; pay in another way"
        hint = "`ticketing admin attention` lists them"
        raise Stop(Exit.FAILED, message, hint=hint, code="refunds_failed")
    if not now.done:
        again = f"`ticketing admin cancel-show {now.show.id}` looks again"
        run.out.say(f"it goes on by itself; {again}")
        return Exit.PENDING
    return Exit.OK


def _left(now: ShowCancellation) -> int:
    """Count what is still to do: tickets, orders, and refunds that have not arrived."""
    return now.tickets_left + now.orders_left + sum(now.refunds.get(s, 0) for s in UNDERWAY)


def _refunded(now: ShowCancellation) -> str:
    return ", ".join(str(marked(money, live=now.live)) for money in now.refunded) or "nothing"
