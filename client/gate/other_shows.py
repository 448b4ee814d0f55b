"""Other shows: find a code that this gate does not know on the other lists on this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from client.config import BadConfig
from client.gate.admission_list import LIST, AdmissionList
from contract.gate import GateCode


class FoundCode(NamedTuple):
    """A code of another show, and the list of that show."""

    known: AdmissionList
    code: GateCode


class OtherShows:
    """The lists of every show but one. A list is read at first use, and when its file changed."""

    def __init__(self, folder: Path, show_id: str) -> None:
        """Look in the `folder` of one server, past the list of the show `show_id`."""
        self._folder = folder
        self._own = f"{show_id}{LIST}"
        self._lists: dict[Path, tuple[int, AdmissionList | None]] = {}

    def find(self, key: str) -> FoundCode | None:
        """Return the code that a scanned text stands for; None if no other show has it."""
        for path in sorted(self._folder.glob(f"*{LIST}")):
            known = None if path.name == self._own else self._read(path)
            codes = [] if known is None else known.find(key)
            if known is not None and codes:
                return FoundCode(known, codes[-1])
        return None

    def _read(self, path: Path) -> AdmissionList | None:
        """Return a list; None if it is damaged, which its own gate reports."""
        with contextlib.suppress(OSError, BadConfig):
            changed = path.stat().st_mtime_ns
            if path not in self._lists or self._lists[path][0] != changed:
                self._lists[path] = (changed, None)
                self._lists[path] = (changed, AdmissionList.read(path))
            return self._lists[path][1]
        return None
