"""Gate: scan tickets at the entrance, online or offline."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from client.formatting import place
from client.gate import (
    RESPONSE_TIMEOUT,
    Gate,
    ListRefresher,
    NothingToUndo,
    ScanResult,
    UndoneAdmission,
    reason_text,
    refusal_text,
    seat_text,
    shows_scanned_here,
)
from client.transport import Unreachable
from contract.base import Model
from contract.gate import (
    UNDO_ADMISSION,
    VIEW_GATE,
    Admission,
    Conflict,
    Direction,
    EntranceCounts,
    Verdict,
)
from contract.tickets import VIEW_TICKET
from ticketing_cli.runtime import options
from ticketing_cli.runtime.context import Run
from ticketing_cli.runtime.errors import CommandError, ExitCode
from ticketing_cli.runtime.formats import CellStyle, OutputColumn
from ticketing_cli.runtime.output import Fields, as_json

VERDICTS = {Verdict.ADMITTED: "ADMIT", Verdict.REFUSED: "REFUSE", Verdict.LEFT: "LEAVE"}
COLUMNS = (
    OutputColumn[ScanResult](title="VERDICT", of=lambda a: VERDICTS[a.verdict].ljust(6), keep=True),
    OutputColumn[ScanResult](title="WHY", of=reason_text),
    OutputColumn[ScanResult](title="SEAT", of=seat_text),
    OutputColumn[ScanResult](title="SHOW", of=lambda a: a.ticket and a.ticket.show.name),
    OutputColumn[ScanResult](title="ADMISSION", of=lambda a: a.admission_id, keep=True),
)


def entrances_text(entrances: tuple[EntranceCounts, ...]) -> str:
    """Return the counts of each entrance: `North 2: 120 in, 4 out, 116 inside, 3 refused; …`."""
    return "; ".join(
        f"{each.gate or 'no name'}: {each.entered} in, {each.left} out, {each.inside} inside, "
        f"{each.refused} refused" + (f", {each.overrides} overridden" if each.overrides else "")
        for each in entrances
    )


class GateStatus(Model, frozen=True, kw_only=True):
    """The state of a gate: the server's counts if it is online, and what was done here.

    `entrances` are the server's counts of each entrance. `entered` counts every time that somebody
    went in, `left` every time that somebody went out; `overrides` are those whom a supervisor let
    in.
    """

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
    entrances: tuple[EntranceCounts, ...] = ()
    entered: int | None = None
    left: int | None = None
    left_here: int = 0
    overrides: int | None = None


STATUS = (
    OutputColumn[GateStatus](title="Show", of=lambda s: s.show_id),
    OutputColumn[GateStatus](title="Online", of=lambda s: s.online),
    OutputColumn[GateStatus](title="Sold", of=lambda s: s.sold),
    OutputColumn[GateStatus](title="Inside", of=lambda s: s.inside),
    OutputColumn[GateStatus](title="Refused", of=lambda s: s.refused),
    OutputColumn[GateStatus](
        title="By entrance", of=lambda s: entrances_text(s.entrances), human_only=True
    ),
    OutputColumn[GateStatus](title="Admitted here", of=lambda s: s.admitted_here),
    OutputColumn[GateStatus](title="Refused here", of=lambda s: s.refused_here),
    OutputColumn[GateStatus](title="Not synced", of=lambda s: s.waiting),
    OutputColumn[GateStatus](title="Conflicts", of=lambda s: s.conflicts),
    OutputColumn[GateStatus](
        title="List downloaded", of=lambda s: s.listed_at, style=CellStyle.RELATIVE
    ),
    OutputColumn[GateStatus](title="Went in", of=lambda s: s.entered),
    OutputColumn[GateStatus](title="Went out", of=lambda s: s.left),
    OutputColumn[GateStatus](title="Let out here", of=lambda s: s.left_here),
    OutputColumn[GateStatus](title="Overrides", of=lambda s: s.overrides),
)


class SyncTotals(Model, frozen=True, kw_only=True):
    """What a synchronisation did, for all shows together."""

    sent: int
    conflicts: tuple[Conflict, ...]


ShowId = Annotated[
    str,
    typer.Argument(metavar="SHOW", help="A show's id, or while online a ticket's id."),
]
EveryShow = Annotated[
    str, typer.Argument(metavar="[SHOW]", help="Only this show.", show_default=False)
]
Entrance = Annotated[str, typer.Option("--gate", metavar="NAME", help="The name of this entrance.")]


def scan(
    ctx: typer.Context,
    show: ShowId,
    code: Annotated[
        str,
        typer.Option(
            metavar="CODE", help="Scan this code instead of those on stdin.", show_default=False
        ),
    ] = "",
    entrance: Entrance = "",
    is_exit: Annotated[bool, typer.Option("--exit", help="People leave, and may return.")] = False,
    json: options.Json = None,
) -> ExitCode:
    """Admit people by their codes: one with --code, else one per line from stdin.

    Case, blanks and dashes in a code do not matter. The same code within a second is one scan.
    Prints ADMIT, or REFUSE and the reason; with --exit LEAVE, after which the code admits again.
    Exit code 6 if anybody was refused. While offline it
    uses the list from `ticketing gate download`, and admits a newer ticket by the signature in its
    QR code; `ticketing gate sync` sends the scans later. While online, and reading from stdin, it
    brings the list up to date every minute.

    Examples:
      ticketing gate scan shw_4k --code 7KQ2M9XD
      ticketing gate scan shw_4k --gate "North 2" < codes.txt
      ticketing gate scan shw_4k --exit --code 7KQ2M9XD
    """
    run = Run.of(ctx)
    fields = run.fields(json, ScanResult)
    gate = open_gate(run, show, entrance)
    verdicts = set()
    with contextlib.nullcontext() if code else refresher(run, gate):
        direction = Direction.OUT if is_exit else Direction.IN
        for result in scan_all(gate, [code] if code else run.stdin, direction):
            run.out.entry(result, COLUMNS, fields)
            verdicts.add(result.verdict)
    if waiting := gate.counters().waiting:
        run.out.warn(f"{waiting} not sent to the server yet; run `ticketing gate sync`")
    return ExitCode.CONFLICT if Verdict.REFUSED in verdicts else ExitCode.OK


def override(
    ctx: typer.Context,
    show: ShowId,
    code: Annotated[str, typer.Option(metavar="CODE", help="The code that was refused.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in a few words.")],
    entrance: Entrance = "",
    json: options.Json = None,
) -> ExitCode:
    """Admit a ticket in spite of a refusal, as a manager of the organiser or as an operator.

    It must be inside already, too early, too late, or disputed. A code that is unknown, forged,
    replaced, refunded, for another show or being sold stays refused, with exit code 6. The reason
    is recorded. While offline it is recorded here, and `ticketing gate sync` sends it.

    Examples:
      ticketing gate override shw_4k --code 7KQ2M9XD --reason "Left by the fire exit"
      ticketing gate override shw_4k --code 7KQ2M9XD --reason "Band crew" --json verdict
    """
    run = Run.of(ctx)
    fields = run.fields(json, ScanResult)
    if not reason.strip():
        raise CommandError(ExitCode.USAGE, "--reason must say why")
    gate = open_gate(run, show, entrance)
    for result in scan_all(gate, [code], override=reason.strip()):
        run.out.entry(result, COLUMNS, fields)
        return ExitCode.CONFLICT if result.verdict is Verdict.REFUSED else ExitCode.OK
    raise CommandError(ExitCode.USAGE, "--code is blank")


def download(ctx: typer.Context, show: ShowId, json: options.Json = None) -> None:
    """Download a show's admission list, for scanning offline, or what has changed on it.

    Pending scans are sent first. The list contains digests, not codes.

    Examples:
      ticketing gate download shw_4k
      ticketing gate download shw_4k --json listed_at
    """
    run = Run.of(ctx)
    fields = run.fields(json, GateStatus)
    gate = open_gate(run, show)
    tickets = gate.download().size
    after = status_of(run, gate)
    message = f"downloaded the list of {after.show_id}: {tickets} tickets"
    run.out.result(
        after, fields=fields, message=message, next_command=f"ticketing gate scan {show}"
    )


def sync(ctx: typer.Context, show: EveryShow = "", json: options.Json = None) -> ExitCode:
    """Sync with the server what was scanned offline, and list conflicts.

    Exit code 6 if somebody was admitted whom the server would have refused.

    Examples:
      ticketing gate sync
      ticketing gate sync shw_4k --json conflicts
    """
    run = Run.of(ctx)
    fields = run.fields(json, SyncTotals)
    shows = [show] if show else shows_scanned_here(run.api, run.config.folder)
    done = [open_gate(run, each).sync() for each in shows]
    totals = SyncTotals(
        sent=sum(each.sent for each in done),
        conflicts=tuple(conflict for each in done for conflict in each.conflicts),
    )
    report(run, totals, fields)
    return ExitCode.CONFLICT if totals.conflicts else ExitCode.OK


def status(ctx: typer.Context, show: ShowId, json: options.Json = None) -> None:
    """Count tickets sold, admitted and refused, at each entrance, and on this machine.

    Examples:
      ticketing gate status shw_4k
      ticketing gate status shw_4k --json inside,waiting
    """
    run = Run.of(ctx)
    fields = run.fields(json, GateStatus)
    run.out.record(status_of(run, open_gate(run, show)), STATUS, fields)


def undo(
    ctx: typer.Context,
    admission: Annotated[
        str, typer.Argument(metavar="[ADMISSION]", help="The admission's id.", show_default=False)
    ] = "",
    last: Annotated[
        str,
        typer.Option(
            "--last", metavar="SHOW", help="The newest one made here, even while offline."
        ),
    ] = "",
    json: options.Json = None,
) -> None:
    """Undo an admission: by its id, or with --last the newest one made on this machine.

    Examples:
      ticketing gate undo adm_6m
      ticketing gate undo --last shw_4k
    """
    run = Run.of(ctx)
    if bool(admission) == bool(last):
        raise CommandError(ExitCode.USAGE, "give an admission, or a show with --last")
    if admission:
        fields = run.fields(json, Admission)
        after = run.api.call(UNDO_ADMISSION, admission_id=admission)
        open_gate(run, after.show_id).record_undone(after.id)
        next_command = f"ticketing gate status {after.show_id}"
        run.out.result(after, fields=fields, message=f"undid {after.id}", next_command=next_command)
        return
    fields = run.fields(json, UndoneAdmission)
    try:
        undone = open_gate(run, last).undo()
    except NothingToUndo:
        message = "there is no admission to undo"
        raise CommandError(ExitCode.NOT_FOUND, message, code="nothing_to_undo") from None
    message = f"undid scan {undone.scan_id}"
    if not undone.synced:
        message += "; the server is not informed yet"
    next_command = f"ticketing gate status {last}"
    run.out.result(undone, fields=fields, message=message, next_command=next_command)


def open_gate(run: Run, show: str, entrance: str = "") -> Gate:
    """Open the gate of a show, or of a ticket's show, with a short timeout."""
    run.api.timeout = RESPONSE_TIMEOUT
    if show.startswith("tkt_"):
        show = run.api.call(VIEW_TICKET, ticket_id=show).show.id
    return Gate(run.api, run.config.folder, show, entrance=entrance)


