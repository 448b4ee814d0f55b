"""Recent: store the ids shown last, so that completion can offer them without a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from client.config import BadConfig, config_folder, write_private
from client.private_files import alone
from ticketing_cli.runtime.context import Run

if TYPE_CHECKING:
    from contract.orders import Order
    from contract.tickets import Ticket
    from contract.transfers import Transfer

#: Several screens full; the file stays under 20 kB.
MAX_IDS = 200
#: Shells interpret labels, so text from other people keeps only letters, digits and safe marks.
UNSAFE = re.compile(r"[^\w ,.-]")
ID = re.compile(r"[a-z]{3}_[0-9a-z]+")


def label(item: Ticket | Order | Transfer) -> str:
    """Return in a few words what an id refers to."""
    from contract.orders import Order
    from contract.transfers import Transfer

    if isinstance(item, Order):
        words = f"{item.status}, {item.price}"
    elif isinstance(item, Transfer):
        words = f"{item.status}, {item.ticket.show.name}"
    else:
        words = f"{item.show.name}, {item.section} {item.row} {item.seat}, {item.price}"
    return " ".join(UNSAFE.sub(" ", words).split())[:60]


def save(run: Run, records: Iterable[object]) -> None:
    """Store the ids of the records shown, the newest first. If they cannot be stored, ignore it."""
    # Here, because every command imports this module for its completions.
    import msgspec

    from contract.orders import Order, WalletTicket
    from contract.tickets import Ticket
    from contract.transfers import Transfer

    path = _path(run)
    shown = [item.ticket if isinstance(item, WalletTicket) else item for item in records]
    seen = {item.id: label(item) for item in shown if isinstance(item, Ticket | Order | Transfer)}
    if not seen:
        return
    with alone(path.parent):
        earlier = {key: words for key, words in _load(path).items() if key not in seen}
        newest = dict(list((seen | earlier).items())[:MAX_IDS])
        with suppress(BadConfig):
            write_private(path, msgspec.json.encode(newest).decode())


def tickets(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the tickets shown last."""
    return _offer(ctx, "tkt_", incomplete)


def orders(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the orders shown last."""
    return _offer(ctx, "ord_", incomplete)


def transfers(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Offer the transfers shown last."""
    return _offer(ctx, "trf_", incomplete)


def _offer(ctx: typer.Context, prefix: str, incomplete: str) -> Iterator[tuple[str, str]]:
    for key, words in _load(_path(Run.of(ctx))).items():
        if key.startswith(prefix) and key.startswith(incomplete) and ID.fullmatch(key):
            yield key, UNSAFE.sub(" ", words)


def _path(run: Run) -> Path:
    return config_folder(run.env) / "recent.json"


def _load(path: Path) -> dict[str, str]:
    import msgspec

    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        return {}
