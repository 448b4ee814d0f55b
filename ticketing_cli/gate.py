"""The gate: let people in by their codes, with a line to the house or without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from client.formatting import place
from client.gate import (
    RESPONSE_TIMEOUT,
    Gate,
    NothingToUndo,
    ScanResult,
    UndoneAdmission,
    reason_text,
    shows_scanned_here,
)
from client.transport import Unreachable
from contract.base import Model
from contract.gate import UNDO_ADMISSION, VIEW_GATE, Admission, Conflict, Verdict
from contract.tickets import VIEW_TICKET
from ticketing_cli.runtime import options, outcome
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import Exit, Stop
from ticketing_cli.runtime.formats import As, Column
from ticketing_cli.runtime.output import Fields, as_json

WORDS = {Verdict.ADMITTED: "ADMIT", Verdict.REFUSED: "REFUSE"}
COLUMNS = (
    Column[ScanResult](title="VERDICT", of=lambda a: WORDS[a.verdict].ljust(6), keep=True),
    Column[ScanResult](title="WHY", of=reason_text),
    Column[ScanResult](title="SEAT", of=lambda a: a.ticket and place(a.ticket)),
    Column[ScanResult](title="SHOW", of=lambda a: a.ticket and a.ticket.show.name),
    Column[ScanResult](title="ADMISSION", of=lambda a: a.admission_id, keep=True),
)


class Status(Model, frozen=True, kw_only=True):
    """How a gate stands: what the house counts, where it can be asked, and what was done here."""

    show_id: str
    online: bool
    sold: int | None
    inside: int | None
    refused: int | None
    admitted_here: int
    refused_here: int
    waiting: int
    conflicts: int
    listed_at: datetime | None


STATUS = (
    Column[Status](title="Show", of=lambda s: s.show_id),
    Column[Status](title="Line", of=lambda s: "yes" if s.online else "no"),
    Column[Status](title="Sold", of=lambda s: s.sold),
    Column[Status](title="Inside", of=lambda s: s.inside),
    Column[Status](title="Refused", of=lambda s: s.refused),
    Column[Status](title="Admitted here", of=lambda s: s.admitted_here),
    Column[Status](title="Refused here", of=lambda s: s.refused_here),
    Column[Status](title="Not told yet", of=lambda s: s.waiting),
    Column[Status](title="Conflicts", of=lambda s: s.conflicts),
    Column[Status](title="List of", of=lambda s: s.listed_at, how=As.LEFT),
)


class Told(Model, frozen=True, kw_only=True):
    """What a synchronisation did, over all shows."""

    sent: int
    conflicts: tuple[Conflict, ...]


ShowId = Annotated[
    str,
    typer.Argument(metavar="SHOW", help="A show's id, or a ticket's of it while there is a line."),
]
EveryShow = Annotated[
    str, typer.Argument(metavar="[SHOW]", help="Only this show.", show_default=False)
]
Entrance = Annotated[str, typer.Option("--gate", metavar="NAME", help="The name of this entrance.")]


def scan(
    ctx: typer.Context,
    show: ShowId,
    code: Annotated[
        str, typer.Option(metavar="CODE", help="This one, not those on stdin.", show_default=False)
    ] = "",
    entrance: Entrance = "",
    json: options.Json = None,
) -> Exit:
    """Let people in by their codes: one with --code, else one a line from stdin.

    Says ADMIT, or REFUSE and why. Exit code 6 when anybody was refused. Without a line it goes by
    the list that `ticketing gate download` fetched, and `ticketing gate sync` tells the house.

    Examples:
      ticketing gate scan shw_4k --code 7KQ2M9XD
      ticketing gate scan shw_4k --gate "North 2" < codes.txt
    """
    run = Run.of(ctx)
    fields = run.fields(json, ScanResult)
    there = opened(run, show, entrance)
    verdicts = set()
    for answer in answers(there, [code] if code else run.stdin):
        run.out.entry(answer, COLUMNS, fields)
        verdicts.add(answer.verdict)
    if waiting := there.counters().waiting:
        run.out.warn(f"{waiting} not told to the house yet; `ticketing gate sync` does")
    return Exit.CONFLICT if Verdict.REFUSED in verdicts else Exit.OK


def download(ctx: typer.Context, show: ShowId, json: options.Json = None) -> None:
    """Fetch a show's list, so that its gate goes on when there is no line.

    What the house does not know yet is told first. The list has digests, no codes.

    Examples:
      ticketing gate download shw_4k
      ticketing gate download shw_4k --json listed_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, Status)
    there = opened(run, show)
    there.download()
    after = standing(run, there)
    tickets = 0 if there.admission_list is None else len(there.admission_list.tickets)
    sentence = f"the list of {after.show_id} has {tickets} tickets"
    outcome.tell(run, after, fields=fields, sentence=sentence, then=f"ticketing gate scan {show}")


