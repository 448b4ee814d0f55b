"""The roll: what a gate keeps of a show's tickets, to go on without a line. Digests, no codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec

from client.api import Api
from client.config import BadConfig, write_private
from contract.base import PAGE_LIMIT, Model, PageQuery
from contract.gate import VIEW_GATE, VIEW_GATE_LIST, GateTicket
from contract.shows import Show


class _Kept(Model, frozen=True, kw_only=True):
    show: Show
    salt: str
    downloaded_at: datetime
    mark: int
    tickets: tuple[GateTicket, ...]


class AdmissionList:
    """A show's tickets as they were when the list was fetched."""

    def __init__(self, kept: _Kept) -> None:
        """Take what was fetched or read."""
        self._kept = kept
        self.show = kept.show
        self.salt = kept.salt
        self.downloaded_at = kept.downloaded_at
        #: How long the journal was: what it says further on is newer than the list.
        self.mark = kept.mark
        self.tickets = kept.tickets

    @cached_property
    def by_digest(self) -> dict[str, list[GateTicket]]:
        """The tickets a code is of, by its digest: sellers may have given two the same."""
        found: defaultdict[str, list[GateTicket]] = defaultdict(list)
        for ticket in self.tickets:
            found[ticket.digest].append(ticket)
        return dict(found)

    @classmethod
    def fetch(
        cls, api: Api, show_id: str, *, mark: int, progress: Callable[[int, int], object]
    ) -> AdmissionList:
        """Fetch the list of a show. Raises what the server refuses, and Unreachable.

        `progress` is told after every page how many tickets came, and of how many.
        """
        at = api.now()
        gate = api.call(VIEW_GATE, show_id=show_id)
        tickets: list[GateTicket] = []
        query = PageQuery(limit=PAGE_LIMIT)
        while True:
            page = api.call(VIEW_GATE_LIST, query, show_id=show_id)
            tickets += page.items
            progress(len(tickets), max(gate.sold, len(tickets)))
            if page.next is None:
                break
            query = PageQuery(limit=PAGE_LIMIT, cursor=page.next)
        return cls(
            _Kept(
                show=gate.show,
                salt=gate.digest_prefix,
                downloaded_at=at,
                mark=mark,
                tickets=tuple(tickets),
            )
        )

    @classmethod
    def read(cls, path: Path) -> AdmissionList | None:
        """Read the list kept in a file; None when there is none. Raises BadConfig."""
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=_Kept))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise BadConfig(f"cannot read {path}: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise BadConfig(
                f"{path} is damaged ({error}); delete it and download the list again"
            ) from None

    def write(self, path: Path) -> None:
        """Keep the list in a file only its owner can read, all or nothing."""
        write_private(path, msgspec.json.encode(self._kept).decode())
