"""Status text: the status of a gate in a few words for the edges of its screen."""

from __future__ import annotations

from textual.content import Content

from client.formatting import venue_time
from contract.gate import GateCounts
from tui.gate.worker import GateWorker


def show_title(worker: GateWorker) -> Content:
    """Return the show, the entrance and the start."""
    show = worker.show
    where = f"{worker.entrance} · " if worker.entrance else ""
    return Content("\n").join(
        (
            Content.styled(show.name, "bold"),
            Content.styled(f"{where}{venue_time(show.starts_at)}", "$text-muted"),
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
        )  # fmt: skip
    waits = (f" · {here.waiting:,} to sync", "bold $warning")
    doubtful = f" · {here.conflicts:,} conflict{'s' * (here.conflicts != 1)}"
    below = Content.assemble(
        (f"here {here.admitted:,} in · {here.refused:,} refused", "$text-muted"),
        waits if here.waiting else "",
        (doubtful if here.conflicts else "", "bold $error"),
    )
    return Content("\n").join((all_, below))


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
