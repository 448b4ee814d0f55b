"""Recent: the ids people saw last, so that completion can offer them without asking anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import typer

from client.config import BadConfig, config_folder, write_private
from contract.orders import Order, WalletTicket
from contract.tickets import Ticket
from ticketing_cli.runtime.context import Run

#: As many as fit on a screen several times over; the file stays under 20 kB.
MOST = 200
#: Shells read labels; other people's words keep letters, digits and harmless marks only.
UNSAFE = re.compile(r"[^\w ,.-]")
ID = re.compile(r"[a-z]{3}_[0-9a-z]+")


def label(item: Ticket | Order) -> str:
    """Say in a few words what an id stands for."""
    if isinstance(item, Order):
        words = f"{item.status}, {item.price}"
    else:
        words = f"{item.show.name}, {item.section} {item.row} {item.seat}, {item.price}"
    return " ".join(UNSAFE.sub(" ", words).split())[:60]


def save(run: Run, records: Iterable[object]) -> None:
    """Remember the ids of what was shown, the newest first. Where nothing can be kept, forget."""
    path = _path(run)
    shown = [item.ticket if isinstance(item, WalletTicket) else item for item in records]
    seen = {item.id: label(item) for item in shown if isinstance(item, Ticket | Order)}
    if not seen:
        return
    earlier = {key: words for key, words in _load(path).items() if key not in seen}
    newest = dict(list((seen | earlier).items())[:MOST])
    try:
        write_private(path, msgspec.json.encode(newest).decode())
    except BadConfig:
        return


def tickets(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the tickets seen last."""
    return _offer(ctx, "tkt_", incomplete)


def orders(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the orders seen last."""
    return _offer(ctx, "ord_", incomplete)


def _offer(ctx: typer.Context, prefix: str, incomplete: str) -> Iterator[tuple[str, str]]:
    for key, words in _load(_path(Run.of(ctx))).items():
        if key.startswith(prefix) and key.startswith(incomplete) and ID.fullmatch(key):
            yield key, UNSAFE.sub(" ", words)


def _path(run: Run) -> Path:
    return config_folder(run.env) / "recent.json"


def _load(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}