def refresher(run: Run, gate: Gate) -> ListRefresher:
    """Return what keeps the list of a gate up to date, over a connection of its own."""
    api = run.connect(run.api.token)
    api.timeout = RESPONSE_TIMEOUT
    return ListRefresher(gate, Gate(api, run.config.folder, gate.show_id))


def scan_all(
    gate: Gate,
    codes: Iterator[str] | list[str],
    direction: Direction = Direction.IN,
    override: str = "",
) -> Iterator[ScanResult]:
    """Yield the result of each code, as it is scanned.

    Raise CommandError with exit code 3 while offline without a list.
    """
    for code in codes:
        try:
            result = gate.scan(code, direction=direction, override=override)
        except Unreachable as failure:
            hint = "while online, download the list: `ticketing gate download SHOW`"
            raise CommandError(
                ExitCode.UNAVAILABLE, failure.detail, hint=hint, code=failure.code
            ) from None
        if result is not None:
            yield result


def status_of(run: Run, gate: Gate) -> GateStatus:
    """Return the state of a gate; the server's counts are left out while offline."""
    try:
        counts = run.api.call(VIEW_GATE, show_id=gate.show_id)
    except Unreachable:
        counts = None
    here = gate.counters()
    return GateStatus(
        show_id=gate.show_id, online=counts is not None,
        sold=None if counts is None else counts.sold,
        inside=None if counts is None else counts.inside,
        refused=None if counts is None else counts.refused,
        admitted_here=here.admitted, refused_here=here.refused, waiting=here.waiting,
        conflicts=here.conflicts,
        listed_at=None if gate.admission_list is None else gate.admission_list.downloaded_at,
        entrances=() if counts is None else counts.entrances,
        entered=None if counts is None else counts.entered,
        left=None if counts is None else counts.left, left_here=here.left,
        overrides=None if counts is None else counts.overrides,
    )  # fmt: skip


def report(run: Run, totals: SyncTotals, fields: Fields | None) -> None:
    """Print every conflict on stderr, then the number of scans sent."""
    if fields is not None:
        run.out.line(as_json(totals, fields))
        return
    for conflict in totals.conflicts:
        seat = "an unknown code" if conflict.ticket is None else place(conflict.ticket)
        times = (entry for entry in (conflict.first, conflict.second) if entry is not None)
        when = "; ".join(f"{e.at.astimezone():%H:%M:%S} {e.gate or e.by}" for e in times)
        reason = refusal_text(conflict.reason)
        run.out.message(f"conflict: {seat}: admitted, but {reason} ({when})")
    run.out.line(f"sent {totals.sent} scans to the server; {len(totals.conflicts)} conflicts")
