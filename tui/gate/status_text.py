"""Status text: the status of a gate in a few words for the edges of its screen."""

from __future__ import annotations

from textual.content import Content

from client.formatting import venue_time
from contract.gate import Direction, GateCounts
from tui.gate.worker import GateWorker


def show_title(worker: GateWorker, direction: Direction) -> Content:
    """Return the show, whether it is official, the entrance or exit, and the start."""
    show = worker.show
    where = f"{worker.entrance} · " if worker.entrance else ""
    return Content("\n").join(
        (
            Content.assemble((show.name, "bold"), ("  official" * show.official, "$success")),
            Content.assemble(
                ("EXIT · " * (direction is Direction.OUT), "bold $primary"),
                (f"{where}{venue_time(show.starts_at)}", "$text-muted"),
            ),
        )
    )


def count_summary(worker: GateWorker, counts: GateCounts | None) -> Content:
    """Return the server's counts for all entrances, and the counts of this machine below them."""
    here = worker.counters
    if counts is None:
        all_ = Content.styled("not counted yet", "$text-muted")
    else:
        all_ = Content.assemble(
            (f"{counts.inside:,}", "bold $accent"), f" inside of {counts.sold:,} sold",
            f" · {counts.refused:,} refused",
            f" · {counts.left:,} left" if counts.left else "",
        )  # fmt: skip
    waits = (f" · {here.waiting:,} to sync", "bold $warning")
    doubtful = f" · {here.conflicts:,} conflict{'s' * (here.conflicts != 1)}"
    out = f"{here.left:,} out · " if here.left else ""
    below = Content.assemble(
        (f"here {here.admitted:,} in · {out}{here.refused:,} refused", "$text-muted"),
        waits if here.waiting else "",
        (doubtful if here.conflicts else "", "bold $error"),
    )
    return Content("\n").join((all_, below))


def unsaved_scans(worker: GateWorker | None) -> str:
    """Say how many scans are not synced yet; empty if all are."""
    waiting = worker.counters.waiting if worker is not None else 0
    if not waiting:
        return ""
    scans = "1 scan is" if waiting == 1 else f"{waiting:,} scans are"
    return f"{scans} not synced yet; `ticketing gate sync` syncs later."


def list_status(worker: GateWorker) -> Content:
    """Return the age of the list, or the progress of its download."""
    if worker.download_progress is not None:
        came, total = worker.download_progress
        far = f" {came:,} of {total:,}" if total else "…"
        return Content.styled(f"downloading the list{far}", "$accent")
    if worker.admission_list is None:
        return Content.styled("no list for offline use", "$warning")
    tickets = f"{worker.admission_list.size:,} tickets"
    return Content.styled(f"list of {_listed_at(worker)} · {tickets}", "$text-muted")


def offline_banner(worker: GateWorker) -> str:
    """Return the banner for when the gate is offline."""
    waiting = worker.counters.waiting
    text = f"{waiting:,} to sync" if waiting else "nothing to sync"
    if worker.admission_list is None:
        return f"OFFLINE: no admission list, nobody can be checked · {text}"
    return f"OFFLINE: using the list of {_listed_at(worker)} · {text}"


def _listed_at(worker: GateWorker) -> str:
    admission_list = worker.admission_list
    return "" if admission_list is None else f"{admission_list.downloaded_at.astimezone():%H:%M:%S}"
