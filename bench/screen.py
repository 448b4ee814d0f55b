"""Screen: the app on a pty of its own: keys go in, and the bytes it draws are examined."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from bench.child import LOAD_CORE, TOP, keep_to

SIZE = (120, 40)
PAGE = os.sysconf("SC_PAGE_SIZE")
#: The mark of a list's cursor, and the escape sequence that moves to its line.
BAR = "▌".encode()
MOVE = re.compile(rb"\x1b\[(\d+);(\d+)H")
PATIENCE = 20.0


class Screen:
    """A program on a pty, pinned to the last core."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self.began = time.perf_counter()
        self._end, theirs = pty.openpty()
        rows = struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0)
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, rows)
        self.process = subprocess.Popen(
            command, env=environment, cwd=TOP, stdin=theirs, stdout=theirs, stderr=theirs
        )
        keep_to(self.process.pid, LOAD_CORE)
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def read(self, until: float) -> bytes:
        """Return what is drawn next; nothing at the time `until` or at the end."""
        ready, _, _ = select.select([self._end], [], [], max(0.0, until - time.perf_counter()))
        if not ready:
            return b""
        try:
            return os.read(self._end, 1 << 18)
        except OSError:  # Linux reports the end of the last writer like this
            return b""

    def seconds_until(self, drawn: Callable[[bytes], bool]) -> float:
        """Return the seconds until `drawn` accepts what was drawn since now."""
        began, seen = time.perf_counter(), b""
        while not drawn(seen):
            chunk = self.read(began + PATIENCE)
            assert chunk, f"never drawn; the last output: {seen[-2000:]!r}"
            seen += chunk
        return time.perf_counter() - began

    def rest(self, seconds: float) -> bytes:
        """Return what is drawn in the next seconds."""
        end, seen = time.perf_counter() + seconds, b""
        while time.perf_counter() < end:
            seen += self.read(end)
        return seen

    def type(self, key: str) -> None:
        """Type a key."""
        os.write(self._end, key.encode())

    @property
    def megabytes(self) -> float:
        """The memory in use, where the system reports it."""
        stat = Path(f"/proc/{self.process.pid}/statm")
        return int(stat.read_text("ascii").split()[1]) * PAGE / 1e6 if stat.exists() else 0.0

    @property
    def cpu(self) -> float:
        """The seconds of processor time used, where the system reports it."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bars(drawn: bytes) -> list[tuple[int, int]]:
    """Return the row and the column of each cursor that was drawn."""
    places = []
    at = drawn.find(BAR)
    while at >= 0:
        moves = list(MOVE.finditer(drawn, max(0, at - 4096), at))
        if moves:
            places.append((int(moves[-1][1]), int(moves[-1][2])))
        at = drawn.find(BAR, at + 1)
    return places
