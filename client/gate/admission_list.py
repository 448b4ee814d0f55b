"""Admission list: a show's valid tickets on this machine, for scanning offline. It has no codes."""

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


class _StoredList(Model, frozen=True, kw_only=True):
    """The format of the file."""

    show: Show
    digest_prefix: str = msgspec.field(name="salt")
    downloaded_at: datetime
    journal_offset: int = msgspec.field(name="mark")
    tickets: tuple[GateTicket, ...]


class AdmissionList:
    """A show's tickets as they were when the list was downloaded."""

    def __init__(self, stored: _StoredList) -> None:
        """Take a list that was downloaded or read from a file."""
        self._stored = stored
        self.show = stored.show
        self.digest_prefix = stored.digest_prefix
        self.downloaded_at = stored.downloaded_at
        #: The journal's length at the download: later lines are newer than the list.
        self.journal_offset = stored.journal_offset
        self.tickets = stored.tickets

    @cached_property
    def by_digest(self) -> dict[str, list[GateTicket]]:
        """The tickets by the digest of their code; sellers may give two tickets the same code."""
        found: defaultdict[str, list[GateTicket]] = defaultdict(list)
        for ticket in self.tickets:
            found[ticket.digest].append(ticket)
        return dict(found)

    @classmethod
    def fetch(
        cls, api: Api, show_id: str, *, journal_offset: int, progress: Callable[[int, int], object]
    ) -> AdmissionList:
        """Download the list of a show. Raise the server's Problem, and Unreachable.

        After every page, `progress` receives the number of tickets so far and their total.
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
        stored = _StoredList(
            show=gate.show, digest_prefix=gate.digest_prefix, downloaded_at=at,
            journal_offset=journal_offset, tickets=tuple(tickets),
        )  # fmt: skip
        return cls(stored)

    @classmethod
    def read(cls, path: Path) -> AdmissionList | None:
        """Read the list from a file; None when there is none. Raise BadConfig."""
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=_StoredList))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise BadConfig(f"cannot read {path}: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise BadConfig(
                f"{path} is damaged ({error}); delete it and download the list again"
            ) from None

    def write(self, path: Path) -> None:
        """Write the list atomically to a file that only its owner can read."""
        write_private(path, msgspec.json.encode(self._stored).decode())
