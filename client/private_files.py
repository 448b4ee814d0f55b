"""Private files: what a user's programs keep, written whole or not at all, by one at a time."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: A check for space writes as much as a sign-in takes.
SPACE = 4096


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file at once, readable only by its owner. A symbolic link stays and is followed.

    Raises OSError; then the file is as it was, and nothing else is left behind.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name that nobody can guess, created exclusively with mode 0600.
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def try_writing(folder: Path) -> None:
    """Raise OSError if files could not be written into a folder, which need not exist yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    with tempfile.TemporaryFile(dir=existing, buffering=0) as file:
        file.write(bytes(SPACE))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time read, change and write the files of a folder."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The folder itself: a file for the lock would be one more file in the user's way.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield  # writing will fail, and say why
        return
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
