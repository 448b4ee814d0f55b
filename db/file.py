"""The database's file: locked for one process, and watched for as long as it is open."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import DatabaseInUse, FileReplaced

#: Which file it is, whatever it is called: its device and its number there.
Identity = tuple[int, int]


class LockedFile:
    """A file that no other process can lock under any of its names until it is closed."""

    def __init__(self, path: Path) -> None:
        """Lock `path`; create an empty file if there is none. Raises DatabaseInUse."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = _lock(path)
        self._name = os.fspath(path)  # a string is looked up faster, and every commit does it
        self._identity = identity(path)

    def verify(self) -> None:
        """Raise FileReplaced when the path no longer leads to the locked file."""
        if identity(self._name) != self._identity:
            raise FileReplaced(self.path)

    def close(self) -> None:
        """Release the lock. SQLite's connections must be closed first.

        Closing any descriptor of a file drops the locks that SQLite has on it in this process.
        """
        os.close(self._descriptor)


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Hold the lock of a database file inside the block. Raises DatabaseInUse."""
    lock = LockedFile(path)
    try:
        yield
    finally:
        lock.close()


def identity(path: Path | str) -> Identity | None:
    """Return which file a path leads to; None when there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116  without making a Path of it
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _lock(path: Path) -> int:
    """Lock the file at `path`; return the descriptor that holds the lock."""
    # On BSD and macOS this lock would also keep out SQLite's own, so there a file beside it is
    # locked, which other hard links do not have.
    place = path if sys.platform == "linux" else path.with_name(f"{path.name}.lock")
    while True:
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DatabaseInUse(path) from None
        opened = os.fstat(descriptor)
        if identity(place) == (opened.st_dev, opened.st_ino):
            return descriptor
        os.close(descriptor)  # a restore replaced the file between the two calls
