"""Standing: how a gate stands, in a few words for the edges of its screen."""

from __future__ import annotations

from textual.content import Content

from client.formatting import there
from contract.gate import GateCounts
from tui.gate.worker import Turnstile


def named(turnstile: Turnstile) -> Content:
    """Say whose gate this is, and which of its entrances."""
    show = turnstile.show
    where = f"{turnstile.entrance} · " if turnstile.entrance else ""
    return Content("\n").join(
        (
            Content.styled(show.name, "bold"),
            Content.styled(f"{where}{there(show.starts_at)}", "$text-muted"),
        )
    )


def counted(turnstile: Turnstile, counts: GateCounts | None) -> Content:
    """Say what the house counts at all its entrances, and below it what was done here."""
    here = turnstile.counters
    if counts is None:
        all_ = Content.styled("not counted yet", "$text-muted")
    else:
        all_ = Content.assemble(
            (f"{counts.inside:,}", "bold $accent"), f" inside of {counts.sold:,} sold",
            f" · {counts.refused:,} refused",
        )  # fmt: skip
    waits = (f" · {here.waiting:,} to send", "bold $warning")
    doubtful = f" · {here.conflicts:,} conflict{'s' * (here.conflicts != 1)}"
    below = Content.assemble(
        (f"here {here.admitted:,} in · {here.refused:,} refused", "$text-muted"),
        waits if here.waiting else "",
        (doubtful if here.conflicts else "", "bold $error"),
    )
    return Content("\n").join((all_, below))


def listed(turnstile: Turnstile) -> Content:
    """Say how old the list is, or how far its fetching."""
    if turnstile.fetching is not None:
        came, total = turnstile.fetching
        far = f" {came:,} of {total:,}" if total else "…"
        return Content.styled(f"fetching the list{far}", "$accent")
    if turnstile.roll is None:
        return Content.styled("no list for when the line is gone", "$warning")
    tickets = f"{len(turnstile.roll.tickets):,} tickets"
    return Content.styled(f"list of {_listed_at(turnstile)} · {tickets}", "$text-muted")


def offline(turnstile: Turnstile) -> str:
    """Say by what the gate goes while there is no line."""
    waiting = turnstile.counters.waiting
    told = f"{waiting:,} to send" if waiting else "nothing to send"
    if turnstile.roll is None:
        return f"OFFLINE: no list here, so nobody can be checked · {told}"
    return f"OFFLINE: going by the list of {_listed_at(turnstile)} · {told}"


def _listed_at(turnstile: Turnstile) -> str:
    roll = turnstile.roll
    return "" if roll is None else f"{roll.downloaded_at.astimezone():%H:%M:%S}"