def sync(ctx: typer.Context, show: EveryShow = "", json: options.Json = None) -> Exit:
    """Tell the house what was done without a line, and name what does not add up.

    Exit code 6 when somebody was let in whom the house would not have let in.

    Examples:
      ticketing gate sync
      ticketing gate sync shw_4k --json conflicts
    """
    run = Run.of(ctx)
    fields = run.fields(json, Told)
    shows = [show] if show else shows_scanned_here(run.api, run.config.folder)
    done = [opened(run, each).sync() for each in shows]
    told = Told(
        sent=sum(each.sent for each in done),
        conflicts=tuple(conflict for each in done for conflict in each.conflicts),
    )
    report(run, told, fields)
    return Exit.CONFLICT if told.conflicts else Exit.OK


def status(ctx: typer.Context, show: ShowId, json: options.Json = None) -> None:
    """Count who may come, is inside, and was refused; and what was done on this machine.

    Examples:
      ticketing gate status shw_4k
      ticketing gate status shw_4k --json inside,waiting
    """
    run = Run.of(ctx)
    fields = run.fields(json, Status)
    run.out.record(standing(run, opened(run, show)), STATUS, fields)


def undo(
    ctx: typer.Context,
    admission: Annotated[
        str, typer.Argument(metavar="[ADMISSION]", help="Its id.", show_default=False)
    ] = "",
    last: Annotated[
        str,
        typer.Option(
            "--last", metavar="SHOW", help="The newest one made here, even without a line."
        ),
    ] = "",
    json: options.Json = None,
) -> None:
    """Take an admission back: by its id, or the newest one of this machine with --last.

    Examples:
      ticketing gate undo adm_6m
      ticketing gate undo --last shw_4k
    """
    run = Run.of(ctx)
    if bool(admission) == bool(last):
        raise Stop(Exit.USAGE, "name an admission, or a show with --last")
    if admission:
        fields = run.fields(json, Admission)
        after = run.api.call(UNDO_ADMISSION, admission_id=admission)
        opened(run, after.show_id).record_undone(after.id)
        sentence, then = f"took {after.id} back", f"ticketing gate status {after.show_id}"
        outcome.tell(run, after, fields=fields, sentence=sentence, then=then)
        return
    fields = run.fields(json, UndoneAdmission)
    try:
        taken = opened(run, last).undo()
    except NothingToUndo:
        message = "nobody was let in here who has not been taken back"
        raise Stop(Exit.NOT_FOUND, message, code="nothing_to_undo") from None
    sentence = f"took scan {taken.scan_id} back" + (
        "" if taken.synced else "; the house is not told"
    )
    outcome.tell(run, taken, fields=fields, sentence=sentence, then=f"ticketing gate status {last}")


def opened(run: Run, show: str, entrance: str = "") -> Gate:
    """Open the gate of a show, or of a ticket's show, with somebody waiting at it."""
    run.api.timeout = RESPONSE_TIMEOUT
    if show.startswith("tkt_"):
        show = run.api.call(VIEW_TICKET, ticket_id=show).show.id
    return Gate(run.api, run.config.folder, show, entrance=entrance)


def answers(there: Gate, codes: Iterator[str] | list[str]) -> Iterator[ScanResult]:
    """Yield what is said to each code, as it comes.

    Raise Stop with exit code 3 when there is neither a line nor a list.
    """
    for code in codes:
        try:
            answer = there.scan(code)
        except Unreachable as failure:
            hint = "fetch the list while there is a line: `ticketing gate download SHOW`"
            raise Stop(Exit.UNAVAILABLE, failure.detail, hint=hint, code=failure.code) from None
        if answer is not None:
            yield answer


def standing(run: Run, there: Gate) -> Status:
    """Tell how a gate stands; what the house counts is left out when it cannot be asked."""
    try:
        counts = run.api.call(VIEW_GATE, show_id=there.show_id)
    except Unreachable:
        counts = None
    here = there.counters()
    return Status(
        show_id=there.show_id, online=counts is not None,
        sold=None if counts is None else counts.sold,
        inside=None if counts is None else counts.inside,
        refused=None if counts is None else counts.refused,
        admitted_here=here.admitted, refused_here=here.refused, waiting=here.waiting,
        conflicts=here.conflicts,
        listed_at=None if there.admission_list is None else there.admission_list.downloaded_at,
    )  # fmt: skip


def report(run: Run, told: Told, fields: Fields | None) -> None:
    """Name every conflict on stderr, then say how many scans were told."""
    if fields is not None:
        run.out.line(as_json(told, fields))
        return
    for conflict in told.conflicts:
        seat = "a code nobody knows" if conflict.ticket is None else place(conflict.ticket)
        times = (entry for entry in (conflict.first, conflict.second) if entry is not None)
        when = "; ".join(f"{e.at.astimezone():%H:%M:%S} {e.gate or e.by}" for e in times)
        reason = conflict.reason.value.replace("_", " ")
        run.out.say(f"conflict: {seat}: let in, but {reason} ({when})")
    run.out.line(f"told the house of {told.sent} scans; {len(told.conflicts)} conflicts")
