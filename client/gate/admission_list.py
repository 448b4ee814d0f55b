"""Admission list: the digests of a show's entry codes on this machine, for scanning offline.

It has no codes: of those that are valid and of those that were revoked it has the digests.
"""

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
from contract.gate import (
    VIEW_GATE,
    VIEW_GATE_CHANGES,
    GateCode,
    Refusal,
    ScannedTicket,
    digest_of,
)
from contract.shows import Show
from contract.signed_codes import SignedCode, is_genuine, read_signed

#: How the file of a list ends.
LIST = ".list"


class _StoredList(Model, frozen=True, kw_only=True):
    """The format of the file. Lists of before had neither revoked codes nor a cursor."""

    show: Show
    digest_prefix: str = msgspec.field(name="salt")
    downloaded_at: datetime
    journal_offset: int = msgspec.field(name="mark")
    codes: tuple[GateCode, ...] = msgspec.field(name="tickets")
    public_keys: tuple[str, ...] = ()
    doors_open_at: datetime | None = None
    entry_closes_at: datetime | None = None
    may_override: bool = False
    cursor: str | None = None


class AdmissionList:
    """A show's entry codes as they were when the list was downloaded."""

    def __init__(self, stored: _StoredList) -> None:
        """Take a list that was downloaded or read from a file."""
        self._stored = stored
        self.show = stored.show
        self.digest_prefix = stored.digest_prefix
        self.downloaded_at = stored.downloaded_at
        #: The journal's length at the download: later lines are newer than the list.
        self.journal_offset = stored.journal_offset
        #: Whether who downloaded the list may override refusals.
        self.may_override = stored.may_override

    @cached_property
    def size(self) -> int:
        """How many tickets can be admitted by this list."""
        return sum(code.reason is None for code in self._stored.codes)

    @cached_property
    def by_digest(self) -> dict[str, list[GateCode]]:
        """The codes by their digest; sellers could once give two tickets the same code."""
        found: defaultdict[str, list[GateCode]] = defaultdict(list)
        for code in self._stored.codes:
            found[code.digest].append(code)
        return dict(found)

    @cached_property
    def last_serials(self) -> dict[str, int]:
        """The serial of the last code of each ticket that has had one."""
        found: dict[str, int] = {}
        for code in self._stored.codes:
            found[code.ticket_id] = max(code.serial, found.get(code.ticket_id, 0))
        return found

    def refusal(self, code: GateCode) -> Refusal | None:
        """Return why a code on the list is not valid; None if it is."""
        if code.reason is not None and self.last_serials[code.ticket_id] > code.serial:
            return Refusal.REPLACED
        return code.reason

    def window_refusal(self, at: datetime) -> tuple[Refusal, datetime] | None:
        """Return why nobody is admitted at this time, and when the doors open or entry closed."""
        opens, closes = self._stored.doors_open_at, self._stored.entry_closes_at
        if opens is not None and at < opens:
            return Refusal.NOT_YET, opens
        if closes is not None and at > closes:
            return Refusal.OVER, closes
        return None

    def find(self, key: str) -> list[GateCode]:
        """Return the codes that a scanned text stands for; none if it is unknown or forged.

        A genuine QR code that was made after the list was downloaded has an empty digest.
        """
        signed = read_signed(key)
        if signed is not None and not is_genuine(signed, self._stored.public_keys):
            return []
        listed = self.by_digest.get(digest_of(key, digest_prefix=self.digest_prefix))
        if listed is not None:
            return listed
        is_newer = signed and signed.serial > self.last_serials.get(signed.ticket_id, 0)
        return [_unlisted(signed)] if signed is not None and is_newer else []

    def ticket(self, code: GateCode) -> ScannedTicket:
        """Return the ticket of a code."""
        return ScannedTicket(
            ticket_id=code.ticket_id, show=self.show, section=code.section, row=code.row,
            seat=code.seat,
        )  # fmt: skip

    @classmethod
    def fetch(
        cls,
        api: Api,
        show_id: str,
        *,
        known: AdmissionList | None,
        journal_offset: int,
        progress: Callable[[int, int], object],
    ) -> AdmissionList:
        """Download the list of a show, or what has changed since the one that is `known`.

        After every page, `progress` receives the number of codes so far, and of tickets to expect.
        Raise the server's Problem, and Unreachable.
        """
        at = api.now()
        gate = api.call(VIEW_GATE, show_id=show_id)
        old = None if known is None else known._stored  # noqa: SLF001  another list like this
        if old is None or old.cursor is None or old.digest_prefix != gate.digest_prefix:
            codes, cursor = {}, None
        else:
            codes, cursor = {(one.ticket_id, one.serial): one for one in old.codes}, old.cursor
        while True:
            query = PageQuery(limit=PAGE_LIMIT, cursor=cursor)
            page = api.call(VIEW_GATE_CHANGES, query, show_id=show_id)
            codes |= {(one.ticket_id, one.serial): one for one in page.items}
            cursor = page.next
            progress(len(codes), max(gate.sold, len(codes)))
            if not page.more:
                break
        stored = _StoredList(
            show=gate.show, digest_prefix=gate.digest_prefix, downloaded_at=at,
            journal_offset=journal_offset, codes=tuple(codes.values()),
            public_keys=gate.public_keys, cursor=cursor, doors_open_at=gate.doors_open_at,
            entry_closes_at=gate.entry_closes_at, may_override=gate.may_override,
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


def _unlisted(signed: SignedCode) -> GateCode:
    """Return a genuine code that the list does not have yet."""
    return GateCode(
        ticket_id=signed.ticket_id, section="", row="", seat="", digest="", admitted_at=None,
        serial=signed.serial,
    )  # fmt: skip
