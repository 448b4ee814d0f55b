"""Failures that an operator can mend: one sentence that names the file, address or setting."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from contract.problems import Problem
from db.engine import driver_error, sqlite_path
from db.errors import DatabaseInUse, ErrorKind, FileReplaced, WrongRevision
from db.sqlite import error_kind
from server.settings import Settings

NEXT_STEP: dict[type[Exception], str] = {
    DatabaseInUse: "stop it first",
    FileReplaced: "put it back or restore a backup",
}


class CannotRestore(Exception):
    """A file cannot be restored from; nothing was changed."""


def kinds(settings: Settings) -> tuple[type[Exception], ...]:
    """Return the exceptions that are not bugs of this program."""
    ours = (DatabaseInUse, FileReplaced, WrongRevision, CannotRestore, Problem)
    return (*ours, DBAPIError, OSError, TypeError, driver_error(settings.database))


def sentence(failure: BaseException, settings: Settings) -> str:
    """Return what went wrong and what to do about it."""
    if isinstance(failure, DBAPIError) and failure.orig is not None:
        failure = failure.orig  # Alembic's connection wraps the driver's errors
    match failure:
        case DatabaseInUse() | FileReplaced():
            return f"{failure}; {NEXT_STEP[type(failure)]}"
        case Problem():
            return failure.detail
        case sqlite3.Error():
            return _of_sqlite(failure, settings)
        case OSError(filename=str(name)):
            return f"{name}: {failure.strerror}"
        case OSError(strerror=str(reason)):
            return reason
        case _:
            return " ".join(str(failure).split())


def _of_sqlite(failure: sqlite3.Error, settings: Settings) -> str:
    """Name the file, which SQLite's own messages do not."""
    path, said = sqlite_path(settings.database), str(failure)
    if str(path) not in said:
        said = f"{path}: {said}"
    if error_kind(failure) is ErrorKind.FATAL:
        return f"{said}; restore a backup"
    if "unable to open" in said or "readonly" in said:
        return f"{said}; check that the folder exists and that this user may write to both"
    return said
