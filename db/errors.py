"""What can go wrong in a database, whichever it is. Each driver recognises its own errors."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path


class ErrorKind(Enum):
    """What a driver's error means to the rest of the program."""

    #: A row was refused: a broken UNIQUE, CHECK or foreign key.
    INTEGRITY = auto()
    #: No space is left. The database is intact and can still be read.
    FULL = auto()
    #: Two transactions were in each other's way; run again, it may succeed.
    CONFLICT = auto()
    #: The database is not available now: locked for too long, or its server is away.
    UNAVAILABLE = auto()
    #: The storage itself failed, so nothing more may be acknowledged.
    FATAL = auto()


class DatabaseInUse(Exception):
    """Another process has this file open, perhaps under another name."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(f"{path} is in use by another process")


class FileReplaced(Exception):
    """A file of the database was deleted, moved or replaced while it was open."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(f"{path} was deleted, moved or replaced while the server was using it")


class QueueFull(Exception):
    """Too many writes are waiting already."""


class CommitUnknown(Exception):
    """The commit failed, so it is unknown whether the work was kept. Retry with the same key."""


class WrongRevision(Exception):
    """The tables are not those that this version of the program works with."""
